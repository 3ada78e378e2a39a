"""The warehouse's tables as SQLAlchemy Core metadata: the one contract of types, keys and descriptions.

`warehouse/schema.sql`, `docs/reference/schema.md` and the reflection tests are made from it. Keys are declared
here and tested as laws; DuckDB gets no index for them, since an index on text costs more than the whole load.
"""

from __future__ import annotations

from typing import Final

from upturn.schema import decisions, facts, findings, labels, operations
from upturn.schema.columns import metadata

__all__ = ["SCHEMA_VERSION", "decisions", "facts", "findings", "labels", "metadata", "operations"]

SCHEMA_VERSION: Final = "1.6.0"
"""Semantic version of the tables: major = a column went or changed its meaning, minor = a column came."""
