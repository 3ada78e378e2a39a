"""Gives every conversation a topic and groups the window's failures into clusters that stay themselves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from upturn.clustering.cluster_events import cluster_event, resolved_event
from upturn.clustering.exposure import exposure_rule
from upturn.clustering.failure_groups import Failure, group_failures
from upturn.clustering.gathering import (
    Wants,
    failures_by_assistant,
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
    from upturn.stages.stage import StageContext

__all__ = ["cluster"]

_FIT_SAMPLE: Final = 20_000
"""Conversations that a topic model is fitted on at most."""
_BEGINNING: Final = date(1970, 1, 1)


def cluster(context: StageContext, day: date) -> StageCounts:
    """Record the topics of conversations without one, and the clusters of the window's failures as of `day`.

    An assistant that has clusters of this day or of a later one keeps them: history isn't refitted here.
    """
    given = _topic_events(context, day)
    topics = record(context, given)
    found = _cluster_events(context, day, _model_in_force(context, day))
    clusters = record(context, found)
    return StageCounts(
        read=len(given) + len(found),
        appended=topics.appended + clusters.appended,
        skipped=topics.skipped + clusters.skipped,
        notes={"clusters": len(found), "topic_events": len(given)},
    )


def _newest_fit(context: StageContext, day: date) -> Mapping[str, Any] | None:
    """Read the log from the newest fit on, which the assignments tell; the whole of it only for a day before that."""
    import orjson

    with context.warehouse.connect() as connection:
        row = connection.execute(load_sql("clustering/newest_fit"), {"day": day}).fetchone()
    after = row[0] - 1 if row and row[0] else 0
    texts = context.log.read(after=after, types=["topic_model.fitted"])["data"].to_pylist()
    return newest_topic_fit([orjson.loads(text) for text in texts], day)


def _model_in_force(context: StageContext, day: date) -> TopicModel | None:
    newest = _newest_fit(context, day)
    return TopicModel.from_parameters(newest["parameters"]) if newest else None


def _topic_events(context: StageContext, day: date) -> list[NewEvent]:
    newest = _newest_fit(context, day)
    with context.warehouse.connect() as connection:
        if newest is None or needs_refit(date.fromisoformat(newest["day"]), day):
            wants = want_texts(connection, first_day(day, context.settings.window_days), day, is_all=True)
            return _fit(wants, day, seed=context.settings.seed) if wants.ids else []
        wants = want_texts(connection, _BEGINNING, day, is_all=False)
    if not wants.ids:
        return []
    model = TopicModel.from_parameters(newest["parameters"])
    assignments = _by_topic(wants.ids, assign_topics(model, wants.texts))
    return [topic_event(model, day, assignments, fit_id=newest["fit_id"], is_fit=False)]


def _fit(wants: Wants, day: date, *, seed: int) -> list[NewEvent]:
    """Fit on a sample drawn by the digest of ids, assign all, and keep the ids of topics that stayed."""
    import hashlib

    places = range(len(wants.ids))
    if len(wants.ids) > _FIT_SAMPLE:
        drawn = sorted(places, key=lambda place: hashlib.sha256(wants.ids[place].encode()).digest())[:_FIT_SAMPLE]
        chosen = sorted(drawn)
    else:
        chosen = list(places)
    model = fit_topics(
        [wants.ids[place] for place in chosen],
        [wants.texts[place] for place in chosen],
        [wants.answers[place] for place in chosen],
        seed=seed,
    )
    assigned = assign_topics(model, wants.texts)
    newer = {topic: set(members) for topic, members in _by_topic(wants.ids, assigned).items()}
    older = {topic: set(members) for topic, members in _by_topic(wants.ids, wants.topics).items()}
    lasting = keep_topic_ids(model, newer, older)
    assignments = {lasting.get(topic, topic): sorted(members) for topic, members in newer.items()}
    return [topic_event(renamed(model, lasting), day, assignments, fit_id=f"topics-{day}", is_fit=True)]


def _by_topic(ids: list[str], topics: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for conversation_id, topic in zip(ids, topics, strict=True):
        if topic is not None:
            found.setdefault(topic, []).append(conversation_id)
    return found


def _fix_of(rule_of: Callable[[Sequence[Failure]], dict[str, Any]], members: Sequence[Failure]) -> str:
    """Name the fix that a group asks for: two groups that expose the same conversations ask for the same."""
    return json.dumps(rule_of(members), sort_keys=True)


def _cluster_events(context: StageContext, day: date, model: TopicModel | None) -> list[NewEvent]:
    first = first_day(day, context.settings.window_days)
    with context.warehouse.connect() as connection:
        failures = failures_by_assistant(connection, first, day)
        segments = segments_by_assistant(connection, first, day)
        known = known_clusters(connection)
    events: list[NewEvent] = []
    for assistant_id in sorted({*failures, *known}):
        before = known.get(assistant_id, [])
        if any(last_seen >= day for last_seen, _ in before):
            continue
        rule_of = partial(
            exposure_rule,
            assistant_id,
            segments=segments.get(assistant_id, []),
            latency_ms=context.settings.thresholds.latency_ms,
        )
        groups = group_failures(
            failures.get(assistant_id, []),
            seed=context.settings.seed,
            model=model,
            fix_of=partial(_fix_of, rule_of),
            known=[each.members for _, each in before if each.members],
        ).groups
        tracked, gone = track_clusters(groups, [each for _, each in before], assistant_id=assistant_id, day=day)
        events.extend(
            cluster_event(each, rule_of(each.group.members), assistant_id=assistant_id, day=day) for each in tracked
        )
        events.extend(resolved_event(each, assistant_id=assistant_id, day=day) for each in gone)
    return events
