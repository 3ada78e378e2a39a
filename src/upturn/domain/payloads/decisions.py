"""What was proposed, decided, published and measured."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from upturn.domain.payloads.base import Count, Payload, Points, Share

__all__ = ["Decision", "EffectMeasured", "ListPublished", "SuggestionProposed"]


class SuggestionProposed(Payload):
    """An `OptimizationSuggestion` with its figures as of `day`. Native ids: suggestion_id; revision: day."""

    suggestion_id: str
    day: date
    category: str
    rule: str
    title: str
    description: str
    priority: Literal["high", "medium", "low"]
    severity: Literal["critical", "high", "medium", "low"] | None
    impact_estimate: Points | None
    impact_low: Points | None
    impact_high: Points | None
    impact_reason: str | None
    opportunity: Points | None
    opportunity_low: Points | None
    opportunity_high: Points | None
    reach: Share | None
    gap: Points | None
    implementation_effort: Literal["low", "medium", "high"]
    evidence: list[dict[str, Any]]
    """Each: conversation_id, turn_index, why. Never a quotation."""
    recommended_actions: list[str]
    metrics_to_track: list[dict[str, Any]]
    proposed_change: dict[str, Any] | None
    cluster_id: str | None
    proposed_at: datetime
    expires_at: datetime
    explanation: str
    assumptions: str
    overlap: Share | None = None
    prior_share: Share | None = None
    exposure: dict[str, Any] | None = None
    """cluster_ids, and where the fix touches a part of them only: dimension and value."""


class Decision(Payload):
    """What somebody decided on a suggestion; the type of the event says which decision."""

    suggestion_id: str
    actor: str
    reason: str | None
    decided_at: datetime
    assignee: str | None
    assistant_version: str | None
    prediction: dict[str, Any] | None


class ListPublished(Payload):
    """A week's ranking as it was shown. Native id: week."""

    week: str
    ranking: list[dict[str, Any]]
    """Each: suggestion_id, rank, impact_estimate, impact_low, impact_high."""


class EffectMeasured(Payload):
    """What a shipped suggestion did. Native ids: suggestion_id, metric; revision: day."""

    suggestion_id: str
    day: date
    metric: str
    effect: Points | None
    effect_low: Points | None
    effect_high: Points | None
    predicted: Points | None
    method: str
    verdict: str
    measured_at: datetime
    before_count: Count
    after_count: Count
