"""Takes events out of a Delta table: the days that hold them are written anew without them, in one commit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

import upturn.log.encode as encoding
from upturn.domain.events import EVENT_COLUMNS
from upturn.log.delta_table import file_names, is_disk_full, writer_properties
from upturn.log.files import event_rows

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from deltalake import DeltaTable

    from upturn.log.place import LogPlace

__all__ = ["overwritten", "vacuumed"]

_MOST_DAYS: Final = 100
"""Days named one by one; beyond it the whole span is written anew."""


def overwritten(
    table: DeltaTable, place: LogPlace, *, remove: Collection[str], replace: Mapping[str, str], added: pa.Table
) -> bool:
    """Commit the touched days without `remove`, with `replace`, and with `added`; False if another writer was first.

    Parameters
    ----------
    added : columns of `logged_schema()`; their `log_version` is the one after the table's.
    """
    import duckdb
    import pyarrow as pa
    from deltalake import CommitProperties, write_deltalake
    from deltalake.exceptions import CommitFailedError

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.register("removed", pa.table({"id": pa.array(list(remove), pa.string())}))
        texts = {"id": pa.array(list(replace), pa.string()), "data": pa.array(list(replace.values()), pa.string())}
        connection.register("replaced", pa.table(texts))
        connection.register("added", added)
        days = _touched_days(connection, place.local(table.file_uris()), added)
        if len(days) > _MOST_DAYS:
            predicate = f"event_date >= '{days[0]}' and event_date <= '{days[-1]}'"
            files = [uri for uri in table.file_uris() if str(days[0]) <= _day_of(uri) <= str(days[-1])]
        else:
            predicate = "event_date in (" + ", ".join(f"'{day}'" for day in days) + ")"
            files = [uri for uri in table.file_uris() if _day_of(uri) in {str(day) for day in days}]
        try:
            write_deltalake(
                table,
                _rows(connection, place.local(files)),
                mode="overwrite",
                predicate=predicate,
                writer_properties=writer_properties(),
                commit_properties=CommitProperties(max_commit_retries=0),
            )
        except CommitFailedError as error:
            if is_disk_full(error):
                raise
            return False
    return True


def vacuumed(table: DeltaTable, place: LogPlace) -> int:
    """Delete the files that the table's newest version doesn't name; how many.

    On a local disk also files that no version names: a killed writer's. In an object store such a file may be one that
    another machine is just about to commit; those are left to the store's own rules.
    """
    is_local = place.options is None
    gone = table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=is_local)
    place.forget_copies(file_names(table), older_than=0)
    return len(gone)


def _touched_days(connection: duckdb.DuckDBPyConnection, files: Sequence[str], added: pa.Table) -> list[date]:
    days = set(added["event_date"].to_pylist())
    if files:
        found = connection.execute(
            f"select distinct event_date from {event_rows(files)} "
            "where id in (select id from removed) or id in (select id from replaced)"
        ).fetchall()
        days |= {day for (day,) in found}
    return sorted(days)


def _rows(connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> pa.RecordBatchReader:
    """Stream what the days hold from now on."""
    columns = ", ".join(EVENT_COLUMNS)
    kept = [
        f"coalesce(replaced.data, events.{name}) as {name}" if name == "data" else f"events.{name}"
        for name in EVENT_COLUMNS
    ]
    stored = (
        f"select {', '.join(kept)} from {event_rows(files)} as events left join replaced on events.id = replaced.id "
        "where events.id not in (select id from removed) union all "
        if files
        else ""
    )
    return connection.execute(f"{stored}select {columns} from added").to_arrow_reader().cast(encoding.logged_schema())


def _day_of(uri: str) -> str:
    return uri.rpartition("event_date=")[2].partition("/")[0]
