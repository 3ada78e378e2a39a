"""Which conversations a fix of a cluster would touch, failed or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from upturn.clustering.failure_groups import Failure

__all__ = ["Segment", "exposure_rule"]

_DOMINANT: Final = 0.6
"""Share of members that must show a cause before the rule is built on it."""
_COVERED: Final = 0.8
"""Share of members that the topics of a rule must cover."""
_CONTRAST: Final = 3.0
"""How many times likelier to fail a version, channel or persona must be than the others, to narrow the rule."""
_ENOUGH: Final = 20
"""Conversations of other versions, channels or personas below which nothing is said about them."""
_MANY_TOPICS: Final = 4
"""With more topics than these, the version, channel or persona is the cause, whatever is asked."""
_FIELDS: Final = ("assistant_version", "channel", "persona")


@dataclass(frozen=True)
class Segment:
    """Conversations of one assistant, topic, version, channel and persona in the window."""

    topic_id: str
    assistant_version: str
    channel: str
    persona: str
    conversation_count: int
    failure_count: int


def exposure_rule(
    assistant_id: str, members: Sequence[Failure], segments: Sequence[Segment], *, latency_ms: float
) -> dict[str, Any]:
    """Give the rule of a cluster: `assistant_id` and what its dominant cause names.

    A failing or slow tool that most members met → `tool`; slow responses without one → `latency_over_ms` in the topics;
    unsafe answers → the topics. Else the fewest topics that hold 80 % of the members, narrowed to a version, channel or
    persona that holds 80 % of them and where such conversations fail three times as often as elsewhere.
    """
    rule: dict[str, Any] = {"assistant_id": assistant_id}
    if tool := _dominant_tool(members):
        return rule | {"tool": tool}
    topics = _covering_topics(members)
    narrowed = _narrowed(members, [each for each in segments if each.topic_id in topics])
    if _share(members, "slow_response") >= _DOMINANT:
        rule["latency_over_ms"] = latency_ms
    if narrowed and len(topics) > _MANY_TOPICS:
        return rule | narrowed
    return rule | {"topic_ids": topics} | narrowed


def _share(members: Sequence[Failure], signal: str) -> float:
    return sum(signal in each.signals for each in members) / len(members)


def _dominant_tool(members: Sequence[Failure]) -> str | None:
    """Give the tool that most members met where it failed or was slow."""
    met = [each.tool for each in members if each.tool and {"tool_failed", "slow_response"} & set(each.signals)]
    if not met:
        return None
    tool, count = min(Counter(met).items(), key=lambda item: (-item[1], item[0]))
    return tool if count >= _DOMINANT * len(members) else None


def _covering_topics(members: Sequence[Failure]) -> list[str]:
    """Give the fewest topics, by members, that hold `_COVERED` of those that have one; sorted."""
    counts = Counter(each.topic_id for each in members if each.topic_id)
    chosen: list[str] = []
    covered = 0
    for topic, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if covered >= _COVERED * counts.total():
            break
        chosen.append(topic)
        covered += count
    return sorted(chosen)


def _narrowed(members: Sequence[Failure], segments: Sequence[Segment]) -> dict[str, str]:
    """Give the version, channel and persona without which such conversations rarely fail."""
    found: dict[str, str] = {}
    for field in _FIELDS:
        counts = Counter(value for each in members if (value := getattr(each, field)))
        if not counts:
            continue
        value, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
        inside = [each for each in segments if getattr(each, field) == value]
        outside = [each for each in segments if getattr(each, field) != value]
        if count >= _COVERED * len(members) and _fails_more(inside, outside):
            found[field] = value
    return found


def _fails_more(inside: Sequence[Segment], outside: Sequence[Segment]) -> bool:
    among, beside = (sum(each.conversation_count for each in side) for side in (inside, outside))
    if beside < _ENOUGH or not among:
        return False
    here, there = (sum(each.failure_count for each in side) for side in (inside, outside))
    return here / among >= _CONTRAST * there / beside
