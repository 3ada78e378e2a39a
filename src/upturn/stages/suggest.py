"""`suggest`: what to change, from the live clusters, with what it would bring and on what evidence."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from upturn.domain.events import NewEvent
from upturn.domain.suggestion import OptimizationSuggestion, priority_of
from upturn.resources import load_sql
from upturn.stages.recording import record
from upturn.stages.stage import StageCounts, as_of
from upturn.stages.standing import (
    ACTOR,
    Standing,
    Term,
    expired,
    has_run_out,
    heard_before,
    read_standing,
    term_of,
    why_gone,
    withdrawn,
)

if TYPE_CHECKING:
    import duckdb

    from upturn.impact.fixability import Fixability
    from upturn.impact.opportunity import Opportunity
    from upturn.impact.prediction import Impact
    from upturn.rules.choosing import Chosen
    from upturn.rules.harm import HarmfulAnswer
    from upturn.settings import Settings
    from upturn.stages.stage import StageContext

__all__ = ["Standing", "Term", "suggest", "term_of"]


MIN_OPPORTUNITY: Final = 0.001
"""Points of the success rate that a new suggestion must be able to bring: one conversation in a thousand."""


_SLOW = "slow_response"


@dataclass(frozen=True)
class _Case:
    chosen: Chosen
    opportunity: Opportunity
    impact: Impact
    prior: Fixability
    measured_count: int
    """Fixes measured to the end that the prior rests on."""
    label_count: int
    window_days: int
    topic_ids: tuple[str, ...] = ()
    """Topics of a finding that belongs to no cluster; none: all of its assistant's."""
    is_by_latency: bool = False
    """Whether slowness itself exposes: then it is left out of the success that the gap is between."""


def suggest(context: StageContext, day: date) -> StageCounts:
    """Propose what the live clusters call for, refresh what is pending, and let go what no longer holds.

    A pending suggestion expires when its term is over, or as soon as its failures are no longer seen or another cause
    explains them better: the list holds what is true today.

    The figures are over the window that ends with `day`. The same day again proposes the same.
    """
    settings = context.settings
    now = as_of(day, settings.timezone)
    with context.warehouse.connect() as connection:
        standing = read_standing(connection)
        cases = _cases(connection, settings, day, heard_before(standing))
        live = {row[0] for row in connection.execute("select cluster_id from suggest_clusters").fetchall()}
    proposed: list[OptimizationSuggestion] = []
    for case in cases:
        term = term_of(case.chosen.rule, case.chosen.identity, standing, now=now, days=settings.suggestion_days)
        if term is not None and (term.proposed_at < now or _has_gain(case)):
            proposed.append(_suggestion(case, term))
    events = [_proposed(each, day, now) for each in proposed]
    run_out = [expired(name, each) for name, each in standing.items() if has_run_out(each, now)]
    kept = {each.suggestion_id for each in proposed}
    gone = [
        withdrawn(name, why_gone(each, proposed, live), now)
        for name, each in standing.items()
        if each.status == "pending" and each.expires_at > now and name not in kept
    ]
    result = record(context, [*events, *run_out, *gone])
    return StageCounts(
        read=len(cases),
        appended=result.appended,
        skipped=result.skipped,
        notes={"proposed": len(proposed), "expired": len(run_out), "withdrawn": len(gone)},
    )


def _cases(
    connection: duckdb.DuckDBPyConnection, settings: Settings, day: date, before: Mapping[str, AbstractSet[str]]
) -> list[_Case]:
    """Estimate what each chosen finding would bring."""
    from upturn.failures.model import FIXED_MODEL
    from upturn.impact.learned_fixability import ClosedShare, learned_fixability
    from upturn.impact.opportunity import estimate_opportunity
    from upturn.impact.prediction import predict
    from upturn.impact.resampling import Resampler
    from upturn.impact.window import (
        is_by_latency,
        label_count,
        open_window,
        read_crossed,
        read_placed,
        read_touched,
        without_signal,
    )
    from upturn.rules.choosing import choose
    from upturn.rules.gathering import gather_evidence
    from upturn.rules.harm import look_for_harm
    from upturn.rules.registry import rules

    first_day = day - timedelta(days=settings.window_days - 1)
    cohort = open_window(connection, first_day=first_day, last_day=day)
    evidence = gather_evidence(connection, latency_ms=settings.thresholds.latency_ms)
    found: list[tuple[Chosen, tuple[str, ...]]] = look_for_harm(_harmful_answers(connection))
    by_cluster = {name: rule for name, rule in rules().items() if name != "unsafe_answers" or not found}
    found += [(each, ()) for each in choose(evidence, by_cluster, before)]
    if not found:
        return []
    resampler = Resampler.over(cohort.user, draws=settings.bootstrap_draws, seed=settings.seed)
    unhurried = cache(lambda: without_signal(connection, cohort, _SLOW, FIXED_MODEL.by_signal[_SLOW]))
    by_latency = [is_by_latency(connection, each.cluster_ids) for each, _ in found]
    opportunities = []
    for (each, topic_ids), is_slow in zip(found, by_latency, strict=True):
        segment = each.finding.segment
        place = {"dimension": segment.dimension, "value": segment.value} if segment else {}
        touched = (
            read_touched(connection, each.cluster_ids, **place)
            if each.cluster_ids
            else read_placed(connection, each.assistant_id, topic_ids)
        )
        crossed = read_crossed(connection, each.cluster_ids, **place) if each.cluster_ids else None
        judged = unhurried() if is_slow else cohort
        opportunities.append(estimate_opportunity(judged, touched, resampler, crossed=crossed))
    until = {"until": as_of(day, settings.timezone)}
    closed = [ClosedShare(*row) for row in connection.execute(load_sql("suggest/closed"), until).fetchall()]
    belief = learned_fixability(closed)
    impacts = predict(opportunities, [each.category for each, _ in found], seed=settings.seed, fixability=belief)
    priors = [belief(one.category) for one, _ in found]
    labels, window = label_count(connection), settings.window_days
    return [
        _Case(one, opportunity, impact, prior, len(closed), labels, window, topic_ids, is_slow)
        for (one, topic_ids), opportunity, impact, prior, is_slow in zip(
            found, opportunities, impacts, priors, by_latency, strict=True
        )
        if _is_worth_it(one, opportunity)
    ]


def _harmful_answers(connection: duckdb.DuckDBPyConnection) -> list[HarmfulAnswer]:
    from upturn.rules.harm import HarmfulAnswer

    return [HarmfulAnswer(*row) for row in connection.execute(load_sql("suggest/unsafe")).fetchall()]


def _is_worth_it(chosen: Chosen, opportunity: Opportunity) -> bool:
    """Whether something may be gained: not where the exposed surely go better than comparable others, unless unsafe."""
    is_severe = chosen.finding.severity in ("critical", "high")
    return is_severe or opportunity.high is None or opportunity.high > 0


def _has_gain(case: _Case) -> bool:
    """Whether a new suggestion is worth its place: what is seen points to a gain, or nothing can be seen yet."""
    is_severe = case.chosen.finding.severity in ("critical", "high")
    return is_severe or case.opportunity.value is None or case.opportunity.value >= MIN_OPPORTUNITY


def _suggestion(case: _Case, term: Term) -> OptimizationSuggestion:
    chosen, finding, opportunity, impact = case.chosen, case.chosen.finding, case.opportunity, case.impact
    return OptimizationSuggestion(
        suggestion_id=term.suggestion_id,
        category=chosen.category,
        rule=chosen.rule,
        title=finding.title,
        description=finding.description,
        priority=priority_of(
            impact_estimate=impact.estimate, opportunity_low=opportunity.low, severity=finding.severity
        ),
        severity=finding.severity,
        impact_estimate=impact.estimate,
        impact_low=impact.low,
        impact_high=impact.high,
        impact_reason=opportunity.reason,
        opportunity=opportunity.value,
        opportunity_low=opportunity.low,
        opportunity_high=opportunity.high,
        reach=opportunity.reach,
        gap=opportunity.gap,
        implementation_effort=finding.effort,
        evidence=finding.evidence,
        recommended_actions=finding.actions,
        metrics_to_track=finding.metrics,
        proposed_change=None,
        cluster_id=chosen.cluster_ids[0] if chosen.cluster_ids else None,
        proposed_at=term.proposed_at,
        expires_at=term.expires_at,
        explanation=f"{chosen.rule}: {finding.explanation}",
        assumptions=_assumptions(case),
        overlap=opportunity.overlap,
        prior_share=impact.prior_share,
        exposure=_exposure(case),
    )


def _exposure(case: _Case) -> dict[str, Any]:
    """Give whom the fix touches: those of its clusters, in a segment where one is named; without one by a rule."""
    chosen = case.chosen
    if not chosen.cluster_ids:
        topics = {"topic_ids": list(case.topic_ids)} if case.topic_ids else {}
        return {"cluster_ids": [], "rules": [{"assistant_id": chosen.assistant_id, **topics}]}
    segment = chosen.finding.segment
    place = {"dimension": segment.dimension, "value": segment.value} if segment else {}
    return {"cluster_ids": list(chosen.cluster_ids), **place}


def _assumptions(case: _Case) -> str:
    """Say in one line what the figures rest on."""
    from upturn.impact.prediction import labels_needed

    opportunity, prior = case.opportunity, case.prior
    parts = [
        f"success is 1 − failure probability over {case.window_days} days"
        + (", slowness itself left out: what it did to users is the gap" if case.is_by_latency else ""),
        f"{opportunity.exposed_count} conversations exposed",
    ]
    if opportunity.heavy_users:
        who = "one heavy user's" if opportunity.heavy_users == 1 else f"{opportunity.heavy_users} heavy users'"
        parts.append(f"{who} {opportunity.heavy_share:.0%} of them counted, but not compared")
    if opportunity.value is not None:
        parts.append(f"{opportunity.overlap:.0%} of them compared with others of the same {opportunity.compared_by}")
        fixes = "one fix" if case.measured_count == 1 else f"{case.measured_count} fixes"
        rests = f"a belief after {fixes} measured here" if case.measured_count else "a belief, not a measurement"
        parts.append(f"a fix closes {prior.mean:.0%} ± {prior.spread:.0%} of the gap: {rests}")
        parts.append(f"{case.impact.prior_share:.0%} of the impact's width is that belief")
    if opportunity.exposed_success is not None:
        needed = labels_needed(opportunity.exposed_success)
        have = f", {case.label_count} given" if case.label_count else ""
        parts.append(f"not calibrated: {needed} labels would do{have}")
    return "; ".join(parts)


def _proposed(suggestion: OptimizationSuggestion, day: date, now: datetime) -> NewEvent:
    return NewEvent(
        type="suggestion.proposed",
        source=ACTOR,
        native_ids=(suggestion.suggestion_id,),
        revision=day.isoformat(),
        subject=f"suggestion/{suggestion.suggestion_id}",
        time=now,
        payload=suggestion.as_payload(day),
    )
