"""A start for conversations whose source has no times at all: training data, transcripts with offsets only."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from upturn.formats.sources import path_expression
from upturn.settings import Source
from upturn.stores.address import is_address

__all__ = ["day_in_path", "file_time", "with_time"]

Record = dict[str, Any]

_DAY: Final = re.compile(r"\{day:?([^}]*)\}")
_PRECISE: Final = ("%d", "%j")
"""A form without one of these names no day."""


def file_time(path: Path, source: Source | None, home: Path, *, address: str | None = None) -> str:
    """Give the time that a file's conversations take where they have none, as ISO 8601 text.

    It is the start of the day that the path of its source names, in the source's time zone (UTC without one); without
    such a day, the file's modification time in whole seconds. The first stays when the file is copied.

    Parameters
    ----------
    address : of the object whose copy the file is; None: it is no copy.
    """
    day = day_in_path(address or path, source, home)
    if day is None or source is None:
        return datetime.fromtimestamp(int(path.stat().st_mtime), UTC).isoformat()
    zone = ZoneInfo(source.timezone) if source.timezone else UTC
    return datetime(day.year, day.month, day.day, tzinfo=zone).isoformat()


def day_in_path(path: Path | str, source: Source | None, home: Path) -> date | None:
    """Give the day that a path or address names by its source's pattern; None without a source or a whole day in it."""
    if source is None:
        return None
    pattern = source.path if is_address(source.path) else str(home.resolve() / source.path)
    found = re.fullmatch(path_expression(pattern), path if isinstance(path, str) else path.as_posix())
    if not found:
        return None
    for text, form in zip(found.groups(), _DAY.findall(pattern), strict=True):
        form = form or "%Y-%m-%d"  # noqa: PLW2901
        if "%" in form and any(part in form for part in _PRECISE) and ("%Y" in form or "%y" in form):
            try:
                return datetime.strptime(text, form).date()  # noqa: DTZ007  a day has no zone
            except ValueError:
                continue
    return None


def with_time(record: Record, at: str | None) -> Record:
    """Give a canonical record that holds turns and not one time a start, noted as `metadata.is_time_assumed`.

    Any other record comes back as it is: where some of its times are missing, its reader knows what to do.
    """
    turns = record.get("turns") if at else None
    if not isinstance(turns, list) or not turns or record.get("started_at") is not None:
        return record
    if any(not isinstance(turn, dict) or turn.get("created_at") is not None for turn in turns):
        return record
    metadata = record.get("metadata")
    noted = {**metadata, "is_time_assumed": True} if isinstance(metadata, dict) else {"is_time_assumed": True}
    return {**record, "started_at": at, "metadata": noted}
