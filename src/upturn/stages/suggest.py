"""`suggest`: what to change, from the live clusters, with what it would bring and on what evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from upturn.domain.events import NewEvent
from upturn.domain.payloads import Decision
from upturn.domain.suggestion import OptimizationSuggestion, priority_of, suggestion_id
from upturn.resources import load_sql
from upturn.stages.recording import record
from upturn.stages.stage import StageCounts, as_of

if TYPE_CHECKING:
    import duckdb

    from upturn.impact.opportunity import Opportunity
    from upturn.impact.prediction import Impact
    from upturn.rules.choosing import Chosen
    from upturn.rules.harm import HarmfulAnswer
    from upturn.settings import Settings
    from upturn.stages.stage import StageContext

__all__ = ["Standing", "Term", "suggest", "term_of"]

ACTOR = "upturn"


@dataclass(frozen=True)
class Standing:
    """A suggestion that exists, as far as the next proposal depends on it. Times are UTC."""

    status: str
    proposed_at: datetime
    expires_at: datetime
    reopened_at: datetime | None
    expired_at: datetime | None
    """When its expiry was recorded; None: never."""
    rule: str = ""
    cluster_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Term:
    """Under which id and between which instants a suggestion is proposed."""

    suggestion_id: str
    proposed_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class _Case:
    chosen: Chosen
    opportunity: Opportunity
    impact: Impact
    label_count: int
    window_days: int
    topic_ids: tuple[str, ...] = ()
    """Topics of a finding that belongs to no cluster; none: all of its assistant's."""


def suggest(context: StageContext, day: date) -> StageCounts:
    """Propose what the live clusters call for, refresh what is pending, and let go what no longer holds.

    A pending suggestion expires when its term is over, or as soon as its failures are no longer seen or another cause
    explains them better: the list holds what is true today.

    The figures are over the window that ends with `day`. The same day again proposes the same.
    """
    settings = context.settings
    now = as_of(day, settings.timezone)
    with context.warehouse.connect() as connection:
        standing = _standing(connection)
        cases = _cases(connection, settings, day, _heard_before(standing))
        live = {row[0] for row in connection.execute("select cluster_id from suggest_clusters").fetchall()}
    proposed: list[OptimizationSuggestion] = []
    for case in cases:
        term = term_of(case.chosen.rule, case.chosen.identity, standing, now=now, days=settings.suggestion_days)
        if term is not None:
            proposed.append(_suggestion(case, term))
    events = [_proposed(each, day, now) for each in proposed]
    expired = [_expired(name, each) for name, each in standing.items() if _has_run_out(each, now)]
    kept = {each.suggestion_id for each in proposed}
    withdrawn = [
        _withdrawn(name, _why_gone(each, proposed, live), now)
        for name, each in standing.items()
        if each.status == "pending" and each.expires_at > now and name not in kept
    ]
    result = record(context, [*events, *expired, *withdrawn])
    return StageCounts(
        read=len(cases),
        appended=result.appended,
        skipped=result.skipped,
        notes={"proposed": len(proposed), "expired": len(expired), "withdrawn": len(withdrawn)},
    )


def term_of(rule: str, identity: str, standing: Mapping[str, Standing], *, now: datetime, days: int) -> Term | None:
    """Decide under which id, and until when, a finding is proposed; None: it was decided on, so it is left alone.

    A pending or deferred suggestion keeps its first day and its end; a reopened one gets a full term again. One that
    expired is proposed anew under an id of its own, with a term of its own: nobody said no.
    """
    term = timedelta(days=days)
    round_number = 1
    while True:
        name = suggestion_id(rule, identity, round_number)
        known = standing.get(name)
        if known is None:
            return Term(name, now, now + term)
        if known.status in ("accepted", "rejected", "shipped"):
            return None
        expires_at = known.expires_at
        if known.reopened_at is not None:
            expires_at = max(expires_at, known.reopened_at + term)
        if known.status != "expired" and expires_at > now:
            return Term(name, known.proposed_at, expires_at)
        round_number += 1


def _has_run_out(standing: Standing, now: datetime) -> bool:
    """Whether the expiry is due and not recorded; a reopened one that is proposed again has a later end."""
    is_open = standing.status in ("pending", "deferred") or (standing.status == "expired" and not standing.expired_at)
    return is_open and standing.expires_at <= now and standing.reopened_at is None


def _heard_before(standing: Mapping[str, Standing]) -> dict[str, set[str]]:
    """Give the rules of pending suggestions by cluster."""
    rules: dict[str, set[str]] = {}
    for each in standing.values():
        if each.status == "pending":
            for cluster_id in each.cluster_ids:
                rules.setdefault(cluster_id, set()).add(each.rule)
    return rules


def _why_gone(standing: Standing, proposed: Sequence[OptimizationSuggestion], live: AbstractSet[str]) -> str:
    """Say why a pending suggestion is not proposed any more."""
    if not standing.cluster_ids or live.isdisjoint(standing.cluster_ids):
        return "its failures are no longer seen"
    clusters = set(standing.cluster_ids)
    better = [each for each in proposed if each.exposure and clusters & set(each.exposure["cluster_ids"])]
    if better:
        return f"another suggestion explains these failures better: {better[0].title}"
    return "what it rests on is no longer seen in its failures"


def _standing(connection: duckdb.DuckDBPyConnection) -> dict[str, Standing]:
    rows = connection.execute(load_sql("suggest/standing")).fetchall()
    return {
        name: Standing(
            rule=rule,
            cluster_ids=tuple(cluster_ids),
            status=status,
            proposed_at=proposed_at.astimezone(UTC),
            expires_at=expires_at.astimezone(UTC),
            reopened_at=_utc(reopened_at),
            expired_at=_utc(expired_at),
        )
        for name, rule, cluster_ids, status, proposed_at, expires_at, reopened_at, expired_at in rows
    }


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def _cases(
    connection: duckdb.DuckDBPyConnection, settings: Settings, day: date, before: Mapping[str, AbstractSet[str]]
) -> list[_Case]:
    """Estimate what each chosen finding would bring."""
    from upturn.impact.opportunity import estimate_opportunity
    from upturn.impact.prediction import predict
    from upturn.impact.resampling import Resampler
    from upturn.impact.window import label_count, open_window, read_placed, read_touched
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
    opportunities = []
    for each, topic_ids in found:
        segment = each.finding.segment
        place = {"dimension": segment.dimension, "value": segment.value} if segment else {}
        touched = (
            read_touched(connection, each.cluster_ids, **place)
            if each.cluster_ids
            else read_placed(connection, each.assistant_id, topic_ids)
        )
        opportunities.append(estimate_opportunity(cohort, touched, resampler))
    impacts = predict(opportunities, [each.category for each, _ in found], seed=settings.seed)
    labels = label_count(connection)
    return [
        _Case(one, opportunity, impact, labels, settings.window_days, topic_ids)
        for (one, topic_ids), opportunity, impact in zip(found, opportunities, impacts, strict=True)
        if _is_worth_it(one, opportunity)
    ]


def _harmful_answers(connection: duckdb.DuckDBPyConnection) -> list[HarmfulAnswer]:
    from upturn.rules.harm import HarmfulAnswer

    return [HarmfulAnswer(*row) for row in connection.execute(load_sql("suggest/unsafe")).fetchall()]


def _is_worth_it(chosen: Chosen, opportunity: Opportunity) -> bool:
    """Whether something may be gained: not where the exposed surely go better than comparable others, unless unsafe."""
    is_severe = chosen.finding.severity in ("critical", "high")
    return is_severe or opportunity.high is None or opportunity.high > 0


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
    from upturn.impact.fixability import fixability_of
    from upturn.impact.prediction import labels_needed

    opportunity, prior = case.opportunity, fixability_of(case.chosen.category)
    parts = [
        f"success is 1 − failure probability over {case.window_days} days",
        f"{opportunity.exposed_count} conversations exposed",
    ]
    if opportunity.value is not None:
        parts.append(f"{opportunity.overlap:.0%} of them compared with others of the same {opportunity.compared_by}")
        parts.append(f"a fix closes {prior.mean:.0%} ± {prior.spread:.0%} of the gap: a belief, not a measurement")
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


def _expired(name: str, standing: Standing) -> NewEvent:
    return _end(name, "nobody decided on it in its term", standing.expires_at, standing.expires_at.isoformat())


def _withdrawn(name: str, reason: str, now: datetime) -> NewEvent:
    return _end(name, reason, now, f"withdrawn {now.isoformat()}")


def _end(name: str, reason: str, moment: datetime, revision: str) -> NewEvent:
    return NewEvent(
        type="suggestion.expired",
        source=ACTOR,
        native_ids=(name,),
        revision=revision,
        subject=f"suggestion/{name}",
        time=moment,
        payload=Decision(
            suggestion_id=name,
            actor=ACTOR,
            reason=reason,
            decided_at=moment,
            assignee=None,
            assistant_version=None,
            prediction=None,
        ),
    )
