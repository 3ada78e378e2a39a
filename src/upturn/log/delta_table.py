"""The Delta table under the log: opened, created, its files, and the libraries' errors as ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import upturn.log.encode as encoding
from upturn.domain.errors import DiskFullError, LogDamagedError
from upturn.stores.failures import is_store_failure, store_failure

if TYPE_CHECKING:
    from deltalake import DeltaTable, WriterProperties

    from upturn.log.place import LogPlace

__all__ = [
    "TableHandle",
    "created",
    "file_name",
    "file_names",
    "is_disk_full",
    "newer_files",
    "opened",
    "translated",
    "writer_properties",
]

_PROPERTIES: Final = {
    # statistics of text would leave customers' words in _delta_log after an erasure
    "delta.dataSkippingStatsColumns": "log_version,type",
    "delta.enableChangeDataFeed": "false",
    "delta.appendOnly": "false",
    "delta.checkpointInterval": "25",  # about a day's commits: opening reads one checkpoint and at most these
}


class TableHandle:
    """The table at `path`, opened once per thread: later looks read the commits since then only.

    A table whose commit of then is gone or another one (restored from a backup, made anew) is opened anew.
    """

    def __init__(self, place: LogPlace) -> None:
        self._place = place
        self._kept = threading.local()

    def now(self) -> DeltaTable | None:
        """Give the table as it is now; None where there is none yet.

        Raises
        ------
        LogDamagedError
            As `opened`.
        """
        table: DeltaTable | None = getattr(self._kept, "table", None)
        if table is not None and self._kept.commit and self._mark(self._kept.version) == self._kept.commit:
            with translated(self._place):
                table.update_incremental()
        else:
            table = opened(self._place)
        self._kept.table = table
        if table is not None:
            self._kept.version, self._kept.commit = table.version(), self._mark(table.version())
        return table

    def _mark(self, version: int) -> tuple[object, ...]:
        return self._place.commit_mark(version)


def opened(place: LogPlace) -> DeltaTable | None:
    """Give the table as it is now; None where there is none yet.

    Raises
    ------
    LogDamagedError
        If there are events without a `_delta_log`, or the table can't be read.
    """
    from deltalake import DeltaTable
    from deltalake.exceptions import TableNotFoundError

    if not place.has_commits():
        if place.has_events():
            raise LogDamagedError(
                f"{place} holds events but no _delta_log: expected a Delta table; restore it from a backup"
            )
        return None
    with translated(place):
        try:
            return DeltaTable(place.uri, storage_options=place.options)
        except TableNotFoundError:
            if place.has_events():
                raise
            return None  # another process is creating it


def created(place: LogPlace) -> DeltaTable:
    """Create the empty table as version 0, or give the one that another process has just created."""
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    with translated(place):
        try:
            return DeltaTable.create(
                place.uri,
                schema=encoding.logged_schema(),
                mode="error",
                partition_by=["event_date"],
                configuration=_PROPERTIES,
                storage_options=place.options,
            )
        except DeltaError as error:
            if is_disk_full(error):
                raise
            return DeltaTable(place.uri, storage_options=place.options)


@contextmanager
def translated(place: LogPlace) -> Iterator[None]:
    """Turn the libraries' errors into ours."""
    import duckdb
    from deltalake.exceptions import DeltaError

    try:
        yield
    except (OSError, DeltaError, duckdb.Error) as error:
        if is_disk_full(error):
            raise DiskFullError(
                f"{place}: the disk is full; the log is whole, as before; free space, then run again"
            ) from error
        if place.options is not None and is_store_failure(error):
            raise store_failure(place.uri, error) from error
        raise LogDamagedError(
            f"{place} can't be read as the event log: {str(error).splitlines()[0]}; restore the folder from a "
            "backup, or run `upturn doctor`"
        ) from error


def file_name(uri: str) -> str:
    """Give the last part of a file's path: unique in a table, since it holds a UUID."""
    return uri.rpartition("/")[2]


def file_names(table: DeltaTable) -> list[str]:
    """Give the names of the table's live files."""
    return [file_name(uri) for uri in table.file_uris()]


def newer_files(table: DeltaTable, after: int) -> list[str]:
    """Give the files that may hold an event with `log_version > after`: by statistics, which compaction keeps true."""
    if not after:
        return sorted(table.file_uris())
    import pyarrow as pa

    actions = pa.table(table.get_add_actions(flatten=True)).to_pydict()
    newest = dict(zip(map(file_name, actions["path"]), actions["max.log_version"], strict=True))
    return sorted(uri for uri in table.file_uris() if (top := newest[file_name(uri)]) is None or top > after)


def writer_properties() -> WriterProperties:
    """Give how files are written: zstd, no dictionary and no statistics for columns of text that seldom repeats."""
    from deltalake import ColumnProperties, WriterProperties

    plain = ColumnProperties(dictionary_enabled=False, statistics_enabled="NONE")
    return WriterProperties(
        compression="ZSTD", compression_level=1, column_properties={"id": plain, "data": plain, "subject": plain}
    )


def is_disk_full(error: Exception) -> bool:
    """Say whether an error, of Python or out of deltalake's Rust, means that no space is left."""
    return "os error 28" in str(error) or "No space left on device" in str(error)
