"""Reads the published warehouse: by DuckDB, by SQLAlchemy, as rows, as Parquet. Nothing here can write to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upturn.domain.errors import NotFoundError, UpturnError
from upturn.warehouse.ddl import MARTS

if TYPE_CHECKING:
    import duckdb
    from sqlalchemy import Engine

    from upturn.home import Home

__all__ = ["QueryResult", "export_parquet", "query", "read_only", "warehouse_engine"]


@dataclass(frozen=True)
class QueryResult:
    """What a query gave: column names and rows of Python values; times are UTC and aware."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@contextmanager
def read_only(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a read-only connection to the published warehouse, in UTC; a run that publishes meanwhile doesn't disturb.

    Raises
    ------
    NotFoundError
        If nothing was published yet.
    UpturnError
        If the file can't be read as DuckDB.
    """
    connection = _opened(_published(home))
    try:
        yield connection
    finally:
        connection.close()


def warehouse_engine(home: Home | Path | str) -> Engine:
    """Give a read-only SQLAlchemy engine on the published warehouse; each connection opens what is published then.

    Raises
    ------
    NotFoundError
        If nothing was published yet.
    """
    from duckdb_sqlalchemy import ConnectionWrapper
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    from upturn.home import Home

    published = _published(home if isinstance(home, Home) else Home(Path(home)))

    def connect() -> ConnectionWrapper:  # the dialect's own connections can't stand beside those of `read_only`
        return ConnectionWrapper(_opened(published))

    return create_engine(f"duckdb:///{published.resolve()}", creator=connect, poolclass=NullPool)


def query(home: Home, sql: str) -> QueryResult:
    """Run one statement on the published warehouse and give its rows.

    Raises
    ------
    NotFoundError
        If nothing was published yet.
    UpturnError
        If DuckDB refuses the statement; says why and where in it.
    """
    import duckdb

    if not sql.strip():
        raise UpturnError("the query is empty: expected one statement, such as `select * from suggestion_list`")
    with read_only(home) as connection:
        connection.execute("set enable_external_access = false")  # a query reads the warehouse, not other files
        try:
            connection.execute(sql)
            columns = tuple(column[0] for column in connection.description or ())
            return QueryResult(columns, tuple(connection.fetchall()))
        except duckdb.Error as error:
            raise UpturnError(f"the query failed: {error}") from error


def export_parquet(home: Home, folder: Path, tables: Sequence[str] | None = None) -> list[Path]:
    """Write one Parquet file a table into `folder`, each put in place when it is whole; their paths.

    Parameters
    ----------
    tables : names of tables or marts; None: every table.

    Raises
    ------
    NotFoundError
        If nothing was published yet, or a table is none of the warehouse's.
    UpturnError
        If a file can't be written.
    """
    import duckdb

    from upturn.schema import metadata

    known = (*metadata.tables, *MARTS)
    wanted = tuple(metadata.tables) if tables is None else tuple(tables)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise NotFoundError(f"no table {unknown[0]!r} in the warehouse: expected one of {', '.join(sorted(known))}")
    written = []
    with read_only(home) as connection:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name in wanted:
                target = folder / f"{name}.parquet"
                partial = folder / f".{name}.parquet.partial"
                connection.table(name).write_parquet(str(partial), compression="zstd")
                partial.replace(target)
                written.append(target)
        except (OSError, duckdb.Error) as error:
            raise UpturnError(f"the export to {folder} failed: {error}") from error
    return written


def _published(home: Home) -> Path:
    if not home.published.exists():
        raise NotFoundError(
            f"no published warehouse at {home.published}: `upturn run --home {home.root}` makes and publishes one"
        )
    return home.published


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the file; a write-ahead log of somebody's killed session on an older file is removed, since it blocks."""
    import duckdb

    try:
        connection = duckdb.connect(str(path), read_only=True)
        connection.execute("set timezone = 'UTC'")
    except duckdb.Error as error:
        log = path.with_name(path.name + ".wal")
        if not log.exists():
            raise UpturnError(
                f"{path} can't be read as DuckDB ({type(error).__name__}): `upturn rebuild` makes and publishes it anew"
            ) from error
        log.unlink()
        return _opened(path)
    return connection
