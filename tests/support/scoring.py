"""Scores small dialogues in a real DuckDB: for tests of the metrics."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import duckdb

from upturn.metrics.scoring import prepare_responses, replace_scores
from upturn.metrics.traits import drop_traits, prepare_traits, replace_traits
from upturn.settings import Thresholds
from upturn.warehouse import create_schema

Dialogue = list[dict[str, Any]]
_START = datetime(2026, 11, 3, tzinfo=UTC)


def empty_warehouse(threads: int = 1) -> duckdb.DuckDBPyConnection:
    """Give a connection to an empty warehouse in memory."""
    connection = duckdb.connect(config={"threads": threads})
    create_schema(connection)
    return connection


def add_turns(connection: duckdb.DuckDBPyConnection, conversation_id: str, turns: Dialogue) -> None:
    """Add a conversation's turns; each is {role, content, latency_ms?, output_tokens?, tool_calls?, parts?}."""
    connection.executemany(
        """
        insert into turns by name
        select
            ? as conversation_id, ? as turn_index, ? as role, ? as content, ? as latency_ms, ? as output_tokens,
            ?::json as tool_calls, ?::json as parts, ? as occurred_at, 'k' || turn_index as turn_key,
            turn_index as position, 1 as log_version
        """,
        [
            [
                conversation_id,
                index,
                turn["role"],
                turn.get("content"),
                turn.get("latency_ms"),
                turn.get("output_tokens"),
                turn.get("tool_calls"),
                turn.get("parts"),
                _START,
            ]
            for index, turn in enumerate(turns)
        ],
    )


def score_all(connection: duckdb.DuckDBPyConnection) -> None:
    """Score every conversation that has turns."""
    connection.execute(
        "create or replace temp table conversations_to_score as select distinct conversation_id from turns"
    )
    prepare_responses(connection)
    replace_scores(connection, Thresholds())


def keep_traits(connection: duckdb.DuckDBPyConnection) -> None:
    """Work out what the turns of every conversation tell, as the stage `score` does of those that changed."""
    connection.execute(
        "create or replace temp table conversations_to_score as select conversation_id from conversations"
    )
    prepare_traits(connection)
    replace_traits(connection)
    drop_traits(connection)


@cache
def _shared() -> duckdb.DuckDBPyConnection:
    return empty_warehouse()


def scores_of(turns: Dialogue) -> dict[str, tuple[float | None, str | None]]:
    """Give (score, unscored_reason) by metric of the last response of one dialogue."""
    connection = _shared()
    for table in ("turns", "working.rule_scores", "working.given_scores"):
        connection.execute(f"delete from {table}")
    add_turns(connection, "c1", turns)
    score_all(connection)
    rows = connection.execute(
        """
        select metric, score, unscored_reason from response_scores
        where turn_index = (select max(turn_index) from response_scores)
        """
    ).fetchall()
    return {metric: (score, reason) for metric, score, reason in rows}


def answer_score(metric: str, request: str | None, answer: str | None, **fields: Any) -> float:
    """Give the score of `answer` to `request` by `metric`; fails where it is unscored."""
    turns: Dialogue = [] if request is None else [{"role": "user", "content": request}]
    score, reason = scores_of([*turns, {"role": "assistant", "content": answer, **fields}])[metric]
    assert score is not None, reason
    return score


def previous_and_answer(pairs: Iterable[tuple[str, str]]) -> Dialogue:
    """Give the dialogue of these (request, answer) pairs."""
    return [
        {"role": role, "content": content}
        for pair in pairs
        for role, content in zip(("user", "assistant"), pair, strict=True)
    ]
