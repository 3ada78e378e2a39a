"""An event log in memory, under the same contract as the Delta log: for tests and for trying things."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import upturn.log.encode as encoding
from upturn.log.admission import admit
from upturn.log.port import AppendResult
from upturn.log.upcast import upcast

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

__all__ = ["MemoryLog"]


class MemoryLog:
    """Keeps its events in one Arrow table. Safe for threads; gone with the process."""

    def __init__(self) -> None:
        self._events: pa.Table = encoding.logged_schema().empty_table()
        self._version = 0
        self._lock = threading.Lock()

    @property
    def version(self) -> int:
        """The number of appends that wrote something."""
        return self._version

    def append(self, events: pa.Table) -> AppendResult:
        """Append the events whose id is new; see `EventLog.append`."""
        import numpy as np
        import pyarrow as pa

        batch = encoding.checked(events)
        with self._lock:
            every_row = np.ones(batch.num_rows, dtype=bool)
            admission = admit(batch, suspect=every_row, known=self._events)
            appended = admission.new.num_rows
            if appended:
                self._version += 1
                logged = encoding.logged(admission.new, self._version)
                self._events = pa.concat_tables([self._events, logged])
            return AppendResult(
                log_version=self._version if appended else None,
                appended=appended,
                skipped=admission.skipped,
                conflicts=admission.conflicts,
            )

    def read(self, *, after: int = 0, types: Sequence[str] | None = None) -> pa.Table:
        """Give the events with `log_version > after`, ordered by (log_version, id)."""
        import pyarrow as pa
        import pyarrow.compute as pc

        wanted = pc.greater(self._events["log_version"], after)
        if types is not None:
            wanted = pc.and_(wanted, pc.is_in(self._events["type"], pa.array(list(types), pa.string())))
        return upcast(self._events.filter(wanted).sort_by([("log_version", "ascending"), ("id", "ascending")]))

    def expose(self, connection: duckdb.DuckDBPyConnection, *, after: int = 0, view: str = "events") -> int:
        """Create the temporary view `view` over the events after the watermark; see `EventLog.expose`."""
        with self._lock:
            version, events = self._version, self.read(after=after)
        connection.register(view, events)
        return version

    def tidy(self) -> bool:
        """Do nothing: memory holds no files."""
        return False

    def rewrite(self, *, at: int, remove: Collection[str], replace: Mapping[str, str], add: pa.Table) -> int | None:
        """Take events out, give others new data and append `add`; see `EventLog.rewrite`."""
        import pyarrow as pa
        import pyarrow.compute as pc

        batch = encoding.checked(add)
        with self._lock:
            if self._version != at:
                return None
            gone = pc.is_in(self._events["id"], pa.array(list(remove), pa.string()))
            kept = self._events.filter(pc.invert(gone))
            data = [
                replace.get(event_id, text)
                for event_id, text in zip(kept["id"].to_pylist(), kept["data"].to_pylist(), strict=True)
            ]
            place = kept.schema.get_field_index("data")
            kept = kept.set_column(place, kept.schema.field(place), pa.array(data, pa.string()))
            self._version += 1
            self._events = pa.concat_tables([kept, encoding.logged(batch, self._version)])
            return self._version

    def purge(self) -> int:
        """Do nothing: memory holds no files."""
        return 0
