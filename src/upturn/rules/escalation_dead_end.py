"""Flows that end nowhere: handed over unasked, or left without an answer."""

from __future__ import annotations

from typing import Final

from upturn.rules.evidence import ClusterEvidence
from upturn.rules.finding import Finding, cite, failure_rate, signal_rate
from upturn.rules.registry import suggestion_rule

ESCALATED: Final = "escalated_unasked"
ABANDONED: Final = "abandoned"
MIN_EXCESS: Final = 0.25
HANDOVER_SPECIFICITY: Final = 0.9
ABANDONED_SPECIFICITY: Final = 0.4
"""Leaving is how many failures end, whatever their cause."""


@suggestion_rule(category="escalation")
def escalation_dead_end(evidence: ClusterEvidence) -> Finding | None:
    """Propose to mend the handover of a cluster, or the flow in which its customers are left."""
    weighed = {
        ESCALATED: HANDOVER_SPECIFICITY * evidence.excess(ESCALATED),
        ABANDONED: ABANDONED_SPECIFICITY * evidence.excess(ABANDONED),
    }
    signal = max(weighed, key=lambda name: weighed[name])
    if evidence.excess(signal) < MIN_EXCESS:
        return None
    share = evidence.share(signal)
    is_handover = signal == ESCALATED
    what = "handed to a person unasked" if is_handover else "left without an answer"
    first = (
        f"Let the assistant answer {evidence.terms} itself: give it the article or the right that it lacks"
        if is_handover
        else f"Walk through the flow for {evidence.terms} and find the step after which customers leave"
    )
    return Finding(
        strength=weighed[signal],
        title=f"{'Needless handover' if is_handover else 'Dead end'}: {evidence.title}",
        description=(
            f"{share:.0%} of the failures about {evidence.terms} with {evidence.assistant_id} are {what}, against "
            f"{evidence.signals[signal].base_share:.0%} of all its conversations."
        ),
        actions=(
            first,
            f"Give every path about {evidence.terms} an end: an answer, a person who is on duty, or a ticket number",
            "Say at the handover who takes over and when, and hand the conversation's text along",
        ),
        metrics=(signal_rate(evidence, signal), failure_rate(evidence)),
        effort="medium" if is_handover else "high",
        evidence=cite(evidence, f"the customer is {what} here", signal),
        explanation=f"{share:.0%} of the failures are {what}",
    )
