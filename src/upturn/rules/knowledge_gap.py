"""Questions that the assistant has no answer to."""

from __future__ import annotations

from typing import Final

from upturn.rules.evidence import ClusterEvidence
from upturn.rules.finding import Finding, cite, failure_rate, signal_rate
from upturn.rules.registry import suggestion_rule

SIGNAL: Final = "assistant_fell_back"
MIN_EXCESS: Final = 0.2
SPECIFICITY: Final = 0.85
"""Falling back may be what a failing tool looks like: at equal shares the tool explains more."""


@suggestion_rule(category="knowledge")
def knowledge_gap(evidence: ClusterEvidence) -> Finding | None:
    """Propose an article on what a cluster asks about and the assistant says it can't answer."""
    if evidence.excess(SIGNAL) < MIN_EXCESS:
        return None
    found = evidence.signals[SIGNAL]
    again = evidence.share("user_rephrased")
    return Finding(
        strength=SPECIFICITY * evidence.excess(SIGNAL),
        title=f"No answer: {evidence.title}",
        description=(
            f"{evidence.assistant_id} says that it does not know or understand in {found.member_share:.0%} of the "
            f"failures about {evidence.terms}, against {found.base_share:.0%} of all its conversations; in "
            f"{again:.0%} the customer asks again in other words."
        ),
        actions=(
            f"Write a knowledge-base article that answers what the cited customers ask about {evidence.terms}",
            f"Check that retrieval finds it for the words they use: {', '.join(evidence.top_terms) or evidence.title}",
            f"Until it is there, answer {evidence.terms} with the right contact instead of a fallback",
        ),
        metrics=(signal_rate(evidence, SIGNAL), failure_rate(evidence)),
        effort="low",
        evidence=cite(evidence, "the assistant says that it has no answer", SIGNAL, "user_rephrased"),
        explanation=f"{found.member_share:.0%} of the failures end in a fallback; {found.base_share:.0%} are usual",
    )
