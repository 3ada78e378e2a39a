"""Reads the log's Parquet files with DuckDB: the fastest reader, and the only one that reads compacted files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import upturn.log.encode as encoding
from upturn.domain.events import EVENT_COLUMNS
from upturn.log.upcast import UPCASTERS, outdated_schemas, upcast

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

__all__ = ["create_view", "event_rows", "read_rows"]

_PARQUET = "read_parquet($files, hive_partitioning = true, hive_types = {'event_date': date}, union_by_name = true)"


def read_rows(
    files: Sequence[str],
    *,
    after: int = 0,
    types: Sequence[str] | None = None,
    ids: pa.ChunkedArray | None = None,
    columns: Sequence[str] = EVENT_COLUMNS,
) -> pa.Table:
    """Give the events in `files` with `log_version > after`, of `types` and with an id of `ids` where these are given.

    Ordered by (log_version, id) where all columns are asked for, as stored; else in no order.
    """
    import pyarrow as pa

    schema = pa.schema([encoding.logged_schema().field(name) for name in columns])
    if not files:
        return schema.empty_table()
    filters, parameters = ["log_version > $after"], {"files": list(files), "after": after}
    if types is not None:
        filters.append("list_contains($types, type)")
        parameters["types"] = list(types)
    with _connected() as connection:
        if ids is not None:
            connection.register("wanted", pa.table({"id": ids}))
            filters.append("id in (select id from wanted)")
        order = "order by log_version, id" if tuple(columns) == EVENT_COLUMNS else ""
        query = f"select {', '.join(columns)} from {_PARQUET} where {' and '.join(filters)} {order}"
        return connection.execute(query, parameters).to_arrow_table().cast(schema)


def create_view(connection: duckdb.DuckDBPyConnection, view: str, files: Sequence[str], *, after: int) -> None:
    """Create the temporary view `view` over the events in `files` with `log_version > after`, newest payload versions.

    A view can't hold parameters, so the files are spelled out in it, quoted.
    """
    name = '"' + view.replace('"', '""') + '"'
    columns = ", ".join(EVENT_COLUMNS)
    if not files:
        connection.register(f"{view}_none", encoding.logged_schema().empty_table())
        connection.execute(f'create or replace temp view {name} as select {columns} from "{view}_none"')
        return
    source = f"select {columns} from {event_rows(files)} where log_version > {int(after)}"
    outdated = sorted(outdated_schemas(UPCASTERS))
    if outdated:
        schemas = "(" + ", ".join(f"'{schema}'" for schema in outdated) + ")"
        old = connection.execute(f"{source} and dataschema in {schemas}").to_arrow_table()
        connection.register(f"{view}_upcast", upcast(old))
        source += f" and dataschema not in {schemas} union all by name select {columns} from {view}_upcast"
    connection.execute(f"create or replace temp view {name} as {source}")


def event_rows(files: Sequence[str]) -> str:
    """Give the SQL that reads `files`, spelled out and quoted."""
    listed = "[" + ", ".join("'" + file.replace("'", "''") + "'" for file in files) + "]"
    return _PARQUET.replace("$files", listed)


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """Give this process's in-memory database: opening one costs more than a small query."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    return connection


def _connected() -> duckdb.DuckDBPyConnection:
    """Give a cursor of its own, safe beside other threads."""
    cursor = _database().cursor()
    cursor.execute("set TimeZone = 'UTC'")
    return cursor
