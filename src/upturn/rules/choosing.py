"""Which findings become suggestions: the dominant one of each cluster, severe safety beside it, each fix once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from upturn.rules.evidence import ClusterEvidence
from upturn.rules.finding import CITED, Finding
from upturn.rules.registry import SuggestionRule

__all__ = ["KEPT_SHARE", "MIN_AGE_DAYS", "MIN_SIZE", "MIN_STABILITY", "Chosen", "choose"]

MIN_AGE_DAYS: Final = 1
"""A cluster must have been found on two days: what is gone tomorrow is no work for today."""
MIN_SIZE: Final = 8
"""Failures that a cluster needs: of fewer, a third would be chance as often as not."""
MIN_STABILITY: Final = 0.5
"""Mean best Jaccard below which a cluster counts as dissolved (Hennig 2007); groups of random points reach .46."""
KEPT_SHARE: Final = 0.6
"""A rule that was heard before stays heard while its strength is at least this share of the strongest: two causes of
about the same strength would else take turns from day to day."""


@dataclass(frozen=True)
class Chosen:
    """A finding that becomes a suggestion."""

    rule: str
    category: str
    finding: Finding
    identity: str
    """Name of the thing to fix: with the rule's name it makes the suggestion's id."""
    cluster_ids: tuple[str, ...]
    """Clusters that the fix would touch, the one with the most exposed conversations first."""
    assistant_id: str


@dataclass(frozen=True)
class _Seen:
    rule: SuggestionRule
    place: int
    finding: Finding
    evidence: ClusterEvidence

    @property
    def is_severe(self) -> bool:
        return self.finding.severity in ("critical", "high")

    @property
    def identity(self) -> str:
        return self.finding.fix or self.evidence.cluster_id


def choose(
    evidence: Iterable[ClusterEvidence],
    rules: Mapping[str, SuggestionRule],
    heard_before: Mapping[str, AbstractSet[str]] | None = None,
) -> list[Chosen]:
    """Choose what to propose. The order of the evidence has no part in it.

    Of several findings in one cluster the strongest is heard, at equal strength that of the earlier rule. A severe
    safety finding is heard besides, since its fix is another. Findings with the same rule and fix in several clusters
    become one suggestion that names all the clusters. A cluster that is young, small or unsteady is not proposed for,
    unless for severe safety.

    Parameters
    ----------
    heard_before : by cluster, the rules of its pending suggestions: they stay heard while they are nearly as strong,
        and the cluster need not show again that it is steady.
    """
    before = heard_before or {}
    groups: dict[tuple[str, str], list[_Seen]] = {}
    for each in sorted(evidence, key=lambda one: (-one.exposed_count, one.cluster_id)):
        for seen in _heard(each, rules, before.get(each.cluster_id, frozenset())):
            groups.setdefault((seen.rule.name, seen.identity), []).append(seen)
    return [_merge(groups[key]) for key in sorted(groups)]


def _heard(evidence: ClusterEvidence, rules: Mapping[str, SuggestionRule], before: AbstractSet[str]) -> Iterator[_Seen]:
    found = [
        _Seen(rule, place, finding, evidence)
        for place, rule in enumerate(rules.values())
        for finding in (rule.look(evidence),)
        if finding is not None
    ]
    yield from (each for each in found if each.is_severe)
    others = [each for each in found if not each.is_severe]
    if others and (before or _is_steady(evidence)):
        strongest = min(others, key=_strongest_first)
        kept = [each for each in others if each.rule.name in before]
        least = KEPT_SHARE * strongest.finding.strength
        yield min((each for each in kept if each.finding.strength >= least), key=_strongest_first, default=strongest)


def _strongest_first(seen: _Seen) -> tuple[float, int]:
    return -round(seen.finding.strength, 9), seen.place


def _is_steady(evidence: ClusterEvidence) -> bool:
    """Whether the cluster is old, large and steady enough to be worked on; what is not known doesn't count against."""
    return (
        evidence.size >= MIN_SIZE
        and (evidence.age_days is None or evidence.age_days >= MIN_AGE_DAYS)
        and (evidence.stability is None or evidence.stability >= MIN_STABILITY)
    )


def _merge(seen: list[_Seen]) -> Chosen:
    first = seen[0]
    cited = {item["conversation_id"]: item for each in seen for item in each.finding.evidence}
    finding = first.finding
    if len(seen) > 1:
        titles = ", ".join(each.evidence.title for each in seen[1:])
        finding = Finding(
            **{
                **vars(finding),
                "description": f"{finding.description} The same in {len(seen) - 1} more: {titles}.",
                "evidence": tuple(cited.values())[:CITED],
            }
        )
    return Chosen(
        rule=first.rule.name,
        category=first.rule.category,
        finding=finding,
        identity=first.identity,
        cluster_ids=tuple(each.evidence.cluster_id for each in seen),
        assistant_id=first.evidence.assistant_id,
    )
