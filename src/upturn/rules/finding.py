"""What a suggestion rule answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from upturn.domain.suggestion import Effort, Severity
from upturn.rules.evidence import ClusterEvidence, Segment

__all__ = ["CITED", "Finding", "cite", "failure_rate", "signal_rate"]

CITED: Final = 5
"""Conversations cited per suggestion: enough to read in a few minutes."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to fix that a rule sees in one cluster."""

    strength: float
    """How much of the cluster this cause explains, 0..1: of several rules the strongest is heard."""
    title: str
    description: str
    actions: tuple[str, ...]
    """Concrete, most important first."""
    metrics: tuple[dict[str, Any], ...]
    """Each: metric (table.column), target, and where it applies."""
    effort: Effort
    evidence: tuple[dict[str, Any], ...]
    explanation: str
    """One line: why it is here."""
    severity: Severity | None = None
    fix: str | None = None
    """Name of the thing to fix where several clusters may share it, such as a tool; None: the cluster itself."""
    segment: Segment | None = None
    """Part of the exposed that the fix would touch; None: all."""


def cite(evidence: ClusterEvidence, why: str, *signals: str) -> tuple[dict[str, Any], ...]:
    """Cite up to five conversations that show one of the signals, else the cluster's most typical ones.

    Each conversation once, in the order of the signals given. Never a quotation.
    """
    cited: dict[str, dict[str, Any]] = {}
    for signal in (*signals, ""):
        for each in evidence.citations.get(signal, ()):
            if len(cited) < CITED and each.conversation_id not in cited:
                reason = why if signal else "typical failure of this cluster"
                cited[each.conversation_id] = {
                    "conversation_id": each.conversation_id,
                    "turn_index": each.turn_index,
                    "why": reason,
                }
    return tuple(cited.values())


def signal_rate(evidence: ClusterEvidence, signal: str) -> dict[str, Any]:
    """Name the share of exposed conversations with a signal as a metric; its target is what is usual elsewhere."""
    found = evidence.signals[signal]
    return {
        "metric": "failure_signals.signal",
        "where": f"signal = '{signal}' in the conversations exposed to {evidence.cluster_id}",
        "now": round(found.exposed_share, 4),
        "target": round(min(found.base_share, found.exposed_share / 2), 4),
    }


def failure_rate(evidence: ClusterEvidence) -> dict[str, Any]:
    """Name the failure rate of the exposed as a metric; its target is to lose half of the cluster's failures."""
    count = evidence.exposed_count
    now = evidence.exposed_failure_count / count if count else None
    target = max(0, evidence.exposed_failure_count - evidence.size / 2) / count if count else None
    return {
        "metric": "failures.is_failure",
        "where": f"in the conversations exposed to {evidence.cluster_id}",
        "now": None if now is None else round(now, 4),
        "target": None if target is None else round(target, 4),
    }
