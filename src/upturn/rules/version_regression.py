"""Failures that came with a version of the assistant."""

from __future__ import annotations

from typing import Final

from upturn.rules.evidence import ClusterEvidence
from upturn.rules.finding import Finding, cite, failure_rate
from upturn.rules.registry import suggestion_rule

MIN_SHARE: Final = 0.8
"""Share of the failures that one version must hold."""
MIN_LIFT: Final = 1.3
"""Times its share of the exposed: a version that answers nearly everything can't stand out."""
MIN_OTHERS: Final = 20
"""Exposed conversations with other versions: the same requests must have been seen going well."""


@suggestion_rule(category="regression")
def version_regression(evidence: ClusterEvidence) -> Finding | None:
    """Propose to compare two versions where nearly all failures of a cluster fall into one of them."""
    for each in evidence.segments:
        others = evidence.exposed_count - each.exposed_count
        if (
            each.segment.dimension == "assistant_version"
            and each.member_share >= MIN_SHARE
            and each.member_share >= MIN_LIFT * each.exposed_share
            and others >= MIN_OTHERS
        ):
            version = each.segment.value
            return Finding(
                strength=each.member_share,
                title=f"Worse in version {version}: {evidence.title}",
                description=(
                    f"{each.member_share:.0%} of the failures about {evidence.terms} happened in version {version} of "
                    f"{evidence.assistant_id}, which held {each.exposed_share:.0%} of these conversations."
                ),
                actions=(
                    f"Compare prompt, model and knowledge base of version {version} with the one before, for "
                    f"{evidence.terms}",
                    f"Roll back what changed for {evidence.terms}, or mend it in the next version",
                    "Turn the cited conversations into regression tests that both versions are run on",
                ),
                metrics=(failure_rate(evidence),),
                effort="low",
                evidence=cite(evidence, f"failed in version {version}"),
                explanation=f"{each.member_share:.0%} of failures but {each.exposed_share:.0%} of use in {version}",
                segment=each.segment,
            )
    return None
