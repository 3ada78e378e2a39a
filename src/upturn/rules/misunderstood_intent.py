"""Answers to another question than the one that was asked, or wrong ones: the customer says so."""

from __future__ import annotations

from typing import Final

from upturn.rules.evidence import ClusterEvidence
from upturn.rules.finding import Finding, cite, failure_rate, signal_rate
from upturn.rules.registry import suggestion_rule

CORRECTED: Final = "user_corrected"
REPHRASED: Final = "user_rephrased"
MIN_EXCESS: Final = 0.2
SPECIFICITY: Final = 0.75
"""Asking again is what most failures look like: a cause that shows itself is heard first."""


@suggestion_rule(category="intent")
def misunderstood_intent(evidence: ClusterEvidence) -> Finding | None:
    """Propose examples of what a cluster wants, where customers correct the assistant or ask again."""
    signal = max((CORRECTED, REPHRASED), key=evidence.excess)
    if evidence.excess(signal) < MIN_EXCESS:
        return None
    corrected, rephrased = evidence.share(CORRECTED), evidence.share(REPHRASED)
    return Finding(
        strength=SPECIFICITY * evidence.excess(signal),
        title=f"Misunderstood or answered wrongly: {evidence.title}",
        description=(
            f"Customers who ask {evidence.assistant_id} about {evidence.terms} correct it in {corrected:.0%} and ask "
            f"again in {rephrased:.0%} of the failures."
        ),
        actions=(
            f"Add the cited questions about {evidence.terms} as examples of this want, apart from its neighbour",
            f"Check the stored answer about {evidence.terms}: correct it where it is out of date",
            f"Let the assistant ask back once when {evidence.terms} could mean two things",
        ),
        metrics=(signal_rate(evidence, signal), failure_rate(evidence)),
        effort="medium",
        evidence=cite(evidence, "the customer corrects the answer or asks again", CORRECTED, REPHRASED),
        explanation=f"{max(corrected, rephrased):.0%} of the failures are corrected or asked again",
    )
