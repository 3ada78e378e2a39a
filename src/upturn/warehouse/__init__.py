"""The warehouse: a DuckDB file projected from the event log, published read-only by atomic rename."""

from __future__ import annotations

from upturn.warehouse.changes import changes_taken, take_changes
from upturn.warehouse.ddl import MARTS, create_schema, create_views, schema_sql
from upturn.warehouse.projecting import CatchUp
from upturn.warehouse.reading import QueryResult, export_parquet, query, read_only, warehouse_engine
from upturn.warehouse.status import home_status
from upturn.warehouse.store import Warehouse
from upturn.warehouse.transactions import transaction
from upturn.warehouse.working import look_at_working

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
    "look_at_working",
    "query",
    "read_only",
    "schema_sql",
    "take_changes",
    "transaction",
    "warehouse_engine",
]
