"""Reads what a failure model learns from out of the working warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upturn.failures.learned_model import Case
from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb

__all__ = ["read_cases"]


def read_cases(connection: duckdb.DuckDBPyConnection) -> list[Case]:
    """Give the judged conversations in ascending order of their ids, without labels; a user is a group."""
    rows = connection.execute(load_sql("failures/said")).to_arrow_table().to_pylist()
    return [
        Case(
            conversation_id=row["conversation_id"],
            signals=dict(row["signals"] or ()),
            texts=(row["user_said"], row["assistant_said"], row["ending"]),
            turn_count=row["turn_count"],
            group=row["speaker"],
        )
        for row in rows
    ]
