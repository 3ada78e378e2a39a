"""Answers that arrive without a word."""

from __future__ import annotations

from typing import Final

from upturn.rules.evidence import ClusterEvidence
from upturn.rules.finding import Finding, cite, failure_rate, signal_rate
from upturn.rules.registry import suggestion_rule

SIGNAL: Final = "response_empty"
MIN_EXCESS: Final = 0.2
CONCENTRATED: Final = 0.8


@suggestion_rule(category="channel")
def empty_answers(evidence: ClusterEvidence) -> Finding | None:
    """Propose to mend the delivery of answers that arrive empty, naming the channel where they do."""
    if evidence.excess(SIGNAL) < MIN_EXCESS:
        return None
    share = evidence.share(SIGNAL)
    channel = next(
        (
            each.segment.value
            for each in evidence.segments
            if each.segment.dimension == "channel" and each.member_share >= CONCENTRATED
        ),
        None,
    )
    where = f"on {channel}" if channel else "on every channel"
    return Finding(
        strength=evidence.excess(SIGNAL),
        title=f"Empty answers {where}: {evidence.title}",
        description=(
            f"{share:.0%} of the failures about {evidence.terms} hold an answer of {evidence.assistant_id} without a "
            f"word, {where}."
        ),
        actions=(
            f"Compare what the assistant writes with what is delivered {where}, for the cited turns",
            f"Refuse to send an empty answer {where}: retry once, then say that something went wrong",
            "Add a test that every kind of answer (lists, links, cards) arrives as text",
        ),
        metrics=(signal_rate(evidence, SIGNAL), failure_rate(evidence)),
        effort="low",
        evidence=cite(evidence, "an answer here is empty", SIGNAL),
        explanation=f"{share:.0%} of the failures hold an empty answer, {where}",
        fix=f"empty:{evidence.assistant_id}:{channel}" if channel else None,
    )
