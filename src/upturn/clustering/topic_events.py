"""The event of a topic fit, and the topics' identity across refits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from upturn.clustering.matching import match_groups
from upturn.clustering.topics import MODEL_VERSION, OTHER_TOPIC, TopicModel, other_name
from upturn.domain.events import NewEvent
from upturn.domain.payloads import TopicModelFitted

__all__ = ["keep_topic_ids", "needs_refit", "newest_topic_fit", "renamed", "topic_event"]


def needs_refit(fitted_on: date | None, day: date) -> bool:
    """Tell whether `day` needs a fit of its own: there is no model, or the newest is of an earlier ISO week.

    >>> needs_refit(date(2026, 11, 22), date(2026, 11, 23)), needs_refit(date(2026, 11, 23), date(2026, 11, 29))
    (True, False)
    """
    return fitted_on is None or fitted_on.isocalendar()[:2] < day.isocalendar()[:2]


def newest_topic_fit(payloads: Sequence[Mapping[str, Any]], day: date) -> Mapping[str, Any] | None:
    """Give the newest payload of `topic_model.fitted` that holds a model and is not of a later day than `day`.

    A model of another version, made by other code, counts as none: the topics are then fitted anew.
    """
    current = [each for each in payloads if each["parameters"] and each["model_version"] == MODEL_VERSION]
    fits = [each for each in current if date.fromisoformat(str(each["day"])) <= day]
    return max(fits, key=lambda each: (str(each["day"]), str(each["fit_id"])), default=None)


def keep_topic_ids(model: TopicModel, newer: Mapping[str, set[str]], older: Mapping[str, set[str]]) -> dict[str, str]:
    """Give fitted topic id → lasting topic id: the one of the older topic that shares most members, else its own."""
    comparable = {name: members for name, members in older.items() if name != OTHER_TOPIC}
    matched = match_groups({name: newer.get(name, set()) for name in model.topic_ids}, comparable, least_share=0.3)
    return {name: matched.get(name, name) for name in model.topic_ids}


def topic_event(
    model: TopicModel, day: date, assignments: Mapping[str, Sequence[str]], *, fit_id: str, is_fit: bool
) -> NewEvent:
    """Give the event of a day: a fit with all topics, or the newly assigned conversations of an applied model."""
    topics = [
        {"topic_id": topic_id, "title": name.title, "top_terms": list(name.top_terms)}
        for topic_id, name in (*zip(model.topic_ids, model.names, strict=False), (OTHER_TOPIC, other_name()))
    ]
    assigned = {topic: sorted(members) for topic, members in sorted(assignments.items()) if members}
    members = [member for each in assigned.values() for member in each]
    payload = TopicModelFitted(
        fit_id=fit_id,
        day=day,
        model_version=MODEL_VERSION,
        parameters=model.as_parameters() if is_fit else {},
        topics=topics if is_fit else [],
        assignments=assigned,
    )
    return NewEvent(
        type="topic_model.fitted",
        source="upturn",
        native_ids=(day.isoformat(),),
        revision="fit" if is_fit else hashlib.sha256("\x1f".join(sorted(members)).encode()).hexdigest()[:16],
        subject=fit_id,
        time=datetime.combine(day, datetime.max.time(), UTC).replace(microsecond=0),
        payload=payload,
    )


def renamed(model: TopicModel, names: Mapping[str, str]) -> TopicModel:
    """Give the model under lasting topic ids."""
    return replace(model, topic_ids=tuple(names[each] for each in model.topic_ids))
