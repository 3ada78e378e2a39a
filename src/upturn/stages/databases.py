"""What a stage reads of a database: a source's rows of a day, or what somebody asks for now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from upturn.formats.sources import LogFile
from upturn.formats.sql_rows import MARKS, Overlap, SqlRows, rows_of, staged_marks
from upturn.settings import OVERLAP_IDS
from upturn.stages.stage import as_of
from upturn.stores.database import Selection, database_url

if TYPE_CHECKING:
    from upturn.home import Home
    from upturn.settings import Settings, Source

__all__ = ["DatabaseRequest", "marks_folder", "requested_rows", "rows_of_day", "stage_marks"]


@dataclass(frozen=True)
class DatabaseRequest:
    """What somebody asks for: `address` may be `env:NAME`."""

    address: str
    selection: Selection
    since: str | None = None
    """Where there is no mark yet: a number, an ISO time or any text."""


def marks_folder(home: Home) -> Path:
    """Give the folder of the marks up to which databases were read; it may be lost without harm."""
    return home.working.parent / "marks"


def rows_of_day(home: Home, settings: Settings, source: Source, day: date) -> LogFile:
    """Give a configured source's rows of a day, or from its watermark on.

    Raises
    ------
    ConfigurationError
        If the environment has not the address.
    """
    zone = settings.timezone
    bounds = {"day": day, "day_start": as_of(day - timedelta(days=1), zone), "day_end": as_of(day, zone)}
    rows = rows_of(
        database_url(source.database or ""),
        Selection(table=source.table, query=source.query, watermark=source.watermark),
        source=source.name,
        marks=marks_folder(home),
        parameters=bounds,
        overlap=Overlap(timedelta(minutes=source.overlap_minutes), source.overlap_ids),
    )
    return LogFile(Path(source.name), source, is_named=False, rows=rows, label=rows.name)


def requested_rows(home: Home, settings: Settings, request: DatabaseRequest, *, source: str) -> LogFile:
    """Give the rows that somebody asks for, as a file that was named."""
    rows = rows_of(
        database_url(request.address),
        request.selection,
        source=source,
        marks=marks_folder(home),
        parameters={"since": None if request.since is None else _value(request.since)},
        overlap=Overlap(timedelta(minutes=10), OVERLAP_IDS),
    )
    known = next((one for one in settings.sources if one.name == source), None)
    return LogFile(Path(source), known, is_named=True, rows=rows, label=rows.name)


def stage_marks(files: Iterable[LogFile], folder: Path) -> None:
    """Write how far databases were read beside what is staged; `append` keeps it once all of it is in the log."""
    text = staged_marks([one.rows for one in files if isinstance(one.rows, SqlRows)])
    if text is not None:
        (folder / MARKS).write_text(text, encoding="utf-8")


def _value(text: str) -> int | datetime | str:
    """Give a number, a time or the text itself.

    >>> _value("42"), _value("2026-11-23T10:00:00+00:00").isoformat(), _value("v7")
    (42, '2026-11-23T10:00:00+00:00', 'v7')
    """
    for read in (int, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return text
