"""Runs one query of `sql/reports/` and gives its rows as frozen dataclasses, every text made plain."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from upturn.report.estimate import share_estimate
from upturn.report.text import plain
from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb

__all__ = ["dictionaries", "records"]

Record = TypeVar("Record")


def dictionaries(connection: duckdb.DuckDBPyConnection, query: str, **parameters: object) -> list[dict[str, Any]]:
    """Give the rows of `sql/reports/QUERY.sql` by column name, as the warehouse has them; times as UTC."""
    result = connection.execute(load_sql(f"reports/{query}"), parameters)
    names = [column[0] for column in result.description]
    return [dict(zip(names, (_in_utc(value) for value in row), strict=True)) for row in result.fetchall()]


def records(
    connection: duckdb.DuckDBPyConnection, query: str, kind: type[Record], **parameters: object
) -> tuple[Record, ...]:
    """Give the rows as instances of the dataclass `kind`, whose fields are the query's columns.

    Three columns `x, x_variance, x_count` become the one field `x`, an `Estimate` of a mean in 0..1.
    """
    wanted = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return tuple(kind(**_folded(row, wanted)) for row in dictionaries(connection, query, **parameters))


def _folded(row: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in row.items():
        if name not in wanted:
            continue
        if f"{name}_variance" in row:
            values[name] = share_estimate(value, row[f"{name}_variance"], row[f"{name}_count"])
        else:
            values[name] = plain(value) if isinstance(value, str) else value
    return values


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo is not None else value
