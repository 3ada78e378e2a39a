"""Circles: the same answer again, the same tool called again, the same question asked again."""

from __future__ import annotations

from typing import Final

from upturn.rules.evidence import ClusterEvidence
from upturn.rules.finding import Finding, cite, failure_rate, signal_rate
from upturn.rules.registry import suggestion_rule

ANSWER: Final = "answer_repeated"
TOOL: Final = "tool_repeated"
MIN_EXCESS: Final = 0.25
SPECIFICITY: Final = 0.8


@suggestion_rule(category="flow")
def repeated_answers(evidence: ClusterEvidence) -> Finding | None:
    """Propose to carry what was said along, where a cluster's conversations go in circles."""
    signal = max((ANSWER, TOOL), key=evidence.excess)
    if evidence.excess(signal) < MIN_EXCESS:
        return None
    share = evidence.share(signal)
    what = "gives the same answer again" if signal == ANSWER else "calls the same tool again with the same arguments"
    return Finding(
        strength=SPECIFICITY * evidence.excess(signal),
        title=f"Goes in circles: {evidence.title}",
        description=(
            f"{evidence.assistant_id} {what} in {share:.0%} of the failures about {evidence.terms}, against "
            f"{evidence.signals[signal].base_share:.0%} of all its conversations."
        ),
        actions=(
            f"Keep what the customer gave about {evidence.terms} in the assistant's context for the whole conversation",
            "Forbid the same answer twice: at the second time ask what is missing, at the third offer a person",
        ),
        metrics=(signal_rate(evidence, signal), failure_rate(evidence)),
        effort="medium",
        evidence=cite(evidence, f"the assistant {what}", signal),
        explanation=f"in {share:.0%} of the failures the assistant {what}",
    )
