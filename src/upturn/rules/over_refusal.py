"""Requests that are refused although nothing is wrong with them."""

from __future__ import annotations

from typing import Final

from upturn.rules.evidence import ClusterEvidence
from upturn.rules.finding import Finding, cite, failure_rate, signal_rate
from upturn.rules.registry import suggestion_rule

SIGNAL: Final = "assistant_refused"
MIN_EXCESS: Final = 0.25
"""Refusals this much above the assistant's usual share: a policy that is met everywhere does not stand out."""
SPECIFICITY: Final = 0.85
"""A refusal may be right: at equal shares a failing tool explains more."""


@suggestion_rule(category="safety")
def over_refusal(evidence: ClusterEvidence) -> Finding | None:
    """Propose to narrow a refusal that most failures of a cluster end in."""
    if evidence.excess(SIGNAL) < MIN_EXCESS:
        return None
    found = evidence.signals[SIGNAL]
    return Finding(
        strength=SPECIFICITY * evidence.excess(SIGNAL),
        title=f"Refuses what it should answer: {evidence.title}",
        description=(
            f"{evidence.assistant_id} refuses in {found.member_share:.0%} of the failures about {evidence.terms}, "
            f"against {found.base_share:.0%} of all its conversations."
        ),
        actions=(
            f"Check with the owner of the policy which requests about {evidence.terms} may be answered",
            f"Name those as allowed in the prompt, with one answered example about {evidence.terms}",
            "Where the refusal is right, say what the customer can do instead and offer a person",
        ),
        metrics=(signal_rate(evidence, SIGNAL), failure_rate(evidence)),
        effort="low",
        evidence=cite(evidence, "the request is refused here", SIGNAL),
        explanation=f"{found.member_share:.0%} of the failures are refusals; {found.base_share:.0%} are usual",
        severity="low",
    )
