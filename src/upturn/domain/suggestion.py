"""The optimization suggestion: what to change, what it would bring, and on what evidence."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from upturn.domain.payloads import SuggestionProposed

__all__ = [
    "CATEGORIES",
    "Effort",
    "OptimizationSuggestion",
    "Priority",
    "Severity",
    "Status",
    "priority_of",
    "severity_of",
    "suggestion_id",
]

Priority = Literal["high", "medium", "low"]
Severity = Literal["critical", "high", "medium", "low"]
Effort = Literal["low", "medium", "high"]
Status = Literal["pending", "accepted", "rejected", "deferred", "shipped", "expired"]

Share = Annotated[float, Field(ge=0, le=1)]
Points = Annotated[float, Field(ge=-1, le=1)]

CATEGORIES: Final = (
    "knowledge",
    "intent",
    "flow",
    "performance",
    "safety",
    "escalation",
    "tools",
    "channel",
    "clarity",
    "regression",
)
"""What kind of change a suggestion asks for; each has a fixability in `upturn.impact.fixability`."""

HIGH_IMPACT: Final = 0.01
"""Points of the success rate from which a suggestion is of high priority: one conversation in a hundred."""
MEDIUM_IMPACT: Final = 0.0025
"""Points from which it is of medium priority: one conversation in four hundred."""

_NAMESPACE: Final = uuid.UUID("0b9a3c52-51f6-5b4e-8d0e-4f6d0b0f7c21")
"""Namespace of every suggestion id. Never change it: decisions refer to these ids."""


class OptimizationSuggestion(BaseModel):
    """A suggestion as it stands: one row of the table `suggestions`. Times are UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    suggestion_id: str
    category: str
    rule: str
    title: str
    description: str
    priority: Priority
    severity: Severity | None
    impact_estimate: Points | None
    """Predicted effect in points of the success rate; None: no reach or nothing comparable was seen."""
    impact_low: Points | None
    impact_high: Points | None
    impact_reason: str | None
    opportunity: Points | None
    """reach × gap in points of the success rate."""
    opportunity_low: Points | None
    opportunity_high: Points | None
    reach: Share | None
    gap: Points | None
    implementation_effort: Effort
    evidence: tuple[dict[str, Any], ...]
    """Each: conversation_id, turn_index, why. Cited, never quoted."""
    recommended_actions: tuple[str, ...]
    metrics_to_track: tuple[dict[str, Any], ...]
    """Each: metric (a column of a mart), target."""
    proposed_change: dict[str, Any] | None
    cluster_id: str | None
    status: Status = "pending"
    assignee: str | None = None
    proposed_at: datetime
    expires_at: datetime
    explanation: str
    assumptions: str
    overlap: Share | None = None
    """Share of the exposed that have comparable unexposed conversations."""
    prior_share: Share | None = None
    """Share of the impact interval's width that is prior belief."""
    exposure: dict[str, Any] | None = None
    """cluster_ids, and where the fix touches a part of them only: dimension and value."""

    def as_payload(self, day: date) -> SuggestionProposed:
        """Give the payload of its `suggestion.proposed` event, with its figures as of `day`."""
        fields = self.model_dump(exclude={"status", "assignee"})
        return SuggestionProposed(day=day, **fields)


def suggestion_id(rule: str, identity: str, round_number: int = 1) -> str:
    """Give the id of a suggestion: a function of the rule and of what it would fix, the same on every day.

    Parameters
    ----------
    identity : the cluster's id, or whatever else names the thing to fix, such as a tool.
    round_number : 1, and one more each time an earlier round ran out undecided.

    >>> suggestion_id("knowledge_gap", "c1") == suggestion_id("knowledge_gap", "c1", 2)
    False
    """
    parts = (rule, identity) if round_number == 1 else (rule, identity, f"round {round_number}")
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))


def severity_of(*, harmful_share: float, harmful_count: int) -> Severity | None:
    """Give the severity of unsafe answers by how many of the looked-at conversations hold one.

    Parameters
    ----------
    harmful_share : share of the exposed conversations with an unsafe answer, 0..1.
    harmful_count : their number. None harmful has no severity: the result is None.

    Source: `docs/reference/statistics.md`. A single unsafe answer is at least medium, since its cost isn't
    counted in success points.

    >>> severity_of(harmful_share=0.3, harmful_count=12)
    'critical'
    """
    if harmful_count == 0:
        return None
    if harmful_count >= 10 and harmful_share >= 0.2:
        return "critical"
    if harmful_count >= 3:
        return "high"
    return "medium"


def priority_of(*, impact_estimate: float | None, opportunity_low: float | None, severity: Severity | None) -> Priority:
    """Give the priority: by severity where safety is at stake, else by the predicted effect.

    An opportunity whose interval reaches below 0 is never above low; one without figures is low.

    >>> priority_of(impact_estimate=0.02, opportunity_low=0.01, severity=None)
    'high'
    """
    if severity in ("critical", "high"):
        return "high"
    is_seen = impact_estimate is not None and opportunity_low is not None and opportunity_low > 0
    if is_seen and impact_estimate is not None and impact_estimate >= HIGH_IMPACT:
        return "high"
    if severity == "medium" or (is_seen and impact_estimate is not None and impact_estimate >= MEDIUM_IMPACT):
        return "medium"
    return "low"
