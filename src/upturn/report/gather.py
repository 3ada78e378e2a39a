"""Gathers a week from the warehouse into one `WeeklyReport`: aggregates in SQL, a few hundred rows here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import orjson

from upturn.report.actions import Bets, DecisionMade, Release, ShippedFix
from upturn.report.arrivals import Completeness, Quarantined, SourceDay, SuiteResult, WeekDay
from upturn.report.estimate import NOTHING, difference, share_estimate
from upturn.report.listed import listed_suggestions
from upturn.report.mix import SegmentWeeks, at_one_mix
from upturn.report.model import (
    Alert,
    AnswerPlace,
    Calibrated,
    FailureCluster,
    FeedbackKind,
    Headline,
    Latency,
    QualityPoint,
    Segment,
    TopicFailures,
    WeeklyReport,
)
from upturn.report.rows import dictionaries, records
from upturn.report.text import plain
from upturn.report.week import Week

if TYPE_CHECKING:
    import duckdb

__all__ = ["ReportScope", "gather", "reads_up_to"]

TREND_WEEKS: Final = 8
"""Weeks that a series over time goes back, this one included."""
EFFECT_WEEKS: Final = 12
"""Weeks for which a shipped fix stays in the report."""
BINS_TO_THRESHOLD: Final = 12
"""Latency bins up to the threshold; as many again, and the last is open."""


@dataclass(frozen=True)
class ReportScope:
    """Which week, and what the home has settled that bears on it."""

    week: Week
    timezone: str
    latency_threshold_ms: float
    window_days: int


def gather(connection: duckdb.DuckDBPyConnection, scope: ReportScope) -> WeeklyReport:
    """Read everything the week's report says. The same warehouse gives the same report.

    A week without conversations, or an empty warehouse, has `headline` None, empty tuples and no values.
    """
    week, name = scope.week, scope.week.name
    start, end = week.start(scope.timezone), week.end(scope.timezone)
    first_week = week.back(TREND_WEEKS - 1).name
    state = dictionaries(connection, "state", first_week=first_week, week=name)[0]
    history = records(connection, "headline", Headline, first_week=first_week, week=name)
    headlines = {headline.week: headline for headline in history}
    now, before = headlines.get(name), headlines.get(week.back(1).name)
    listed = listed_suggestions(
        connection,
        week=name,
        week_end=end,
        first_week=first_week,
        conversation_count=now.conversation_count if now else 0,
    )
    return WeeklyReport(
        week=name,
        label=week.label,
        timezone=scope.timezone,
        is_over=reads_up_to(connection, scope),
        as_of=state["as_of"],
        window_days=scope.window_days,
        label_count=state["label_count"],
        headline=now,
        history=history,
        previous=before,
        change=difference(now.success, before.success) if now and before else NOTHING,
        change_at_one_mix=at_one_mix(
            records(connection, "mix", SegmentWeeks, before=week.back(1).name, week=name),
            now.success.count if now else 0,
        ),
        suggestions=listed.suggestions,
        is_published=listed.is_published,
        pending_count=listed.pending_count,
        shipped=records(
            connection, "shipped", ShippedFix, since=start - timedelta(weeks=EFFECT_WEEKS - 1), week_end=end
        ),
        bets=records(connection, "bets", Bets, week_end=end)[0],
        decisions=records(connection, "decisions", DecisionMade, week_start=start, week_end=end),
        releases=records(connection, "releases", Release, week_start=start, week_end=end),
        quality=records(connection, "quality", QualityPoint, first_week=first_week, week=name),
        topics=records(connection, "failures_by_topic", TopicFailures, week=name),
        clusters=records(connection, "clusters", FailureCluster, week=name),
        latency=_latency(connection, name, scope.latency_threshold_ms),
        answers=records(connection, "answers", AnswerPlace, week=name),
        segments=records(connection, "segments", Segment, week=name),
        calibration=records(connection, "calibration", Calibrated),
        feedback=records(connection, "feedback", FeedbackKind, week=name),
        alerts=records(connection, "alerts", Alert, week_start=start, week_end=end),
        completeness=_completeness(connection, scope, as_of=state["as_of"]),
    )


def reads_up_to(connection: duckdb.DuckDBPyConnection, scope: ReportScope) -> bool:
    """Say whether the warehouse reads the log up to the end of the week, so that its figures are whole."""
    name = scope.week.name
    (state,) = dictionaries(connection, "state", first_week=name, week=name)
    return state["as_of"] is not None and bool(state["as_of"] >= scope.week.end(scope.timezone))


def _latency(connection: duckdb.DuckDBPyConnection, week: str, threshold_ms: float) -> Latency | None:
    (summary,) = dictionaries(connection, "latency_summary", week=week, threshold_ms=threshold_ms)
    if summary["slow_count"] == 0:
        return None
    bin_ms = threshold_ms / BINS_TO_THRESHOLD
    last_ms = bin_ms * (2 * BINS_TO_THRESHOLD - 1)
    bins = dictionaries(connection, "latency", week=week, bin_ms=bin_ms, last_ms=last_ms)
    return Latency(
        threshold_ms=threshold_ms,
        bin_ms=bin_ms,
        response_count=summary["response_count"],
        slow=share_estimate(summary["slow"], summary["slow_variance"], summary["slow_count"]),
        median_ms=summary["median_ms"],
        p95_ms=summary["p95_ms"],
        bins=tuple((row["bin_start_ms"], row["response_count"]) for row in bins),
    )


def _completeness(connection: duckdb.DuckDBPyConnection, scope: ReportScope, *, as_of: datetime | None) -> Completeness:
    week = scope.week
    span = {"monday": week.monday, "sunday": week.sunday}
    start, end = week.start(scope.timezone), week.end(scope.timezone)
    return Completeness(
        days=records(connection, "days", WeekDay, monday=week.monday),
        sources=tuple(
            day for row in dictionaries(connection, "sources", **span) if (day := _source_day(row)) is not None
        ),
        suites=records(connection, "validations", SuiteResult, **span),
        quarantine=records(connection, "quarantine", Quarantined, week_start=start, week_end=end),
        days_over=_days_over(scope, as_of),
    )


def _days_over(scope: ReportScope, as_of: datetime | None) -> int:
    """Give how many days of the week, 0..7, the warehouse has reached the end of; an empty one: none."""
    if as_of is None:
        return 0
    return max(0, min(7, (as_of.astimezone(ZoneInfo(scope.timezone)).date() - scope.week.monday).days))


def _source_day(row: Mapping[str, Any]) -> SourceDay | None:
    notes = orjson.loads(row["notes"] or "{}")
    if "sources_arrived" not in notes or "sources_expected" not in notes:
        return None
    missing = str(notes.get("sources_missing", ""))
    return SourceDay(
        day=row["day"],
        arrived=int(notes["sources_arrived"]),
        expected=int(notes["sources_expected"]),
        missing=tuple(plain(name.strip()) for name in missing.split(",") if name.strip()),
    )
