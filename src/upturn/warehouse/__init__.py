"""The warehouse: a DuckDB file projected from the event log, published read-only by atomic rename."""

from __future__ import annotations

from upturn.warehouse.changes import changes_taken, take_changes
from upturn.warehouse.ddl import MARTS, create_schema, create_views, schema_sql
from upturn.warehouse.projecting import CatchUp
from upturn.warehouse.reading import QueryResult, export_parquet, query, read_only, warehouse_engine
from upturn.warehouse.status import home_status
from upturn.warehouse.store import Warehouse

__all__ = [
    "MARTS",
    "CatchUp",
    "QueryResult",
    "Warehouse",
    "changes_taken",
    "create_schema",
    "create_views",
    "export_parquet",
    "home_status",
    "query",
    "read_only",
    "schema_sql",
    "take_changes",
    "warehouse_engine",
]
