"""What every event log promises: append once, in order, read after a watermark, and forget where it must."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

__all__ = ["AppendResult", "EventLog"]


@dataclass(frozen=True)
class AppendResult:
    """What one append did. `read = appended + skipped + conflicts.num_rows`, always."""

    log_version: int | None
    """The version that this append wrote; None where nothing was new."""
    appended: int
    skipped: int
    """Events whose id is in the log (or earlier in the batch) with the same data, or, for types that are not
    facts, with any data: the first written wins."""
    conflicts: pa.Table
    """Facts whose id is there with other data, as they were given: the caller quarantines them."""


class EventLog(Protocol):
    """An append-only log of events with the columns of `upturn.domain.events.EVENT_COLUMNS`."""

    @property
    def version(self) -> int:
        """The newest log version; 0 for a log that holds no event."""
        ...

    def append(self, events: pa.Table) -> AppendResult:
        """Append those events whose id is new, in one commit, by compare-and-swap.

        Parameters
        ----------
        events : the columns of `EVENT_COLUMNS` without `log_version` and `event_date`, which the log fills.

        Raises
        ------
        LogConflictError
            If other writers won the swap too many times in a row.
        DiskFullError
            If the disk is full; the log is as before.
        """
        ...

    def read(self, *, after: int = 0, types: Sequence[str] | None = None) -> pa.Table:
        """Give the events with `log_version > after`, ordered by (log_version, id)."""
        ...

    def expose(self, connection: duckdb.DuckDBPyConnection, *, after: int = 0, view: str = "events") -> int:
        """Create the temporary view `view` over the events with `log_version > after` in `connection`.

        Returns the newest version that the view covers (the next watermark): a snapshot, so that a writer who
        appends meanwhile is seen by the next call.
        """
        ...

    def tidy(self) -> bool:
        """Make reading cheap again where many small appends have made it dear; whether anything was done.

        Events and their `log_version` stay as they are.
        """
        ...

    def rewrite(self, *, at: int, remove: Collection[str], replace: Mapping[str, str], add: pa.Table) -> int | None:
        """Take events out, give others new `data` and append `add`, in one commit: the one lawful edit.

        It serves erasure and retention alone. Whatever is not named keeps all its columns, `log_version` included.

        Parameters
        ----------
        at : version that the decision was made on.
        remove : ids of the events to take out; one that is not there is no error.
        replace : id of an event -> its new `data`.
        add : events that say what was done, as for `append`, with ids that are new; at least one.

        Returns
        -------
        int or None
            The version of the commit; None where the log is no longer at `at`: nothing was done, decide anew.

        Raises
        ------
        DiskFullError
            If the disk is full; the log is as before.
        """
        ...

    def purge(self) -> int:
        """Delete from the disk whatever the log no longer holds; the number of files that went.

        Afterwards no earlier version can be read, and no file of a killed writer is left. It waits for appends that
        are under way.
        """
        ...
