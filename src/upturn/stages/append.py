"""Appends a staged batch to the log as events: a chunk's facts in one commit, what was refused in a second."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from upturn.domain.errors import HomeBusyError
from upturn.formats.claims import locked
from upturn.formats.sql_rows import keep_marks
from upturn.formats.staged import staged_schemas
from upturn.log.encode import event_schema
from upturn.resources import load_sql
from upturn.stages.databases import marks_folder
from upturn.stages.erasure_requests import standing_tombstones
from upturn.stages.stage import StageContext, StageCounts
from upturn.stages.staged_day import VALIDATED, note_appended, staged_day
from upturn.stages.staged_rows import drop_erased

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from upturn.log.port import EventLog

__all__ = ["append", "append_batch"]

_FACTS: Final = (
    ("conversation_started", "conversations"),
    ("turn_logged", "turns"),
    ("conversation_ended", "conversations"),
    ("feedback_received", "feedback"),
)
"""(sql/events file, staged table), in the order in which a chunk's events are written."""

_REFUSALS: Final = ("rejected", "refused")
"""Refused by a parser; refused by the checks. Both have the schema `rejected`."""


@dataclass(frozen=True)
class _Chunk:
    """The staged files of one number."""

    folder: Path
    number: str

    def files(self, *tables: str) -> list[str]:
        """Give the paths of those of `tables` that the chunk has."""
        paths = (self.folder / f"{table}-{self.number}.parquet" for table in tables)
        return [str(path) for path in paths if path.exists()]


def append(context: StageContext, day: date) -> StageCounts:
    """Append what is staged for `day`; where its newest batch is in the log already, nothing is read.

    Raises
    ------
    NotFoundError
        If nothing is staged and no append of it is on record.
    HomeBusyError
        If another ingest of the day came between and its batch is not validated yet.
    """
    folder = staged_day(context.home, day)
    if folder is None:
        return StageCounts()
    counts = append_batch(context, folder)
    note_appended(context.home, day)
    return counts


def append_batch(context: StageContext, folder: Path) -> StageCounts:
    """Append the staged batch in `folder` and remove it: staged text must not linger.

    Killed anywhere, the next call appends what is missing, skips what is there and removes the folder.

    Returns
    -------
    Counts of events with read = appended + skipped + quarantined: read are the facts and refused records of the
    batch; quarantined are those that became a new `record.quarantined`, refused by parser, check or log.

    Raises
    ------
    HomeBusyError
        If the batch is gone or not validated: another process took or replaced it.
    """
    with locked(folder):
        if not (folder / VALIDATED).exists():
            raise HomeBusyError(
                f"{folder} is not what was validated: another ingest took or replaced it meanwhile, and appends it "
                "itself; let it end and run again"
            )
        return _append(context, folder)


def _append(context: StageContext, folder: Path) -> StageCounts:
    done = folder.with_name(f".{folder.name}.appended")
    shutil.rmtree(done, ignore_errors=True)
    before = standing_tombstones(context)
    if before is not None:
        drop_erased(folder, before)
    counts = StageCounts(notes={"chunks": 0, "conflicts": 0})
    with _connected(folder) as connection, ThreadPoolExecutor(1) as maker:
        for made in _made_ahead(connection, maker, folder, context.clock):
            counts = _summed(counts, _appended(context.log, connection, maker, made))
            context.progress(counts.read, None, "events")
    if (after := standing_tombstones(context)) is not None and after != before:  # somebody was erased meanwhile
        from upturn.stages.erase import finish_erasing

        finish_erasing(context, is_late=True)
    keep_marks(folder, marks_folder(context.home))
    folder.rename(done)  # at once: a half removed folder would lose its refusals before its facts
    shutil.rmtree(done)
    return counts


@dataclass(frozen=True)
class _Made:
    """A chunk's events, each with the place (file, line) it came from."""

    facts: pa.Table
    refused: pa.Table
    recordedtime: datetime


def _made_ahead(
    connection: duckdb.DuckDBPyConnection, maker: ThreadPoolExecutor, folder: Path, clock: Callable[[], datetime]
) -> Iterator[_Made]:
    """Give the events of chunk after chunk; the next one's are made while the log writes this one's."""

    def make(chunk: _Chunk) -> _Made:
        recorded = clock()
        return _Made(
            facts=_events(connection, [(name, chunk.files(table)) for name, table in _FACTS], recorded),
            refused=_events(connection, [("record_quarantined", chunk.files(*_REFUSALS))], recorded),
            recordedtime=recorded,
        )

    waiting: Future[_Made] | None = None
    for chunk in _chunks(folder):
        ready, waiting = waiting, maker.submit(make, chunk)
        if ready is not None:
            yield ready.result()
    if waiting is not None:
        yield waiting.result()


def _appended(
    log: EventLog, connection: duckdb.DuckDBPyConnection, maker: ThreadPoolExecutor, made: _Made
) -> StageCounts:
    """Append one chunk: its facts in one commit; what was refused, if anything, in a second."""
    import pyarrow as pa

    stored, refused = log.append(made.facts), made.refused
    if stored.conflicts.num_rows:
        conflicts = maker.submit(_conflicts, connection, made, stored.conflicts).result()
        refused = pa.concat_tables([refused.select(conflicts.column_names), conflicts])
    quarantined = log.append(refused)
    return StageCounts(
        read=made.facts.num_rows - stored.conflicts.num_rows + refused.num_rows,
        appended=stored.appended,
        skipped=stored.skipped + quarantined.skipped,
        quarantined=quarantined.appended,
        notes={"chunks": 1, "conflicts": stored.conflicts.num_rows},
    )


def _conflicts(connection: duckdb.DuckDBPyConnection, made: _Made, conflicts: pa.Table) -> pa.Table:
    """Give the events that quarantine the facts that the log refused."""
    connection.register("given", made.facts)
    connection.register("conflicts", conflicts)
    query = load_sql("events/conflict_quarantined")
    return connection.execute(query, {"recordedtime": made.recordedtime}).to_arrow_table()


def _events(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[tuple[str, list[str]]], recordedtime: datetime
) -> pa.Table:
    """Give the events that each sql/events file makes of its staged files."""
    import pyarrow as pa

    schema = event_schema().append(pa.field("file", pa.string())).append(pa.field("line", pa.int64()))
    tables = [
        connection.execute(load_sql(f"events/{name}"), {"staged": staged, "recordedtime": recordedtime})
        .to_arrow_table()
        .cast(schema)
        for name, staged in sources
        if staged
    ]
    return pa.concat_tables([schema.empty_table(), *tables])


@contextmanager
def _connected(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a database in memory that knows the batch's refused records and the rules of identity."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set enable_external_file_cache = false")  # each chunk is read once
        connection.execute(load_sql("functions/event_id"))
        connection.execute(load_sql("functions/iso_time"))
        connection.register("refused", staged_schemas()["rejected"].empty_table())
        files = sorted(str(path) for path in folder.glob("refused-*.parquet"))
        if files:
            connection.unregister("refused")
            connection.execute("create temp table refused as select * from read_parquet($files)", {"files": files})
        yield connection


def _chunks(folder: Path) -> list[_Chunk]:
    """Give the batch's chunks in order."""
    numbers = {path.stem.rpartition("-")[2] for path in folder.glob("*-*.parquet")}
    return [_Chunk(folder=folder, number=number) for number in sorted(numbers)]


def _summed(one: StageCounts, other: StageCounts) -> StageCounts:
    return StageCounts(
        read=one.read + other.read,
        appended=one.appended + other.appended,
        skipped=one.skipped + other.skipped,
        quarantined=one.quarantined + other.quarantined,
        notes={name: int(one.notes[name]) + int(other.notes[name]) for name in one.notes},
    )
