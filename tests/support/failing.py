"""Tables with conversations made by hand, for tests of failures and clusters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from upturn.warehouse import create_schema

Turn = tuple[str, str | None] | Mapping[str, Any]


def open_tables() -> duckdb.DuckDBPyConnection:
    """An empty warehouse in memory."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    create_schema(connection)
    return connection


def add_conversation(
    connection: duckdb.DuckDBPyConnection, conversation_id: str, turns: Sequence[Turn], **fields: Any
) -> None:
    """Add a closed production conversation; a turn is (role, content) or a mapping with more columns."""
    row = {
        "conversation_id": conversation_id,
        "assistant_id": "shop",
        "channel": "web",
        "origin": "production",
        "is_internal": False,
        "started_at": "2026-11-03 09:00:00+00",
        "last_turn_at": "2026-11-03 09:00:00+00",
        "is_open": False,
        "turn_count": len(turns),
        "day": "2026-11-03",
        "week": "2026-W45",
        "log_version": 1,
    } | fields
    _insert(connection, "conversations", row)
    for place, turn in enumerate(turns):
        told = dict(turn) if isinstance(turn, Mapping) else {"role": turn[0], "content": turn[1]}
        if "tool_calls" in told:
            told["tool_calls"] = json.dumps(told["tool_calls"])
        common = {
            "conversation_id": conversation_id,
            "turn_index": place,
            "turn_key": str(place),
            "occurred_at": "2026-11-03 09:00:00+00",
            "position": place,
            "log_version": 1,
        }
        _insert(connection, "turns", common | told)
    note_change(connection, conversation_id)


def note_change(connection: duckdb.DuckDBPyConnection, *conversation_ids: str, what: str = "content") -> None:
    """Note a change of these conversations, already scored, as a catch-up does; of all where none is named."""
    connection.execute("update working.stage_watermarks set change_number = change_number + 1 where stage = 'project'")
    connection.execute(
        "insert into working.changed_conversations select conversation_id, change_number, $what "
        "from conversations cross join working.stage_watermarks "
        "where stage = 'project' and (len($ids) = 0 or list_contains($ids, conversation_id))",
        {"ids": list(conversation_ids), "what": what},
    )
    connection.execute(
        "update working.stage_watermarks set change_number = "
        "(select change_number from working.stage_watermarks where stage = 'project') where stage = 'score'"
    )


def add_rating(connection: duckdb.DuckDBPyConnection, conversation_id: str, score: float, author: str = "user") -> None:
    """Add a rating of the whole conversation with this score, 0..1."""
    row = {
        "feedback_id": f"f-{conversation_id}",
        "conversation_id": conversation_id,
        "kind": "rating",
        "score": score,
        "author": author,
        "received_at": "2026-11-03 10:00:00+00",
        "log_version": 1,
    }
    _insert(connection, "feedback", row)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, Any]) -> None:
    names = ", ".join(row)
    marks = ", ".join(f"${name}" for name in row)
    connection.execute(f"insert into {table} ({names}) values ({marks})", dict(row))
