"""Failures that go back to a tool: an interface that answers with errors."""

from __future__ import annotations

from typing import Final

from upturn.rules.evidence import ClusterEvidence, ToolUse
from upturn.rules.finding import Finding, cite, failure_rate, signal_rate
from upturn.rules.registry import suggestion_rule

SIGNAL: Final = "tool_failed"
MIN_EXCESS: Final = 0.2


@suggestion_rule(category="tools")
def tool_errors(evidence: ClusterEvidence) -> Finding | None:
    """Propose to mend the tool that fails most in a cluster, and to answer honestly while it is down."""
    if evidence.excess(SIGNAL) < MIN_EXCESS:
        return None
    share = evidence.share(SIGNAL)
    failing = next((tool for tool in evidence.tools if tool.error_count > 0), None)
    name = failing.tool if failing else "a tool"
    return Finding(
        strength=evidence.excess(SIGNAL),
        title=f"{name} fails: {evidence.title}" if failing else f"A tool fails: {evidence.title}",
        description=_description(evidence, failing, share),
        actions=(
            f"Find out in the logs of {name} why it fails for requests about {evidence.terms}, and mend it",
            f"Retry {name} once with a short pause, then tell the customer plainly and offer a call back",
            f"Alert on the error rate of {name}",
        ),
        metrics=(
            signal_rate(evidence, SIGNAL),
            {
                "metric": "turns.error_type",
                "where": f"tool_name = '{name}'" if failing else "role = 'tool'",
                "target": 0,
            },
            failure_rate(evidence),
        ),
        effort="medium",
        evidence=cite(evidence, f"{name} fails here", SIGNAL),
        explanation=f"{name} fails in {share:.0%} of this cluster's failures",
        fix=f"tool:{evidence.assistant_id}:{failing.tool}" if failing else None,
    )


def _description(evidence: ClusterEvidence, failing: ToolUse | None, share: float) -> str:
    told = f"In {share:.0%} of the failures about {evidence.terms} a tool or a response ended in an error"
    if failing is None:
        return f"{told}; the log does not name the tool."
    return (
        f"{told}. {failing.tool} failed in {failing.error_count} of {failing.call_count} calls, in "
        f"{failing.conversation_count} conversations."
    )
