"""Which conversations a fix of a cluster would touch, failed or not."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from upturn.clustering.failure_groups import Failure

__all__ = ["Segment", "Segments", "exposure_halves", "exposure_rule", "half_of"]

_DOMINANT: Final = 0.6
"""Share of members that must show a cause before the rule is built on it."""
_COVERED: Final = 0.8
"""Share of members that must be of a version, channel or persona to narrow the rule to it."""
_CONTRAST: Final = 2.0
"""How many times likelier to be a member such conversations must be than the others."""
_LEAST_LIFT: Final = 1.1
"""How many times as often they must fail, in this way or another."""
_ENOUGH: Final = 20
"""Conversations of other versions, channels or personas below which nothing is said about them."""
_MANY_TOPICS: Final = 4
"""With more topics than these, the version, channel or persona is the cause, whatever is asked."""
_WHOLE_SEGMENT: Final = 0.6
"""F1 of a whole channel or persona, as a share of that with several topics, from which the topics are dropped: the rest
of the channel or persona fails for the same cause and would hide the gap when it is compared with."""
_FIELDS: Final = ("assistant_version", "channel", "persona")

Place = tuple[str, str, str, str]
"""Topic, version, channel and persona."""


@dataclass(frozen=True)
class Segment:
    """Conversations of one assistant, topic, version, channel and persona in the window."""

    topic_id: str
    assistant_version: str
    channel: str
    persona: str
    conversation_count: int
    failure_count: int


@dataclass(frozen=True)
class Segments:
    """The segments of one assistant."""

    all: list[Segment]
    halves: tuple[list[Segment], list[Segment]]
    """Of the users of each half, as `half_of` cuts."""


@dataclass(frozen=True)
class _Cell:
    segment: Segment
    members: int


def exposure_rule(
    assistant_id: str, members: Sequence[Failure], segments: Sequence[Segment], *, latency_ms: float
) -> dict[str, Any]:
    """Give the rule of a cluster: `assistant_id` and what its dominant cause names.

    A failing or slow tool that most members met → `tool`. Else the topics, or none, with the version, channel and
    persona that separate the members best from the other conversations: the highest F1, 2 × members inside / (members
    + conversations inside), which falls both when members are left out and when conversations are taken in that never
    fail like these. Slow responses without a tool add `latency_over_ms`.

    Source: van Rijsbergen 1979 (F1).
    """
    rule: dict[str, Any] = {"assistant_id": assistant_id}
    if tool := _dominant_tool(members):
        return rule | {"tool": tool}
    if _share(members, "slow_response") >= _DOMINANT:
        rule["latency_over_ms"] = latency_ms
    cells = _cells(members, segments)
    best: dict[str, Any] = {"topic_ids": _best_topics(cells, len(members))[0]}
    highest = _best_topics(cells, len(members))[1]
    for narrowed in _narrowings(members, cells):
        inside = [each for each in cells if _is_in(each.segment, narrowed)]
        topics, with_topics = _best_topics(inside, len(members))
        without = _f1(inside, len(members))
        least = with_topics * (_WHOLE_SEGMENT if {"channel", "persona"} & set(narrowed) and len(topics) > 1 else 1.0)
        is_whole = len(topics) > _MANY_TOPICS or without > least + 1e-9
        candidate = narrowed if is_whole else {"topic_ids": topics} | narrowed
        score = max(without, with_topics)
        if score > highest + 1e-9:
            best, highest = candidate, score
    return rule | best


def half_of(speaker: str) -> int:
    """Give the half, 0 or 1, that a user belongs to: chance, and the same at any time, as `segments.sql` has it."""
    return ord(hashlib.md5(speaker.encode(), usedforsecurity=False).hexdigest()[0]) % 2


def exposure_halves(
    assistant_id: str, members: Sequence[Failure], segments: Segments, *, latency_ms: float
) -> list[dict[str, Any]]:
    """Give the rules that each half of the users alone would give; none where a half has no member.

    A rule is chosen where failures are many, by chance too. So what it is worth is measured on users who had no part in
    the choice: the rule of one half on the other half's conversations.

    Source: Chernozhukov et al. 2018 (cross-fitting).
    """
    halves: tuple[list[Failure], list[Failure]] = ([], [])
    for each in members:
        halves[half_of(each.speaker)].append(each)
    if not all(halves):
        return []
    return [
        exposure_rule(assistant_id, own, cells, latency_ms=latency_ms)
        for own, cells in zip(halves, segments.halves, strict=True)
    ]


def _share(members: Sequence[Failure], signal: str) -> float:
    return sum(signal in each.signals for each in members) / len(members)


def _dominant_tool(members: Sequence[Failure]) -> str | None:
    """Give the tool that most members met where it failed or was slow."""
    met = [each.tool for each in members if each.tool and {"tool_failed", "slow_response"} & set(each.signals)]
    if not met:
        return None
    tool, count = min(Counter(met).items(), key=lambda item: (-item[1], item[0]))
    return tool if count >= _DOMINANT * len(members) else None


def _place(each: Failure | Segment) -> Place:
    return each.topic_id or "", each.assistant_version or "", each.channel or "", each.persona or ""


def _cells(members: Sequence[Failure], segments: Sequence[Segment]) -> list[_Cell]:
    """Give the segments with the members in each; one of its own where members' conversations are not in any."""
    counts = Counter(_place(each) for each in members)
    known = {_place(each) for each in segments}
    unseen = [Segment(*place, counts[place], counts[place]) for place in sorted(counts) if place not in known]
    return [_Cell(each, counts[_place(each)]) for each in (*segments, *unseen)]


def _f1(cells: Sequence[_Cell], total: int) -> float:
    inside = sum(each.members for each in cells)
    return 2 * inside / (total + sum(each.segment.conversation_count for each in cells))


def _best_topics(cells: Sequence[_Cell], total: int) -> tuple[list[str], float]:
    """Give the topics, sorted, that separate best, and their F1: those with the largest share of members first."""
    size: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for each in cells:
        size[each.segment.topic_id] += each.segment.conversation_count
        held[each.segment.topic_id] += each.members
    ordered = sorted((name for name in held if name and held[name]), key=lambda name: (-held[name] / size[name], name))
    best: list[str] = []
    highest, inside, conversations = 0.0, 0, 0
    for place, topic in enumerate(ordered, start=1):
        inside, conversations = inside + held[topic], conversations + size[topic]
        score = 2 * inside / (total + conversations)
        if score > highest + 1e-9:
            best, highest = ordered[:place], score
    return sorted(best), highest


def _narrowings(members: Sequence[Failure], cells: Sequence[_Cell]) -> Iterator[dict[str, str]]:
    """Give each combination of the version, channel and persona that most members share and few others have."""
    found: list[tuple[str, str]] = []
    for field in _FIELDS:
        counts = Counter(value for each in members if (value := getattr(each, field)))
        if not counts:
            continue
        value, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
        if count >= _COVERED * len(members) and _stands_out(cells, field, value):
            found.append((field, value))
    for chosen in product((True, False), repeat=len(found)):
        if any(chosen):
            yield dict(pair for pair, is_used in zip(found, chosen, strict=True) if is_used)


def _is_in(segment: Segment, narrowed: dict[str, str]) -> bool:
    return all(getattr(segment, field) == value for field, value in narrowed.items())


def _stands_out(cells: Sequence[_Cell], field: str, value: str) -> bool:
    topics = {each.segment.topic_id for each in cells if each.members}
    sides: dict[bool, list[_Cell]] = {True: [], False: []}
    for each in cells:
        if each.segment.topic_id in topics:
            sides[getattr(each.segment, field) == value].append(each)
    among, beside = (sum(each.segment.conversation_count for each in sides[side]) for side in (True, False))
    if beside < _ENOUGH or not among:
        return False
    here, there = (sum(each.members for each in sides[side]) for side in (True, False))
    failed_here, failed_there = (sum(each.segment.failure_count for each in sides[side]) for side in (True, False))
    fails_more = failed_here / among >= _LEAST_LIFT * failed_there / beside
    return fails_more and here / among >= _CONTRAST * there / beside
