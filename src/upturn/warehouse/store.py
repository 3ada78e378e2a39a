"""The warehouse of one home: a working file for the pipeline, a published one for readers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from upturn.domain.errors import UpturnError
from upturn.warehouse.alone import alone
from upturn.warehouse.projecting import CatchUp, VoidTablesError, project, refresh_exposures, watermark
from upturn.warehouse.publishing import publish_file
from upturn.warehouse.working import empty, mark_filled, open_working, remove_database, translated

if TYPE_CHECKING:
    import duckdb

    from upturn.home import Home
    from upturn.log.port import EventLog
    from upturn.settings import Settings

__all__ = ["Derivation", "Warehouse"]

Derivation: TypeAlias = "Callable[[duckdb.DuckDBPyConnection], object]"

_WAIT_SECONDS: Final = 10.0


class Warehouse:
    """Projects the event log into DuckDB tables and publishes them.

    Parameters
    ----------
    home : where the files are.
    settings : time zone, idle timeout and window of the projections.
    log : the log to read at once when the working file had to be made anew; None: the next `catch_up` does.
    derive : what fills the tables made by code, such as rule scores and failures, when the file is made anew: each
        is given the connection.
    wait_seconds : how long `connect` waits for another process to let go of the working file.
    """

    def __init__(
        self,
        home: Home,
        settings: Settings,
        *,
        log: EventLog | None = None,
        derive: Sequence[Derivation] = (),
        wait_seconds: float = _WAIT_SECONDS,
    ) -> None:
        self._home = home
        self._settings = settings
        self._log = log
        self._derive = tuple(derive)
        self._wait_seconds = wait_seconds
        self._lock = threading.RLock()
        self._connection: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give the read-write connection to the working file, in UTC, every table there; nested calls share it.

        A file that is damaged, or was made by another version or under other settings, is made anew from the log.

        Raises
        ------
        HomeBusyError
            If another process holds the file.
        DiskFullError
            If the disk is full.
        """
        with self._lock:
            if self._connection is not None:
                yield self._connection
                return
            with alone(self._home.working, wait_seconds=self._wait_seconds):
                connection, is_empty = open_working(self._home.working, self._settings, wait_seconds=self._wait_seconds)
                self._connection = connection
                try:
                    with translated(self._home.working):
                        if is_empty and self._log is not None:
                            self._fill(connection, self._log, None)
                        elif is_empty:
                            mark_filled(connection, self._settings)
                        yield connection
                finally:
                    self._connection = None
                    connection.close()

    def catch_up(self, log: EventLog, *, as_of: datetime | None = None) -> CatchUp:
        """Project the events that the log got since the last time, all of them or none.

        Parameters
        ----------
        as_of : instant up to which conversations are judged open or closed, UTC; it never goes back. None: as it was.

        Raises
        ------
        HomeBusyError, DiskFullError
            As `connect`.
        """
        with self.connect() as connection:
            if log.version >= watermark(connection):
                with suppress(VoidTablesError):
                    return project(connection, log, self._settings, as_of)
            # the log was restored from a backup, or has forgotten something: start over
            known = connection.execute("select as_of from warehouse_state").fetchone()
            empty(connection)
            return self._fill(connection, log, max(filter(None, (as_of, *(known or ()))), default=None))

    def rebuild(self, log: EventLog) -> CatchUp:
        """Make the working file anew from the log, so that nothing of the old one is left in its bytes.

        The old file stays in place until the tables made by code are filled too.

        Raises
        ------
        HomeBusyError, DiskFullError
            As `connect`; the old file stands.
        """
        fresh = self._home.working.with_name("rebuilding.duckdb")
        with self._lock:
            if self._connection is not None:
                raise UpturnError("the warehouse can't be rebuilt inside connect(): leave that block first")
            with alone(self._home.working, wait_seconds=self._wait_seconds):
                old, _ = open_working(self._home.working, self._settings, wait_seconds=self._wait_seconds)
                try:
                    before = old.execute("select as_of from warehouse_state").fetchone()
                    remove_database(fresh)
                    done = self._built(fresh, log, before[0] if before else None)
                    fresh.replace(self._home.working)
                finally:
                    remove_database(fresh)
                    old.close()
        return done

    def _built(self, path: Path, log: EventLog, as_of: datetime | None) -> CatchUp:
        """Build a whole warehouse at `path`; meanwhile `connect` gives it."""
        connection, _ = open_working(path, self._settings, wait_seconds=self._wait_seconds)
        self._connection = connection
        try:
            with translated(path):
                done = self._fill(connection, log, as_of)
                connection.execute("checkpoint")
        finally:
            self._connection = None
            connection.close()
        return done

    def _fill(self, connection: duckdb.DuckDBPyConnection, log: EventLog, as_of: datetime | None) -> CatchUp:
        """Fill the empty tables: from the log, then by code."""
        done = project(connection, log, self._settings, as_of)
        for step in self._derive:
            step(connection)
        refresh_exposures(connection, self._settings.window_days)
        mark_filled(connection, self._settings)
        return done

    def publish(self) -> None:
        """Put a read-only copy of the working file where readers look, by atomic rename.

        Raises
        ------
        HomeBusyError, DiskFullError
            As `connect`; what was published before stands.
        """
        with self.connect() as connection:
            refresh_exposures(connection, self._settings.window_days)
            connection.execute("checkpoint")
            publish_file(self._home.working, self._home.published)
