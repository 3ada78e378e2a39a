"""Failures of one kind of user: answers that this persona can't use."""

from __future__ import annotations

from typing import Final

from upturn.rules.evidence import ClusterEvidence
from upturn.rules.finding import Finding, cite, failure_rate
from upturn.rules.registry import suggestion_rule

MIN_SHARE: Final = 0.6
MIN_LIFT: Final = 1.5
SPECIFICITY: Final = 0.6
"""Who fails says less than how: a cause that shows itself is heard first."""


@suggestion_rule(category="clarity")
def segment_mismatch(evidence: ClusterEvidence) -> Finding | None:
    """Propose other answers for the persona that most failures of a cluster fall on."""
    for each in evidence.segments:
        is_concentrated = each.member_share >= MIN_SHARE and each.member_share >= MIN_LIFT * each.exposed_share
        if each.segment.dimension == "persona" and is_concentrated:
            persona = each.segment.value
            return Finding(
                strength=SPECIFICITY * each.member_share,
                title=f"Not understood by {persona} users: {evidence.title}",
                description=(
                    f"{each.member_share:.0%} of the failures about {evidence.terms} with {evidence.assistant_id} are "
                    f"of {persona} users, who hold {each.exposed_share:.0%} of these conversations."
                ),
                actions=(
                    f"Read the cited answers about {evidence.terms} with the eyes of a {persona} user, and list the "
                    "words that need explaining",
                    f"Write a version of the answer about {evidence.terms} for {persona} users: short steps, no terms "
                    "of the trade",
                ),
                metrics=(failure_rate(evidence),),
                effort="low",
                evidence=cite(evidence, f"a {persona} user is not served here", "user_rephrased", "user_frustrated"),
                explanation=f"{each.member_share:.0%} of the failures are of {persona} users",
                segment=each.segment,
            )
    return None
