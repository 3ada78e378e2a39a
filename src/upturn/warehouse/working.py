"""Opens the pipeline's own DuckDB file: one writer at a time, never trusted beyond what it can prove."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from upturn.domain.errors import DiskFullError, UpturnError
from upturn.resources import load_sql, sql_folder
from upturn.warehouse.alone import PAUSE_SECONDS, busy
from upturn.warehouse.ddl import create_schema
from upturn.warehouse.transactions import transaction

if TYPE_CHECKING:
    import duckdb

    from upturn.settings import Settings

__all__ = ["empty", "look_at_working", "mark_filled", "open_working", "remove_database", "translated"]

_GIGABYTE: Final = 1 << 30


def open_working(path: Path, settings: Settings, *, wait_seconds: float) -> tuple[duckdb.DuckDBPyConnection, bool]:
    """Open the working file, and make an empty one where there is none or the one there is not to be trusted.

    A file that can't be read, or was made under another schema, other projections or other settings, is replaced; so
    the caller holds it `alone`.

    Returns
    -------
    tuple
        The connection, in UTC, and whether its tables are empty and wait for the log.

    Raises
    ------
    HomeBusyError
        If another process holds the file for longer than `wait_seconds`.
    DiskFullError
        If there is no room for an empty file.
    """
    import duckdb

    path.parent.mkdir(parents=True, exist_ok=True)
    connection: duckdb.DuckDBPyConnection | None = None
    was_there = path.exists()
    try:
        connection = _connected(path, wait_seconds)
        if _is_current(connection, settings):
            return connection, False
        reason = "it was made by another version or under other settings"
    except duckdb.Error as error:
        if _is_disk_full(error):
            raise _disk_full(path) from error
        reason = f"DuckDB can't read it: {type(error).__name__}"
    if was_there:
        structlog.get_logger().info("warehouse.remade", file=str(path), reason=reason)
    if connection is not None:
        connection.close()
    remove_database(path)
    with translated(path):
        connection = _connected(path, wait_seconds)
        _prepare(connection)
    return connection, True


def mark_filled(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Say of which definitions and settings the tables were made, once they are: without it the file is made anew."""
    connection.execute("insert into working.fingerprint values ($1)", [_fingerprint(settings)])


def look_at_working(path: Path, settings: Settings) -> tuple[int, bool]:
    """Give the log version that the working file holds, and whether this version would go on with it; changes nothing.

    Raises
    ------
    HomeBusyError
        If another process writes it.
    UpturnError
        If it can't be read.
    """
    import duckdb

    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            row = connection.execute("select max(log_version) from warehouse_state").fetchone()
            return (row[0] or 0) if row else 0, _is_current(connection, settings)
    except duckdb.CatalogException:
        return 0, False
    except duckdb.Error as error:
        if "Could not set lock" in str(error):
            raise busy(path, 0) from error
        raise UpturnError(
            f"{path} can't be read ({type(error).__name__}): the next `upturn run` makes it anew from the log"
        ) from error


def empty(connection: duckdb.DuckDBPyConnection) -> None:
    """Replace every table and view by an empty one, in place; `mark_filled` comes when they are filled."""
    made = connection.execute(
        "select 'view', view_name from duckdb_views() where not internal and not temporary "
        "union all select 'table', table_name from duckdb_tables() where not temporary and schema_name = 'main'"
    ).fetchall()
    for kind, name in made:
        connection.execute(f'drop {kind} "{name}"')
    connection.execute("drop schema working cascade")
    _prepare(connection)


def remove_database(path: Path) -> None:
    """Remove a DuckDB file and its write-ahead log, where they are."""
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Say what DuckDB's errors in writing `path` mean to a person.

    Raises
    ------
    DiskFullError
        If the disk is full: DuckDB has rolled back.
    """
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        if _is_disk_full(error):
            raise _disk_full(path) from error
        raise


def _connected(path: Path, wait_seconds: float) -> duckdb.DuckDBPyConnection:
    """Open the file read-write, waiting for another process to let go of it."""
    import duckdb

    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            connection = duckdb.connect(str(path), config={"temp_directory": str(path.parent / "tmp")})
        except duckdb.IOException as error:
            if "Could not set lock" not in str(error):
                raise
            if time.monotonic() > deadline:
                raise busy(path, wait_seconds) from error
            time.sleep(PAUSE_SECONDS)
        else:
            connection.execute("set timezone = 'UTC'")
            connection.execute(f"set memory_limit = '{_memory_bytes() // (1 << 20)}MiB'")
            return connection


def _memory_bytes() -> int:
    """Give DuckDB half of the machine's memory, from 1 to 3 GiB: beyond it spills to the temporary folder."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(_GIGABYTE, min(3 * _GIGABYTE, total // 2))


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    from upturn.schema import SCHEMA_VERSION

    with transaction(connection):
        create_schema(connection)
        connection.execute("insert into warehouse_state values ($1, 0, null)", [SCHEMA_VERSION])


def _is_current(connection: duckdb.DuckDBPyConnection, settings: Settings) -> bool:
    """Whether the tables were made by this version's schema, projections and settings."""
    import duckdb

    try:
        known = connection.execute("select digest from working.fingerprint").fetchall()
    except duckdb.CatalogException:  # another's file, or one of before there were fingerprints
        return False
    return known == [(_fingerprint(settings),)]


def _fingerprint(settings: Settings) -> str:
    """Give the digest of everything that the projected tables depend on, beside the log."""
    thresholds = settings.thresholds.model_dump_json()
    rules = (settings.timezone, str(settings.idle_timeout_minutes), str(settings.window_days), thresholds)
    return hashlib.sha256("\x1f".join((_definitions(), *rules)).encode()).hexdigest()


@cache
def _definitions() -> str:
    from upturn.schema import SCHEMA_VERSION, metadata

    columns = [
        f"{table.name}.{column.name} {column.type!r} {column.nullable}"
        for table in metadata.tables.values()
        for column in table.columns
    ]
    folders = ("projections", "functions", "marts", "working", "metrics", "behaviour", "failures")
    files = sorted(path for folder in folders for path in (sql_folder() / folder).glob("*.sql"))
    texts = [load_sql(f"{path.parent.name}/{path.stem}") for path in files]
    return "\x1f".join((SCHEMA_VERSION, *columns, *texts))


def _is_disk_full(error: Exception) -> bool:
    return "No space left on device" in str(error) or "Disk quota exceeded" in str(error)


def _disk_full(path: Path) -> UpturnError:
    return DiskFullError(
        f"no space left on the disk of {path}: nothing was changed and what was published stands; free some space "
        "and run again"
    )
