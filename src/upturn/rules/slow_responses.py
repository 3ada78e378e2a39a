"""Responses that keep customers waiting."""

from __future__ import annotations

from typing import Final

from upturn.rules.evidence import ClusterEvidence, Latency
from upturn.rules.finding import Finding, cite, failure_rate
from upturn.rules.registry import suggestion_rule

SIGNAL: Final = "slow_response"
MIN_EXCESS: Final = 0.25
SPECIFICITY: Final = 0.9
"""Waiting annoys and rarely decides: at equal shares a failing tool explains more."""


@suggestion_rule(category="performance")
def slow_responses(evidence: ClusterEvidence) -> Finding | None:
    """Propose to make the slow step of a cluster faster, naming its latency figures and its slowest tool."""
    latency = evidence.latency
    if latency is None or evidence.excess(SIGNAL) < MIN_EXCESS:
        return None
    slowest = max(
        (tool for tool in evidence.tools if tool.median_ms is not None),
        key=lambda tool: tool.median_ms or 0,
        default=None,
    )
    called = f"the call of {slowest.tool} (median {_seconds(slowest.median_ms or 0)})" if slowest else "each step"
    limit = _seconds(evidence.latency_threshold_ms)
    return Finding(
        strength=SPECIFICITY * evidence.excess(SIGNAL),
        title=f"Slow responses: {evidence.title}",
        description=_description(evidence, latency),
        actions=(
            f"Trace where the time goes in requests about {evidence.terms}, starting with {called}",
            f"Cache or fetch ahead what {evidence.terms} needs, and set a timeout of {limit} on {called}",
            f"Send a first line within {limit} while the rest is fetched",
        ),
        metrics=(
            {
                "metric": "turns.latency_ms",
                "where": f"95th percentile of responses exposed to {evidence.cluster_id}",
                "now": round(latency.p95_ms),
                "target": round(evidence.latency_threshold_ms),
            },
            failure_rate(evidence),
        ),
        effort="medium",
        evidence=cite(evidence, f"a response here takes more than {limit}", SIGNAL),
        explanation=(
            f"{evidence.share(SIGNAL):.0%} of the failures hold a response above {limit}; "
            f"95 % of the responses take up to {_seconds(latency.p95_ms)}"
        ),
        fix=f"slow:{evidence.assistant_id}:{slowest.tool}"
        if slowest and _is_the_tool(slowest.median_ms, evidence)
        else None,
    )


def _is_the_tool(median_ms: float | None, evidence: ClusterEvidence) -> bool:
    return median_ms is not None and median_ms >= evidence.latency_threshold_ms / 2


def _description(evidence: ClusterEvidence, latency: Latency) -> str:
    return (
        f"Responses about {evidence.terms} take {_seconds(latency.median_ms)} at the median against "
        f"{_seconds(latency.usual_median_ms)} usually, and {_seconds(latency.p95_ms)} at the 95th percentile; "
        f"{latency.slow_share:.0%} of {latency.response_count} are above {_seconds(evidence.latency_threshold_ms)}."
    )


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.1f} s"
