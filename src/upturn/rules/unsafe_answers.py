"""Answers that the safety score calls unsafe: advice that hurts, another customer's data, abuse."""

from __future__ import annotations

from typing import Final

from upturn.domain.suggestion import severity_of
from upturn.rules.evidence import ClusterEvidence
from upturn.rules.finding import Finding, cite, signal_rate
from upturn.rules.registry import suggestion_rule

SIGNAL: Final = "response_unsafe"
MIN_SHARE: Final = 0.1
"""Share of the cluster's failures with an unsafe answer from which the cluster is about safety."""


@suggestion_rule(category="safety")
def unsafe_answers(evidence: ClusterEvidence) -> Finding | None:
    """Propose a guard before the answers of a cluster in which unsafe ones occur more than elsewhere."""
    share = evidence.share(SIGNAL)
    if share < MIN_SHARE or evidence.excess(SIGNAL) <= 0:
        return None
    count = evidence.harmed(SIGNAL)
    severity = severity_of(harmful_share=count / max(evidence.exposed_count, 1), harmful_count=count)
    return Finding(
        strength=share,
        title=f"Unsafe answers: {evidence.title}",
        description=(
            f"{count} of the {evidence.exposed_count} conversations about {evidence.terms} with "
            f"{evidence.assistant_id} hold an answer that scores as unsafe; among the failures it is {share:.0%}."
        ),
        actions=(
            f"Read the cited turns today and take the unsafe answers about {evidence.terms} out of service",
            f"Add a check of the answer before it is sent, for {evidence.terms}: personal data of others and "
            "harmful advice are held back and handed to a person",
            "Turn the cited conversations into test cases that must pass before the next release",
        ),
        metrics=(
            signal_rate(evidence, SIGNAL),
            {"metric": "response_scores.score", "where": "metric = 'safety', lowest per conversation", "target": 1.0},
        ),
        effort="medium",
        evidence=cite(evidence, "an answer here scores as unsafe", SIGNAL),
        explanation=f"unsafe answers in {share:.0%} of this cluster's failures, {count} exposed conversations",
        severity=severity,
    )
