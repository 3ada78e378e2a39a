"""Scores the responses of conversations that changed by rules, keeps what their turns tell, and has a sample judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upturn.metrics.scoring import ScoringCounts, drop_responses, prepare_responses, replace_scores
from upturn.metrics.traits import drop_traits, prepare_traits, replace_traits
from upturn.stages.judging import judge_day
from upturn.stages.stage import StageCounts
from upturn.warehouse import changes_taken, take_changes, transaction

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from upturn.settings import Thresholds
    from upturn.stages.stage import StageContext

__all__ = ["score", "score_changed"]


def score(context: StageContext, day: date) -> StageCounts:
    """Bring the rule scores up to date; judge what the day's sample holds and nobody judged before."""
    with context.warehouse.connect() as connection:
        scored = score_changed(connection, context.settings.thresholds)
    notes: dict[str, int | float | str] = {
        "conversations": scored.conversations,
        "responses": scored.responses,
        "unscored": scored.unscored,
    }
    if not context.settings.judge.is_on:
        return StageCounts(read=scored.responses, notes={**notes, "judge": "off"})
    judged = judge_day(context, day)
    return StageCounts(
        read=scored.responses,
        appended=judged.appended,
        skipped=judged.skipped,
        notes={**notes, "judge": context.settings.judge.model, **judged.notes},
    )


def score_changed(connection: duckdb.DuckDBPyConnection, thresholds: Thresholds) -> ScoringCounts:
    """Score the responses of the conversations whose contents changed since the last time, instead of their old rows.

    Killed anywhere, the next call scores the same again.
    """
    number = take_changes(connection, "score", into="conversations_to_score")
    return _write(connection, thresholds, number)


def _write(connection: duckdb.DuckDBPyConnection, thresholds: Thresholds, number: int) -> ScoringCounts:
    counts = prepare_responses(connection)
    prepare_traits(connection)
    try:
        with transaction(connection):
            replace_scores(connection, thresholds)
            replace_traits(connection)
            changes_taken(connection, "score", number)
    finally:
        drop_responses(connection)
        drop_traits(connection)
        connection.execute("drop table if exists temp.conversations_to_score")
    return counts
