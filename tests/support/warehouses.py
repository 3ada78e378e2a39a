"""Tables of a warehouse as comparable rows, and checks that every declared key is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upturn.schema import metadata

if TYPE_CHECKING:
    import duckdb


def rows_by_table(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in the order of all its columns."""
    return {
        name: connection.execute(f'select {_columns(name)} from "{name}" order by all').fetchall()
        for name in metadata.tables
    }


def repeated_keys(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Tables whose declared key is not unique, with the number of repeated keys."""
    repeated = {}
    for name, table in metadata.tables.items():
        key = ", ".join(column.name for column in table.primary_key.columns)
        row = connection.execute(
            f"select count(*) from (select 1 from {name} group by {key} having count(*) > 1)"
        ).fetchone()
        if row and row[0]:
            repeated[name] = row[0]
    return repeated


def _columns(table: str) -> str:
    """JSON compares as text."""
    return ", ".join(
        f"cast({column.name} as varchar) as {column.name}" if str(column.type) == "JSON" else column.name
        for column in metadata.tables[table].columns
    )
