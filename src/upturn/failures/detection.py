"""Finds the failures among the conversations that changed, in DuckDB, without a loop over turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from upturn.failures.model import FIXED_MODEL, FailureModel
from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb

    from upturn.settings import Thresholds

__all__ = ["SIGNAL_QUERIES", "DetectionCounts", "detect_failures", "redetect_failures"]

SIGNAL_QUERIES: Final[tuple[str, ...]] = (
    "user_rephrased",
    "user_corrected",
    "user_frustrated",
    "assistant_refused",
    "assistant_fell_back",
    "tool_failed",
    "tool_repeated",
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

_TEMPORARY: Final = ("changed", "detect_turns", "detect_signals", "failure_weights", "gone")


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

    Only conversations without a row, or with one from an older state or another model, are judged.
    """
    _create(connection, "changed", "changed", {"model_version": model.version})
    _create(connection, "gone", "gone")
    judged, removed = _count(connection, "changed"), _count(connection, "gone")
    failures = 0
    connection.execute("begin transaction")
    try:
        for table in ("failures", "failure_signals"):
            connection.execute(f"delete from {table} where conversation_id in (select conversation_id from gone)")
            connection.execute(f"delete from {table} where conversation_id in (select conversation_id from changed)")
        if judged:
            _gather_signals(connection, thresholds)
            failures = _write(connection, thresholds, model)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    finally:
        for table in _TEMPORARY:
            connection.execute(f"drop table if exists temp.{table}")
    return DetectionCounts(judged=judged, failures=failures, removed=removed)


def redetect_failures(
    connection: duckdb.DuckDBPyConnection, thresholds: Thresholds, model: FailureModel = FIXED_MODEL
) -> DetectionCounts:
    """Judge every closed production conversation anew: for a rebuild, or after a threshold changed."""
    connection.execute("delete from failures")
    connection.execute("delete from failure_signals")
    return detect_failures(connection, thresholds, model)


def _gather_signals(connection: duckdb.DuckDBPyConnection, thresholds: Thresholds) -> None:
    given = {"latency_ms": thresholds.latency_ms, "bad_rating_score": thresholds.bad_rating_score}
    _create(connection, "detect_turns", "turns")
    connection.execute(
        "create or replace temporary table detect_signals "
        "(conversation_key bigint, signal varchar, turn_index integer, strength double)"
    )
    for name in SIGNAL_QUERIES:
        query = load_sql(f"failures/{name}")
        used = {key: value for key, value in given.items() if f"${key}" in query}
        connection.execute(f"insert into detect_signals {query}", used)


def _write(connection: duckdb.DuckDBPyConnection, thresholds: Thresholds, model: FailureModel) -> int:
    connection.execute("create or replace temporary table failure_weights (signal varchar, weight double)")
    connection.executemany("insert into failure_weights values (?, ?)", list(model.by_signal.items()))
    connection.execute(
        "insert into failures by name " + load_sql("failures/combine"),
        {
            "intercept": model.intercept,
            "threshold": thresholds.failure_probability,
            "model_version": model.version,
        },
    )
    connection.execute("insert into failure_signals by name " + load_sql("failures/fired"))
    row = connection.execute(
        "select count(*) filter (where is_failure) from failures semi join changed using (conversation_id)"
    ).fetchone()
    return int(row[0]) if row else 0


def _create(
    connection: duckdb.DuckDBPyConnection, table: str, query: str, parameters: dict[str, str] | None = None
) -> None:
    connection.execute(f"create or replace temporary table {table} as {load_sql(f'failures/{query}')}", parameters)


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0
