"""Toil with tools: look-ups that give nothing, call upon call for one answer, step after step."""

from __future__ import annotations

from typing import Final

from upturn.rules.evidence import ClusterEvidence
from upturn.rules.finding import Finding, cite, failure_rate, signal_rate
from upturn.rules.registry import suggestion_rule

LOOKUP: Final = "lookup_empty"
CALLS: Final = "tool_struggled"
STEPS: Final = "many_steps"
MIN_EXCESS: Final = 0.3
SPECIFICITY: Final = 0.6
"""Long work is a symptom of many causes: another that explains as much is heard before."""
_TOLD: Final = {
    LOOKUP: "a look-up gives nothing",
    CALLS: "one answer needs many calls of tools",
    STEPS: "it takes step after step",
}


@suggestion_rule(category="tools")
def laborious_tasks(evidence: ClusterEvidence) -> Finding | None:
    """Propose to shorten the way through the tools where a cluster's conversations toil."""
    signal = max((LOOKUP, CALLS, STEPS), key=evidence.excess)
    if evidence.excess(signal) < MIN_EXCESS:
        return None
    share, usual = evidence.share(signal), evidence.signals[signal].base_share
    beside = [name for name in (LOOKUP, CALLS, STEPS) if name != signal and evidence.excess(name) >= MIN_EXCESS]
    also = "".join(f"; in {evidence.share(name):.0%} {_TOLD[name]}" for name in beside)
    busiest = max(evidence.tools, key=lambda one: (one.call_count, one.tool), default=None)
    tool = busiest.tool if busiest else "the tools"
    calls = f" {tool} is called most, {busiest.call_count:,} times." if busiest else ""
    return Finding(
        strength=SPECIFICITY * evidence.excess(signal),
        title=f"Toils with its tools: {evidence.title}",
        description=(
            f"In {share:.0%} of the failures about {evidence.terms} {_TOLD[signal]}, against {usual:.0%} of all "
            f"conversations of {evidence.assistant_id}{also}.{calls}"
        ),
        actions=(
            f"Read the cited conversations about {evidence.terms}, write down the shortest order of steps that would "
            "have done, and give it to the assistant as an instruction",
            f"Let {tool} find what is meant by what customers can name, such as e-mail, date or name, in one call",
            "After a second look-up that gives nothing, ask for one detail more or offer a person",
        ),
        metrics=(signal_rate(evidence, signal), failure_rate(evidence)),
        effort="medium",
        evidence=cite(evidence, _TOLD[signal], signal),
        explanation=f"in {share:.0%} of the failures {_TOLD[signal]}; {usual:.0%} is usual",
    )
