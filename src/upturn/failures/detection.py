"""Finds the failures among the conversations that changed, in DuckDB, without a loop over turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from upturn.failures.model import FIXED_MODEL, FailureModel
from upturn.resources import load_sql
from upturn.warehouse import changes_taken, take_changes, transaction

if TYPE_CHECKING:
    import duckdb

    from upturn.settings import Thresholds

__all__ = ["SIGNAL_QUERIES", "DetectionCounts", "detect_failures"]

SIGNAL_QUERIES: Final[tuple[str, ...]] = (
    "user_rephrased",
    "user_corrected",
    "user_frustrated",
    "assistant_refused",
    "assistant_fell_back",
    "assistant_erred",
    "internals_shown",
    "tool_failed",
    "tool_repeated",
    "tool_struggled",
    "lookup_empty",
    "many_messages",
    "many_steps",
    "slow_response",
    "escalated_unasked",
    "abandoned",
    "answer_repeated",
    "response_empty",
    "response_unsafe",
    "rated_badly",
    "left_unresolved",
    "served",
)
"""The files of `sql/failures/` that give signals; the last one gives those that count against a failure."""

_REASONED: Final = (
    r"\b(polic(y|ies)|regulations?|compliance|rules?|terms|conditions|eligible|eligibility|non-refundable"
    r"|for (your )?(security|safety)|within (the )?(last |first )?\d+|since (your|the|this|it)|because|due to"
    r"|as (your|the|this) \w+ (is|was|has)|only (if|when|allowed|possible|be)|must be"
    r"|requires? (a |an )?(approval|human|manual|specialist))\b"
)
"""A message that gives a rule as its reason: a denial or a handover by policy, not a failure by itself."""
_TEMPORARY: Final = ("due_failures", "changed", "detect_turns", "detect_signals", "failure_weights", "judged", "fired")


@dataclass(frozen=True)
class DetectionCounts:
    """What one detection did."""

    judged: int
    """Conversations judged, because they are new or changed."""
    failures: int
    """Failures among them."""
    removed: int
    """Rows that went: the conversation was reopened, reclassified or erased."""


def detect_failures(
    connection: duckdb.DuckDBPyConnection, thresholds: Thresholds, model: FailureModel = FIXED_MODEL
) -> DetectionCounts:
    """Bring `failures` and `failure_signals` up to date with the closed production conversations.

    Judged are the conversations that changed since the last time and those with a row from another model. Killed
    anywhere, the next call judges the same again.
    """
    number = take_changes(connection, "detect", into="due_failures", kinds=("content", "judgement"))
    try:
        connection.execute(
            "insert into due_failures select conversation_id from failures where model_version <> $1", [model.version]
        )
        _create(connection, "changed", "changed")
        _judge(connection, thresholds, model)
        counts = DetectionCounts(
            judged=_count(connection, "from changed"),
            failures=_count(connection, "from judged where is_failure"),
            removed=_count(
                connection,
                "from failures semi join due_failures using (conversation_id) "
                "anti join changed using (conversation_id)",
            ),
        )
        _replace(connection, number)
    finally:
        for table in _TEMPORARY:
            connection.execute(f"drop table if exists temp.{table}")
    return counts


def _gather_signals(connection: duckdb.DuckDBPyConnection, thresholds: Thresholds) -> None:
    given: dict[str, float | str] = {
        "latency_ms": thresholds.latency_ms,
        "bad_rating_score": thresholds.bad_rating_score,
        "reasoned": _REASONED,
    }
    _create(connection, "detect_turns", "turns")
    connection.execute(
        "create or replace temporary table detect_signals "
        "(conversation_key bigint, signal varchar, turn_index integer, strength double)"
    )
    for name in SIGNAL_QUERIES:
        query = load_sql(f"failures/{name}")
        used = {key: value for key, value in given.items() if f"${key}" in query}
        connection.execute(f"insert into detect_signals {query}", used)


def _judge(connection: duckdb.DuckDBPyConnection, thresholds: Thresholds, model: FailureModel) -> None:
    """Fill the temporary tables `judged` and `fired`.

    Outside of the transaction: DuckDB plans joins of a transaction's own fresh tables badly (6 s against .4 s).
    """
    _gather_signals(connection, thresholds)
    connection.execute("create or replace temporary table failure_weights (signal varchar, weight double)")
    connection.executemany("insert into failure_weights values (?, ?)", list(model.by_signal.items()))
    figures: dict[str, str | float] = {
        "intercept": model.intercept,
        "threshold": thresholds.failure_probability,
        "model_version": model.version,
    }
    _create(connection, "judged", "combine", figures)
    _create(connection, "fired", "fired")


def _replace(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """Put what was judged in the place of what stood there, with the mark of it, or change nothing."""
    with transaction(connection):
        for table, fresh in (("failures", "judged"), ("failure_signals", "fired")):
            connection.execute(
                f"delete from {table} where conversation_id in (select conversation_id from due_failures)"
            )
            connection.execute(f"insert into {table} by name select * from {fresh}")
        changes_taken(connection, "detect", number, reads_scores=True)


def _create(
    connection: duckdb.DuckDBPyConnection, table: str, query: str, parameters: dict[str, str | float] | None = None
) -> None:
    connection.execute(f"create or replace temporary table {table} as {load_sql(f'failures/{query}')}", parameters)


def _count(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    row = connection.execute(f"select count(*) {rows}").fetchone()
    return int(row[0]) if row else 0
