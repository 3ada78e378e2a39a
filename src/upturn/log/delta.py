"""The event log as a Delta table: compare-and-swap appends, one commit each, partitioned by UTC day."""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import structlog

import upturn.log.encode as encoding
from upturn.domain.errors import LogConflictError
from upturn.log.admission import admit
from upturn.log.delta_table import (
    TableHandle,
    created,
    file_name,
    file_names,
    is_disk_full,
    newer_files,
    translated,
    writer_properties,
)
from upturn.log.files import create_view, read_rows
from upturn.log.known_ids import KnownIds, Lookup, id_prefixes
from upturn.log.locks import alone, writing
from upturn.log.place import log_place
from upturn.log.port import AppendResult
from upturn.log.rewriting import overwritten, vacuumed
from upturn.log.upcast import upcast
from upturn.stores.failures import is_store_failure

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa
    from deltalake import DeltaTable

__all__ = ["DeltaLog"]

_ATTEMPTS: Final = 60
_LONGEST_PAUSE_SECONDS: Final = 0.5
_SMALL_FILES: Final = 1000
"""Files beyond one a day from which on the log is compacted: some five weeks of daily runs."""
_KNOWN_COLUMNS: Final = ("id", "type", "dataschema", "data")


class DeltaLog:
    """The event log at `path`, local or in an object store; it comes into being with the first append.

    `log_version` is the Delta version of the commit that wrote an event. Compaction makes versions without events,
    so the log's version may be above the newest event's.

    Parameters
    ----------
    path : the table's folder, on a local or mounted disk, or an address such as `s3://bucket/events`.
    copies : local folder for copies of data files and the cache of ids, needed for an address.

    Raises
    ------
    ConfigurationError
        If `path` is an address of no known object store, or `copies` is missing.
    """

    def __init__(self, path: Path | str, *, copies: Path | None = None) -> None:
        self._place = log_place(path, copies)
        self._table = TableHandle(self._place)
        self._known = KnownIds(self._place.ids)

    @property
    def version(self) -> int:
        """The newest version of the table; 0 where it holds no event or does not exist."""
        table = self._table.now()
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
            table = self._table.now() or created(self._place)
            files = frozenset(file_names(table))
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
                f"{self._place}: other writers won {_ATTEMPTS} times in a row; nothing was appended; try again"
            )
        if admission.new.num_rows:
            written = frozenset(file_names(table)) - files
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
        table = self._table.now()
        if table is None:
            return encoding.logged_schema().empty_table()
        with translated(self._place):
            return upcast(read_rows(self._place.local(newer_files(table, after)), after=after, types=types))

    def expose(self, connection: duckdb.DuckDBPyConnection, *, after: int = 0, view: str = "events") -> int:
        """Create the temporary view `view` over the events after the watermark; see `EventLog.expose`.

        Raises
        ------
        LogDamagedError
            If the table can't be read.
        """
        table = self._table.now()
        with translated(self._place):
            files = [] if table is None else self._place.local(newer_files(table, after))
            create_view(connection, view, files, after=after)
        return 0 if table is None else table.version()

    def compact(self, *, retention_hours: int = 168) -> int:
        """Rewrite small files into large ones and delete files that no version of the last hours needs.

        Events and their `log_version` stay as they are. Gives the log's version afterwards.

        Raises
        ------
        DiskFullError
            If the disk is full; the log is as before.
        """
        table = self._table.now()
        if table is None:
            return 0
        with translated(self._place), writing(self._place.ids.parent):
            table.optimize.compact(writer_properties=writer_properties())
            table.vacuum(retention_hours=retention_hours, dry_run=False, enforce_retention_duration=False)
        table = self._table.now()
        if table is None:
            return 0
        self._place.forget_copies(file_names(table))
        return table.version()

    def tidy(self) -> bool:
        """Compact the log if it has come to hold many small files; whether it was done.

        Raises
        ------
        DiskFullError, LogDamagedError
            As `compact`.
        """
        table = self._table.now()
        if table is None:
            return False
        uris = table.file_uris()
        if len(uris) - len({uri.rpartition("/")[0] for uri in uris}) < _SMALL_FILES:
            return False
        version = self.compact()
        structlog.get_logger().info("log.compacted", files_before=len(uris), log_version=version)
        return True

    def rewrite(self, *, at: int, remove: Collection[str], replace: Mapping[str, str], add: pa.Table) -> int | None:
        """Write the days that hold named events anew, in one commit; see `EventLog.rewrite`."""
        batch = encoding.checked(add)
        with translated(self._place), alone(self._place.ids.parent):
            table = self._table.now()
            if (0 if table is None else table.version()) != at:
                return None
            table = table or created(self._place)
            version = table.version() + 1
            logged = encoding.logged(batch, version)
            is_done = overwritten(table, self._place, remove=remove, replace=replace, added=logged)
        return version if is_done else None

    def purge(self) -> int:
        """Delete every file that the table no longer names, and the ids remembered of them; see `EventLog.purge`."""
        with translated(self._place), alone(self._place.ids.parent):
            table = self._table.now()
            if table is None:
                return 0
            gone = vacuumed(table, self._place)
            self._known.forget(live=frozenset(file_names(table)))
        return gone

    def _held(
        self, table: DeltaTable, files: Collection[str], prefixes: npt.NDArray[np.uint64], ids: pa.ChunkedArray
    ) -> tuple[npt.NDArray[np.bool_], pa.Table]:
        """Give which rows may be in `files`, and the stored events of those that are."""
        import pyarrow as pa

        with translated(self._place):
            uris = {file_name(uri): uri for uri in table.file_uris()}
            found = self._known.lookup(prefixes, files)
            if found.uncovered:
                found = self._indexed(found, uris, prefixes, files)
            if not found.held.any():
                return found.held, encoding.event_schema().empty_table().select(_KNOWN_COLUMNS)
            wanted = ids.filter(pa.array(found.held))
            suspects = self._place.local([uris[name] for name in found.suspects])
            stored = read_rows(suspects, ids=wanted, columns=_KNOWN_COLUMNS)
            return found.held, stored

    def _indexed(
        self, found: Lookup, uris: Mapping[str, str], prefixes: npt.NDArray[np.uint64], files: Collection[str]
    ) -> Lookup:
        """Read the ids of files that no segment knows, remember them and look again."""
        import numpy as np

        stored = read_rows(self._place.local([uris[name] for name in found.uncovered]), columns=("id",))
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
            structlog.get_logger().warning("id_cache_not_written", folder=str(self._place.ids), error=str(error))

    def _swapped(self, table: DeltaTable, events: pa.Table) -> bool:
        """Commit `events` as the version after the table's; False if another writer took that version."""
        from deltalake import CommitProperties, write_deltalake
        from deltalake.exceptions import CommitFailedError

        with translated(self._place), writing(self._place.ids.parent):
            try:
                write_deltalake(
                    table,
                    events,
                    mode="append",
                    writer_properties=writer_properties(),
                    commit_properties=CommitProperties(max_commit_retries=0),
                )
            except CommitFailedError as error:
                if is_disk_full(error) or is_store_failure(error):
                    raise
                return False
        return True


def _repeated(prefixes: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Mark every row whose prefix comes more than once: (n,) bool."""
    import numpy as np

    order = np.argsort(prefixes)
    same = np.diff(prefixes[order]) == 0
    marked = np.zeros(len(prefixes), dtype=bool)
    marked[order[1:][same]] = True
    marked[order[:-1][same]] = True
    return marked
