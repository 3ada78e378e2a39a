"""Rows of a SQL database by SQLAlchemy: streamed by a server-side cursor, read-only, and its errors without secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from upturn.domain.errors import ConfigurationError, MissingExtraError, StoreError, StoreUnreachableError, UpturnError
from upturn.stores.address import is_address, is_object_address, shown

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["Selection", "database_url", "is_database", "stream_rows"]

_EXAMPLE: Final = "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"
_ROWS: Final = 1000
"""Rows held at a time: what the server is asked for at once."""
_SECRETS: Final = re.compile(r"(?i)(password|passwd|pwd|token|secret)\s*=\s*\S+")
_REFUSED: Final = re.compile(
    r"(?i)authentication failed|no password supplied|access denied|(?:database|role) .* does not exist|unable to open"
)
_PASSING: Final = re.compile(
    r"(?i)connect|connection|timed? ?out|server closed|too many clients|starting up|shutting down|database is locked"
)
_QUOTING: Final = ("22", "23")
"""SQLSTATE classes whose messages quote values: data exceptions and broken constraints."""


@dataclass(frozen=True)
class Selection:
    """What to read of a database: a table, or a query of one's own.

    Parameters
    ----------
    table : `name` or `schema.name`.
    query : one select; parameters as `:name`.
    watermark : column that only grows, such as `updated_at`: later reads begin at the highest value seen.
    """

    table: str | None = None
    query: str | None = None
    watermark: str | None = None

    def __post_init__(self) -> None:
        """Refuse a selection of nothing, or of two things.

        Raises
        ------
        ConfigurationError
            If there is neither table nor query, or both.
        """
        if (self.table is None) == (self.query is None):
            raise ConfigurationError(
                "a database needs one of `table` and `query` (--table, --query): what to read of it"
            )


def is_database(text: str) -> bool:
    """Whether a text is the address of a database, or `env:NAME` of one.

    >>> is_database("sqlite:///chats.db"), is_database("env:CHATS_URL"), is_database("s3://logs/a.jsonl")
    (True, True, False)
    """
    return text.startswith("env:") or (is_address(text) and not is_object_address(text))


def database_url(text: str) -> str:
    """Give the address that `env:NAME` stands for; another text is the address itself.

    Raises
    ------
    ConfigurationError
        If the variable is not set.
    """
    if not text.startswith("env:"):
        return text
    name = text.removeprefix("env:")
    url = os.environ.get(name, "")
    if not url:
        raise ConfigurationError(
            f"the environment has no {name}: expected the address of a database, such as {_EXAMPLE}"
        )
    return url


def stream_rows(url: str, selection: Selection, *, parameters: Mapping[str, object]) -> Iterator[list[dict[str, Any]]]:
    """Give the rows of a selection, some at a time; never more are held.

    Parameters
    ----------
    parameters : values for those of its `:name` that the selection uses. `since`, where it is not None, is also the
        watermark from which on rows are read, those that have it and those without one included.

    Raises
    ------
    ConfigurationError
        If the address can't be understood, or the query uses a parameter that there is not.
    MissingExtraError
        If the database's driver is not installed.
    StoreError, StoreUnreachableError
        If the database refuses, or does not answer.
    """
    with _translated(url):
        engine = _engine(url)
        statement, values = _statement(selection, parameters)
        try:
            with engine.connect() as connection:
                _read_only(connection)
                options = {"stream_results": True, "yield_per": _ROWS}
                result = connection.execution_options(**options).execute(statement, values)
                for rows in result.mappings().partitions():
                    yield [dict(row) for row in rows]
        finally:
            engine.dispose()


def _engine(url: str) -> sa.Engine:
    import sqlalchemy as sa
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        return sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        missing = getattr(error, "name", None) or shown(url).partition(":")[0]
        raise MissingExtraError(
            f"{shown(url)} needs the driver {missing}, which is not installed: pip install 'upturn[postgres]' for "
            "PostgreSQL, else the driver's own package"
        ) from None
    except (ArgumentError, ValueError):
        raise ConfigurationError(f"the address of the database can't be understood: expected {_EXAMPLE}") from None


def _statement(selection: Selection, parameters: Mapping[str, object]) -> tuple[Any, dict[str, object]]:
    """Give what to execute, with those parameters that it uses."""
    import sqlalchemy as sa

    given = sa.text((selection.query or "").strip().rstrip(";"))
    wanted = set(given.compile().params) if selection.query else set()
    unknown = sorted(name for name in wanted if parameters.get(name) is None)
    if unknown:
        known = ", ".join(f":{name}" for name, value in parameters.items() if value is not None) or "none here"
        hint = " (give --since the first time)" if "since" in unknown else ""
        raise ConfigurationError(
            f"the query uses :{unknown[0]}, which has no value{hint}; parameters with one: {known}"
        )
    values = {name: parameters[name] for name in wanted}
    given = given.bindparams(*(_bound(name, value) for name, value in values.items()))
    if selection.table is not None:
        schema, _, name = selection.table.rpartition(".")
        source: Any = sa.table(name, schema=schema or None)
    elif "since" in wanted or selection.watermark is None:
        return given, values
    else:
        source = given.columns().subquery("selected")
    select: Any = sa.select(sa.literal_column("*")).select_from(source)
    since = parameters.get("since")
    if selection.watermark is not None and since is not None:
        mark: Any = sa.column(selection.watermark)
        select = select.where(sa.or_(mark >= _bound("mark", since), mark.is_(None)))
    return select, values


def _bound(name: str, value: Any) -> sa.BindParameter[Any]:
    """Give a parameter; a time with an offset stays one where the database casts its parameters."""
    import sqlalchemy as sa

    is_aware = isinstance(value, datetime) and value.tzinfo is not None
    return sa.bindparam(name, value, type_=sa.DateTime(timezone=True) if is_aware else None)


def _read_only(connection: sa.Connection) -> None:
    """Make a query that would write fail, where the database knows how."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("set transaction read only")
        connection.exec_driver_sql("set local time zone 'UTC'")
    elif connection.dialect.name == "sqlite":
        connection.exec_driver_sql("pragma query_only = on")


@contextmanager
def _translated(url: str) -> Iterator[None]:
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    try:
        yield
    except DBAPIError as error:
        raise _failure(url, error) from None  # the cause may quote the address, values and customers' words
    except SQLAlchemyError as error:
        raise StoreError(f"{shown(url)} can't be read: {type(error).__name__}; check the query") from None


def _failure(url: str, error: Any) -> UpturnError:
    cause = error.orig
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or ""
    said = _SECRETS.sub(r"\1=…", str(cause).splitlines()[0]) if str(cause) else type(cause).__name__
    if password := _password(url):
        said = said.replace(password, "…")
    place = shown(url)
    if state.startswith(_QUOTING):
        return StoreError(f"{place}: the query fails on a value (SQLSTATE {state}, {type(cause).__name__}); correct it")
    is_refused = state.startswith(("28", "3D", "42")) or _REFUSED.search(said)
    if not is_refused and (state.startswith(("08", "53", "57")) or _PASSING.search(said)):
        return StoreUnreachableError(f"{place} can't be reached: {said}; check that it runs, then try again")
    return StoreError(f"{place} can't be read: {said}")


def _password(url: str) -> str | None:
    import sqlalchemy as sa

    try:
        found = sa.make_url(url).password
    except sa.exc.ArgumentError:
        return None
    return str(found) if found else None
