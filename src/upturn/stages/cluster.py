"""Gives every conversation a topic and groups the window's failures into clusters that stay themselves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from upturn.clustering.anonymity import Speakers
from upturn.clustering.cluster_events import cluster_event, resolved_event
from upturn.clustering.exposure import Segments, exposure_halves, exposure_rule
from upturn.clustering.failure_groups import Failure, group_failures
from upturn.clustering.gathering import (
    Wants,
    active_days,
    failures_by_assistant,
    first_answers,
    known_clusters,
    segments_by_assistant,
    want_texts,
)
from upturn.clustering.topic_events import keep_topic_ids, needs_refit, newest_topic_fit, renamed, topic_event
from upturn.clustering.topics import TopicModel, assign_topics, fit_topics
from upturn.clustering.tracking import first_day, track_clusters
from upturn.resources import load_sql
from upturn.stages.recording import record
from upturn.stages.stage import StageCounts

if TYPE_CHECKING:
    from upturn.domain.events import NewEvent
    from upturn.settings import Settings
    from upturn.stages.stage import StageContext

__all__ = ["cluster"]

_BEGINNING: Final = date(1970, 1, 1)


@dataclass(frozen=True)
class _Topics:
    """What a day's topics are."""

    events: list[NewEvent]
    model: TopicModel | None
    wants: Wants | None
    """Of all conversations of the window, where a fit needed them."""


def cluster(context: StageContext, day: date) -> StageCounts:
    """Record the topics of conversations without one, and the clusters of the window's failures as of `day`.

    An assistant that has clusters of this day or of a later one keeps them: history isn't refitted here.
    """
    given = _topics(context, day)
    topics = record(context, given.events)
    found = _cluster_events(context, day, given)
    clusters = record(context, found)
    return StageCounts(
        read=len(given.events) + len(found),
        appended=topics.appended + clusters.appended,
        skipped=topics.skipped + clusters.skipped,
        notes={"clusters": len(found), "topic_events": len(given.events)},
    )


def _newest_fit(context: StageContext, day: date) -> Mapping[str, Any] | None:
    """Read the log from the newest fit on, which the assignments tell; the whole of it only for a day before that.

    None without reading where there is no fit, or where `day` needs one of its own.
    """
    import orjson

    with context.warehouse.connect() as connection:
        row = connection.execute(load_sql("clustering/newest_fit"), {"day": day}).fetchone()
    version, newest_on = row or (None, None)
    if newest_on is None or (newest_on <= day and needs_refit(newest_on, day)):
        return None
    texts = context.log.read(after=version - 1 if version else 0, types=["topic_model.fitted"])["data"].to_pylist()
    return newest_topic_fit([orjson.loads(text) for text in texts], day)


def _topics(context: StageContext, day: date) -> _Topics:
    newest = _newest_fit(context, day)
    with context.warehouse.connect() as connection:
        if newest is None or needs_refit(date.fromisoformat(newest["day"]), day):
            wants = want_texts(connection, first_day(day, context.settings.window_days), day, is_all=True)
            if wants.ids:
                return _fit(wants, partial(first_answers, connection), context.settings, day)
            return _Topics([], TopicModel.from_parameters(newest["parameters"]) if newest else None, None)
        wants = want_texts(connection, _BEGINNING, day, is_all=False)
    model = TopicModel.from_parameters(newest["parameters"])
    if not wants.ids:
        return _Topics([], model, None)
    assignments = _by_topic(wants.ids, assign_topics(model, wants.texts))
    return _Topics([topic_event(model, day, assignments, fit_id=newest["fit_id"], is_fit=False)], model, None)


def _fit(wants: Wants, hear: Callable[[Sequence[str]], Sequence[str]], settings: Settings, day: date) -> _Topics:
    """Fit, assign all, and keep the ids of topics that stayed."""
    speakers = Speakers(tuple(wants.speakers), settings.least_term_users)
    fit_id = f"topics-{day}"
    fitted = fit_topics(wants.ids, wants.texts, hear, fit_id=fit_id, speakers=speakers, seed=settings.seed)
    newer = {topic: set(members) for topic, members in _by_topic(wants.ids, fitted.topics).items()}
    older = {topic: set(members) for topic, members in _by_topic(wants.ids, wants.topics).items()}
    lasting = keep_topic_ids(fitted.model, newer, older)
    assignments = {lasting.get(topic, topic): sorted(members) for topic, members in newer.items()}
    model = renamed(fitted.model, lasting)
    return _Topics([topic_event(model, day, assignments, fit_id=fit_id, is_fit=True)], model, wants)


def _by_topic(ids: list[str], topics: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for conversation_id, topic in zip(ids, topics, strict=True):
        if topic is not None:
            found.setdefault(topic, []).append(conversation_id)
    return found


def _fix_of(rule_of: Callable[[Sequence[Failure]], dict[str, Any]], members: Sequence[Failure]) -> str:
    """Name the fix that a group asks for: two groups that expose the same conversations ask for the same."""
    return json.dumps(rule_of(members), sort_keys=True)


def _cluster_events(context: StageContext, day: date, topics: _Topics) -> list[NewEvent]:
    first = first_day(day, context.settings.window_days)
    with context.warehouse.connect() as connection:
        failures = failures_by_assistant(connection, first, day, topics.wants)
        segments = segments_by_assistant(connection, first, day)
        known = known_clusters(connection)
        active = active_days(connection, first, day)
    events: list[NewEvent] = []
    for assistant_id in sorted({*failures, *known}):
        before = known.get(assistant_id, [])
        if any(each.last_seen >= day for each in before):
            continue
        here = segments.get(assistant_id, Segments([], ([], [])))
        latency_ms = context.settings.thresholds.latency_ms
        rule_of = partial(exposure_rule, assistant_id, segments=here.all, latency_ms=latency_ms)
        halves_of = partial(exposure_halves, assistant_id, segments=here, latency_ms=latency_ms)
        groups = group_failures(
            failures.get(assistant_id, []),
            seed=context.settings.seed,
            least_users=context.settings.least_term_users,
            model=topics.model,
            fix_of=partial(_fix_of, rule_of),
            known=[each.members for each in before if each.members],
        ).groups
        tracked, gone = track_clusters(
            groups,
            before,
            assistant_id=assistant_id,
            day=day,
            window_days=context.settings.window_days,
            active_days=active.get(assistant_id, set()),
        )
        events.extend(
            cluster_event(
                each,
                rule_of(each.group.members),
                halves_of(each.group.members),
                assistant_id=assistant_id,
                day=day,
            )
            for each in tracked
        )
        events.extend(resolved_event(each, assistant_id=assistant_id, day=day) for each in gone)
    return events
