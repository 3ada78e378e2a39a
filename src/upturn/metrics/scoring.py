"""Scores responses by rules, in DuckDB, without a loop over turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from upturn.domain.errors import UpturnError
from upturn.metrics.registry import PluggedMetric, plugged_metrics
from upturn.metrics.rules import ANSWER_FEATURES, PREPARATIONS, RULE_METRICS
from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from upturn.settings import Thresholds

__all__ = ["InvalidScoresError", "ScoringCounts", "drop_responses", "prepare_responses", "replace_scores"]

_INSERT_PLUGGED: Final = """
insert into working.given_scores by name
select
    conversation_id,
    turn_index,
    $metric as metric,
    'rule' as scorer,
    score,
    unscored_reason,
    $version as scorer_version,
    1.0 as inclusion_probability
from plugged_scores
"""
_BATCH_ROWS: Final = 65_536


class InvalidScoresError(UpturnError):
    """A plug-in metric gave another number of scores than responses, or one outside of 0..1."""


@dataclass(frozen=True)
class ScoringCounts:
    """What one scoring did."""

    conversations: int
    responses: int
    unscored: int
    """Responses that say nothing: empty, or without text."""


def prepare_responses(connection: duckdb.DuckDBPyConnection) -> ScoringCounts:
    """Make the temp view `responses` over temp tables, of the conversations in the temp table `conversations_to_score`.

    Outside of the transaction that writes scores: DuckDB plans joins of a transaction's own fresh tables badly.
    """
    connection.execute("drop view if exists temp.responses")
    for name in PREPARATIONS:
        connection.execute(_answers() if name == "answers" else load_sql(f"metrics/{name}"))
    connection.execute(load_sql("metrics/responses"))
    row = connection.execute(
        "select (select count(*) from conversations_to_score), count(*), count(unscored_reason) from exchanges"
    ).fetchone()
    assert row is not None  # noqa: S101  (an aggregate always has a row)
    return ScoringCounts(conversations=row[0], responses=row[1], unscored=row[2])


def replace_scores(connection: duckdb.DuckDBPyConnection, thresholds: Thresholds) -> None:
    """Put new rule scores of `responses` in the place of all that their conversations had. The caller's transaction.

    Raises
    ------
    InvalidScoresError
        If a plug-in metric gives something that is no score.
    """
    connection.execute(load_sql("metrics/forget"))
    _insert_rules(connection, thresholds)
    for plugged in plugged_metrics().values():
        _insert_plugged(connection, plugged)


def drop_responses(connection: duckdb.DuckDBPyConnection) -> None:
    """Let go of what `prepare_responses` made."""
    connection.execute("drop view if exists temp.responses")
    for table in PREPARATIONS:
        connection.execute(f"drop table if exists temp.{table}")


def _answers() -> str:
    """Give the statement that makes the temp table `answers`, with all that is said of an answer by itself."""
    features = [load_sql(f"metrics/{feature}") for feature in ANSWER_FEATURES]
    return f"create or replace temp table answers as\n{_layered('answers', features, load_sql('metrics/answers'))}"


def _insert_rules(connection: duckdb.DuckDBPyConnection, thresholds: Thresholds) -> None:
    """Score every response by all rules in one pass."""
    columns = ", ".join(f"{rule.name}, {rule.name}_reason" for rule in RULE_METRICS)
    scored = _layered("responses", [load_sql(rule.file) for rule in RULE_METRICS], "select * from responses")
    connection.execute(
        "insert into working.rule_scores by name\n"
        f"select conversation_id, turn_index, {columns}, safety_finding from (\n{scored}\n)",
        {"latency_ms": thresholds.latency_ms},
    )


def _layered(relation: str, selects: Sequence[str], whole: str) -> str:
    """Give one select that reads what `whole` gives through all of `selects`: each reads what the one before it gives.

    Each select reads `relation` by its name, and inside of the next one that name means what it gives.
    """
    for select in selects:
        whole = f"with {relation} as (\n{whole}\n)\nselect * from (\n{select}\n)"
    return whole


def _insert_plugged(connection: duckdb.DuckDBPyConnection, plugged: PluggedMetric) -> None:
    import pyarrow as pa

    reader = connection.execute("select * from responses order by conversation_id, turn_index").to_arrow_reader(
        _BATCH_ROWS
    )
    scored = pa.Table.from_batches([_scored(batch, plugged) for batch in reader], schema=_scored_schema())
    connection.register("plugged_scores", scored)
    try:
        connection.execute(_INSERT_PLUGGED, {"metric": plugged.name, "version": plugged.version})
    finally:
        connection.unregister("plugged_scores")


def _scored_schema() -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        [
            ("conversation_id", pa.string()),
            ("turn_index", pa.int32()),
            ("score", pa.float64()),
            ("unscored_reason", pa.string()),
        ]
    )


def _scored(batch: pa.RecordBatch, plugged: PluggedMetric) -> pa.RecordBatch:
    """Give the scores of one batch; responses that say nothing keep the reason that `responses` has for them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    is_said = pc.is_null(batch["unscored_reason"])
    said = batch.filter(is_said)
    given = plugged.score(said) if said.num_rows else pa.array([], pa.float64())
    scores = pc.cast(given, pa.float64())
    bounds = pc.min_max(scores).as_py()
    within = bounds["min"] is None or (bounds["min"] >= 0 and bounds["max"] <= 1)
    if len(scores) != said.num_rows or not within or pc.any(pc.is_nan(scores)).as_py():
        raise InvalidScoresError(
            f"metric {plugged.name!r} of {plugged.score.__module__} gave {len(scores)} scores within {bounds} for "
            f"{said.num_rows} responses; expected one number of 0..1 or NULL for each"
        )
    reasons = pc.if_else(pc.is_null(scores), pa.scalar("not_applicable"), pa.scalar(None, pa.string()))
    columns = [
        batch["conversation_id"],
        batch["turn_index"],
        pc.replace_with_mask(pa.nulls(batch.num_rows, pa.float64()), is_said, scores),
        pc.replace_with_mask(batch["unscored_reason"], is_said, reasons),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=_scored_schema())
