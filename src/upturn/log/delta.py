"""The event log as a Delta table: compare-and-swap appends, one commit each, partitioned by UTC day."""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog

import upturn.log.encode as encoding
from upturn.domain.errors import DiskFullError, LogConflictError, LogDamagedError
from upturn.log.admission import admit
from upturn.log.files import create_view, read_rows
from upturn.log.known_ids import KnownIds, Lookup, id_prefixes
from upturn.log.port import AppendResult
from upturn.log.upcast import upcast

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa
    from deltalake import DeltaTable, WriterProperties

__all__ = ["DeltaLog"]

_ATTEMPTS: Final = 60
_LONGEST_PAUSE_SECONDS: Final = 0.5
_KNOWN_COLUMNS: Final = ("id", "type", "dataschema", "data")
_PROPERTIES: Final = {
    # statistics of text would leave customers' words in _delta_log after an erasure
    "delta.dataSkippingStatsColumns": "log_version,type",
    "delta.enableChangeDataFeed": "false",
    "delta.appendOnly": "false",
}


class DeltaLog:
    """The event log at `path`, a local folder; it comes into being with the first append.

    `log_version` is the Delta version of the commit that wrote an event. Compaction makes versions without events,
    so the log's version may be above the newest event's.

    Parameters
    ----------
    path : the table's folder.
    storage_options : passed on to deltalake.
    """

    def __init__(self, path: Path | str, storage_options: Mapping[str, str] | None = None) -> None:
        self._path = Path(path)
        self._options = dict(storage_options) if storage_options else None
        self._known = KnownIds(self._path / "_ids")  # readers and vacuum ignore folders that begin with _

    @property
    def version(self) -> int:
        """The newest version of the table; 0 where it holds no event or does not exist."""
        table = self._opened()
        return 0 if table is None else table.version()

    def append(self, events: pa.Table) -> AppendResult:
        """Append the events whose id is new, in one commit; see `EventLog.append`.

        Raises
        ------
        LogConflictError
            If other writers won the swap 60 times in a row.
        DiskFullError
            If the disk is full; the log is as before.
        LogDamagedError
            If the table can't be read.
        UpturnError
            If columns, types or ids are not those of events.
        """
        import pyarrow as pa

        batch = encoding.checked(events)
        if not batch.num_rows:
            return AppendResult(log_version=None, appended=0, skipped=0, conflicts=batch)
        prefixes = id_prefixes(batch["id"])
        suspect = _repeated(prefixes)
        looked_at: frozenset[str] = frozenset()
        known = list[Any]()
        for attempt in range(_ATTEMPTS):
            table = self._opened() or self._created()
            files = frozenset(_file_names(table))
            if looked_at - files:  # compacted meanwhile: what was seen may lie elsewhere now
                looked_at, known = frozenset(), []
            held, rows = self._held(table, files - looked_at, prefixes, batch["id"])
            suspect |= held
            known.append(rows)
            looked_at = files
            admission = admit(batch, suspect=suspect, known=pa.concat_tables(known))
            version = table.version() + 1
            if not admission.new.num_rows or self._swapped(table, encoding.logged(admission.new, version)):
                break
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE_SECONDS, 0.01 * 2**attempt)))  # noqa: S311
        else:
            raise LogConflictError(
                f"{self._path}: other writers won {_ATTEMPTS} times in a row; nothing was appended; try again"
            )
        if admission.new.num_rows:
            written = frozenset(_file_names(table)) - files
            self._remember(id_prefixes(admission.new["id"]), written, live=files | written)
        return AppendResult(
            log_version=version if admission.new.num_rows else None,
            appended=admission.new.num_rows,
            skipped=admission.skipped,
            conflicts=admission.conflicts,
        )

    def read(self, *, after: int = 0, types: Sequence[str] | None = None) -> pa.Table:
        """Give the events with `log_version > after`, ordered by (log_version, id), in their newest payload version.

        Raises
        ------
        LogDamagedError
            If the table can't be read.
        """
        table = self._opened()
        if table is None:
            return encoding.logged_schema().empty_table()
        with self._translated():
            return upcast(read_rows(_newer(table, after), after=after, types=types))

    def expose(self, connection: duckdb.DuckDBPyConnection, *, after: int = 0, view: str = "events") -> int:
        """Create the temporary view `view` over the events after the watermark; see `EventLog.expose`.

        Raises
        ------
        LogDamagedError
            If the table can't be read.
        """
        table = self._opened()
        with self._translated():
            create_view(connection, view, [] if table is None else _newer(table, after), after=after)
        return 0 if table is None else table.version()

    def compact(self, *, retention_hours: int = 168) -> int:
        """Rewrite small files into large ones and delete files that no version of the last hours needs.

        Events and their `log_version` stay as they are. Gives the log's version afterwards.

        Raises
        ------
        DiskFullError
            If the disk is full; the log is as before.
        """
        table = self._opened()
        if table is None:
            return 0
        with self._translated():
            table.optimize.compact(writer_properties=_writer_properties())
            table.vacuum(retention_hours=retention_hours, dry_run=False, enforce_retention_duration=False)
        table = self._opened()
        return 0 if table is None else table.version()

    def _opened(self) -> DeltaTable | None:
        """Give the table as it is now; None where there is none yet."""
        from deltalake import DeltaTable

        if not (self._path / "_delta_log").is_dir():
            if self._path.is_dir() and any(self._path.glob("event_date=*")):
                raise LogDamagedError(
                    f"{self._path} holds events but no _delta_log: expected a Delta table; restore it from a backup"
                )
            return None
        with self._translated():
            if not DeltaTable.is_deltatable(str(self._path), self._options) and not any(
                self._path.glob("event_date=*")
            ):
                return None  # another process is creating it
            return DeltaTable(str(self._path), storage_options=self._options)

    def _created(self) -> DeltaTable:
        """Create the empty table as version 0, or give the one that another process has just created."""
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        with self._translated():
            try:
                return DeltaTable.create(
                    str(self._path),
                    schema=encoding.logged_schema(),
                    mode="error",
                    partition_by=["event_date"],
                    configuration=_PROPERTIES,
                    storage_options=self._options,
                )
            except DeltaError as error:
                if _is_disk_full(error):
                    raise
                return DeltaTable(str(self._path), storage_options=self._options)

    def _held(
        self, table: DeltaTable, files: Collection[str], prefixes: npt.NDArray[np.uint64], ids: pa.ChunkedArray
    ) -> tuple[npt.NDArray[np.bool_], pa.Table]:
        """Give which rows may be in `files`, and the stored events of those that are."""
        import pyarrow as pa

        with self._translated():
            uris = {_file_name(uri): uri for uri in table.file_uris()}
            found = self._known.lookup(prefixes, files)
            if found.uncovered:
                found = self._indexed(found, uris, prefixes, files)
            if not found.held.any():
                return found.held, encoding.event_schema().empty_table().select(_KNOWN_COLUMNS)
            wanted = ids.filter(pa.array(found.held))
            stored = read_rows([uris[name] for name in found.suspects], ids=wanted, columns=_KNOWN_COLUMNS)
            return found.held, stored

    def _indexed(
        self, found: Lookup, uris: Mapping[str, str], prefixes: npt.NDArray[np.uint64], files: Collection[str]
    ) -> Lookup:
        """Read the ids of files that no segment knows, remember them and look again."""
        import numpy as np

        stored = read_rows([uris[name] for name in found.uncovered], columns=("id",))
        self._remember(id_prefixes(stored["id"]), found.uncovered, live=uris.keys())
        again = self._known.lookup(prefixes, files)
        if not again.uncovered:
            return again
        # the cache can't be written: every row is a suspect and the log itself answers
        return Lookup(held=np.ones_like(again.held), suspects=frozenset(files), uncovered=frozenset())

    def _remember(self, prefixes: npt.NDArray[np.uint64], files: Collection[str], *, live: Collection[str]) -> None:
        """Add to the cache of ids; a cache that can't be written costs time, never an event."""
        try:
            self._known.add(prefixes, files, live=live)
        except OSError as error:
            structlog.get_logger().warning("id_cache_not_written", folder=str(self._path / "_ids"), error=str(error))

    def _swapped(self, table: DeltaTable, events: pa.Table) -> bool:
        """Commit `events` as the version after the table's; False if another writer took that version."""
        from deltalake import CommitProperties, write_deltalake
        from deltalake.exceptions import CommitFailedError

        with self._translated():
            try:
                write_deltalake(
                    table,
                    events,
                    mode="append",
                    writer_properties=_writer_properties(),
                    commit_properties=CommitProperties(max_commit_retries=0),
                )
            except CommitFailedError as error:
                if _is_disk_full(error):
                    raise
                return False
        return True

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn the libraries' errors into ours."""
        import duckdb
        from deltalake.exceptions import DeltaError

        try:
            yield
        except (OSError, DeltaError, duckdb.Error) as error:
            if _is_disk_full(error):
                raise DiskFullError(
                    f"{self._path}: the disk is full; the log is whole, as before; free space, then run again"
                ) from error
            raise LogDamagedError(
                f"{self._path} can't be read as the event log: {str(error).splitlines()[0]}; restore the folder from a "
                "backup, or run `upturn doctor`"
            ) from error


def _repeated(prefixes: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Mark every row whose prefix comes more than once: (n,) bool."""
    import numpy as np

    order = np.argsort(prefixes)
    same = np.diff(prefixes[order]) == 0
    marked = np.zeros(len(prefixes), dtype=bool)
    marked[order[1:][same]] = True
    marked[order[:-1][same]] = True
    return marked


def _file_name(uri: str) -> str:
    return uri.rpartition("/")[2]


def _file_names(table: DeltaTable) -> list[str]:
    return [_file_name(uri) for uri in table.file_uris()]


def _newer(table: DeltaTable, after: int) -> list[str]:
    """Give the files that may hold an event with `log_version > after`: by statistics, which compaction keeps true."""
    if not after:
        return sorted(table.file_uris())
    import pyarrow as pa

    actions = pa.table(table.get_add_actions(flatten=True)).to_pydict()
    newest = dict(zip(map(_file_name, actions["path"]), actions["max.log_version"], strict=True))
    return sorted(uri for uri in table.file_uris() if (top := newest[_file_name(uri)]) is None or top > after)


def _writer_properties() -> WriterProperties:
    from deltalake import ColumnProperties, WriterProperties

    plain = ColumnProperties(dictionary_enabled=False, statistics_enabled="NONE")
    return WriterProperties(
        compression="ZSTD", compression_level=1, column_properties={"id": plain, "data": plain, "subject": plain}
    )


def _is_disk_full(error: Exception) -> bool:
    return "os error 28" in str(error) or "No space left on device" in str(error)
