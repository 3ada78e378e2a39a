"""The warehouse: a DuckDB file projected from the event log, published read-only by atomic rename."""

from __future__ import annotations

from upturn.warehouse.ddl import MARTS, create_schema, create_views, schema_sql

__all__ = ["MARTS", "create_schema", "create_views", "schema_sql"]
