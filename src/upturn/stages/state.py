"""Where a suggestion stands: its decisions in the working warehouse, folded."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING

from upturn.domain.decision import Move, SuggestionState, fold
from upturn.domain.errors import NotFoundError
from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb

__all__ = ["moves_of", "state_of"]


def state_of(connection: duckdb.DuckDBPyConnection, suggestion_id: str) -> SuggestionState:
    """Give where a suggestion stands after all its decisions.

    Raises
    ------
    NotFoundError
        If there is no such suggestion.
    """
    row = connection.execute("select proposed_at from suggestions where suggestion_id = $1", [suggestion_id]).fetchone()
    if row is None:
        raise NotFoundError(f"no suggestion has the id {suggestion_id}: `upturn review list` shows those that wait")
    return fold(SuggestionState(suggestion_id, row[0].astimezone(UTC)), moves_of(connection, suggestion_id))


def moves_of(connection: duckdb.DuckDBPyConnection, suggestion_id: str) -> list[Move]:
    """Give all decisions on a suggestion, in their order; none where there is no such suggestion."""
    return [
        Move(
            verb=verb,
            actor=actor,
            decided_at=decided_at.astimezone(UTC),
            reason=reason,
            assignee=assignee,
            assistant_version=assistant_version,
            prediction=json.loads(prediction) if prediction else None,
        )
        for verb, actor, decided_at, reason, assignee, assistant_version, prediction in connection.execute(
            load_sql("suggest/decided"), {"suggestion_id": suggestion_id}
        ).fetchall()
    ]
