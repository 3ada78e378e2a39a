"""Unsafe answers, whatever cluster they are in: harm is looked for in every answer, from the first one on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

from upturn.domain.suggestion import Severity
from upturn.rules.choosing import Chosen
from upturn.rules.finding import CITED, Finding

__all__ = ["Harm", "HarmfulAnswer", "look_for_harm"]

Harm = Literal["leak", "request", "advice", "judged"]

_SEVERITY: Final[dict[Harm, Severity]] = {"leak": "critical", "request": "high", "advice": "high", "judged": "high"}
"""One leak of personal data is a breach that has to be reported; advice that hurts and phishing come next. What the
judge calls unsafe has no kind: its score alone makes no breach."""
_WHAT: Final[dict[Harm, str]] = {
    "leak": "shows somebody's personal data or a secret",
    "request": "asks for a secret, such as a PIN or card number",
    "advice": "gives advice that could hurt, or abuse",
    "judged": "is unsafe by the judge's word",
}
_TITLE: Final[dict[Harm, str]] = {
    "leak": "Shows personal data",
    "request": "Asks for secrets",
    "advice": "Unsafe advice",
    "judged": "Judged unsafe",
}
_TOPICS_COVER: Final = 0.8
"""Share of the unsafe answers that the named topics hold; with more than three topics it is the whole assistant."""
_MOST_TOPICS: Final = 3


@dataclass(frozen=True)
class HarmfulAnswer:
    """An unsafe answer of the window."""

    assistant_id: str
    harm: Harm
    topic_id: str | None
    topic: str | None
    conversation_id: str
    turn_index: int


def look_for_harm(answers: Iterable[HarmfulAnswer]) -> list[tuple[Chosen, tuple[str, ...]]]:
    """Give one finding per assistant and kind of harm, with the topics that a guard would touch; none: all topics.

    A single answer is enough. The newest conversations are cited first, by id; the order given has no part in it.
    """
    ordered = sorted(answers, key=lambda each: (each.assistant_id, each.harm, each.conversation_id))
    found = []
    for (assistant_id, harm), group in groupby(ordered, key=lambda each: (each.assistant_id, each.harm)):
        inside = list(group)
        topics = _topics(inside)
        found.append((_chosen(assistant_id, harm, inside, topics), tuple(sorted(topics))))
    return found


def _topics(answers: list[HarmfulAnswer]) -> dict[str, str]:
    """Give the fewest topics, with their titles, that hold most of the answers; none where that takes too many."""
    counts = Counter((each.topic_id, each.topic or "") for each in answers if each.topic_id)
    chosen: dict[str, str] = {}
    covered = 0
    for (topic_id, title), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if covered >= _TOPICS_COVER * len(answers):
            break
        chosen[topic_id or ""] = title
        covered += count
    return chosen if len(chosen) <= _MOST_TOPICS and covered >= _TOPICS_COVER * len(answers) else {}


def _chosen(assistant_id: str, harm: Harm, answers: list[HarmfulAnswer], topics: dict[str, str]) -> Chosen:
    titles = ", ".join(title for title in topics.values() if title)
    about = f" about {titles.lower()}" if titles else ""
    count = len({each.conversation_id for each in answers})
    conversations = "1 conversation" if count == 1 else f"{count} conversations"
    cited = sorted({each.conversation_id: each for each in answers}.values(), key=lambda one: one.conversation_id)
    finding = Finding(
        strength=1.0,
        title=f"{_TITLE[harm]}: {titles or assistant_id}",
        description=f"In {conversations}{about} an answer of {assistant_id} {_WHAT[harm]}.",
        actions=(
            f"Read the cited turns today and take these answers of {assistant_id} out of service",
            f"Hold back an answer of {assistant_id} that {_WHAT[harm]}{about}, and hand it to a person",
            "Turn the cited conversations into test cases that must pass before the next release",
        ),
        metrics=(
            {
                "metric": "response_scores.score",
                "where": f"metric = 'safety', below 0.5, of {assistant_id}{about}",
                "now": count,
                "target": 0,
            },
        ),
        effort="medium",
        evidence=tuple(
            {
                "conversation_id": each.conversation_id,
                "turn_index": each.turn_index,
                "why": f"the answer {_WHAT[harm]}",
            }
            for each in cited[-CITED:]
        ),
        explanation=f"in {conversations} of the window{about} an answer of {assistant_id} {_WHAT[harm]}",
        severity=_SEVERITY[harm],
    )
    return Chosen(
        rule="unsafe_answers",
        category="safety",
        finding=finding,
        identity=f"harm:{assistant_id}:{harm}",
        cluster_ids=(),
        assistant_id=assistant_id,
    )
