"""Which findings become suggestions: the dominant one of each cluster, severe safety beside it, each fix once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from upturn.rules.evidence import ClusterEvidence
from upturn.rules.finding import CITED, Finding
from upturn.rules.registry import SuggestionRule

__all__ = ["Chosen", "choose"]


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


def choose(evidence: Iterable[ClusterEvidence], rules: Mapping[str, SuggestionRule]) -> list[Chosen]:
    """Choose what to propose. The order of the evidence has no part in it.

    Of several findings in one cluster the strongest is heard, at equal strength that of the earlier rule. A severe
    safety finding is heard besides, since its fix is another. Findings with the same rule and fix in several clusters
    become one suggestion that names all the clusters.
    """
    groups: dict[tuple[str, str], list[_Seen]] = {}
    for each in sorted(evidence, key=lambda one: (-one.exposed_count, one.cluster_id)):
        for seen in _heard(each, rules):
            groups.setdefault((seen.rule.name, seen.identity), []).append(seen)
    return [_merge(groups[key]) for key in sorted(groups)]


def _heard(evidence: ClusterEvidence, rules: Mapping[str, SuggestionRule]) -> Iterator[_Seen]:
    found = [
        _Seen(rule, place, finding, evidence)
        for place, rule in enumerate(rules.values())
        for finding in (rule.look(evidence),)
        if finding is not None
    ]
    yield from (each for each in found if each.is_severe)
    others = [each for each in found if not each.is_severe]
    if others:
        yield min(others, key=lambda each: (-round(each.finding.strength, 9), each.place))


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
