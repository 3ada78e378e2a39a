"""What the report says of suggestions, decisions and shipped fixes, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from upturn.report.estimate import Estimate

__all__ = ["Bets", "Citation", "DecisionMade", "ListedSuggestion", "Release", "ShippedFix", "TrendPoint", "Turn"]


@dataclass(frozen=True)
class Turn:
    """A turn as it is quoted."""

    turn_index: int
    role: str
    content: str
    latency_ms: float | None
    error_type: str | None
    is_cited: bool


@dataclass(frozen=True)
class Citation:
    """One piece of evidence: why it counts and the turns around it."""

    conversation_id: str
    why: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class TrendPoint:
    """The exposed conversations of a cluster in one week. `failure` is 0..1."""

    cluster_id: str
    week: str
    failure: Estimate
    member_count: int


@dataclass(frozen=True)
class ListedSuggestion:
    """A suggestion on the week's list. Impact and opportunity in points of the success rate, −1..1."""

    rank: int
    suggestion_id: str
    title: str
    category: str
    rule: str
    description: str
    explanation: str
    assumptions: str
    priority: str
    severity: str | None
    status: str
    assignee: str | None
    implementation_effort: str
    impact: Estimate
    """Predicted effect; count = conversations of the week."""
    impact_reason: str | None
    restated_impact: float | None
    """As it stands now, where it moved since it was published; None: it did not."""
    weekly_impact: Estimate
    """The same in conversations a week, at this week's volume."""
    opportunity: Estimate
    reach: float | None
    gap: float | None
    overlap: float | None
    """Share of the exposed that have comparable conversations, 0..1."""
    prior_share: float | None
    """Share of the impact interval's width that is prior belief, 0..1."""
    recommended_actions: tuple[str, ...]
    metrics_to_track: tuple[str, ...]
    expires_at: datetime
    cluster_id: str | None
    cluster_title: str | None
    cluster_terms: tuple[str, ...]
    cluster_size: int | None
    cluster_stability: float | None
    cluster_status: str | None
    trend: tuple[TrendPoint, ...] = ()
    citations: tuple[Citation, ...] = ()
    evidence_count: int = 0


@dataclass(frozen=True)
class ShippedFix:
    """A shipped suggestion and the newest measurement of one metric; `metric` None: not measured yet."""

    suggestion_id: str
    title: str
    category: str
    shipped_at: datetime
    assistant_version: str | None
    metric: str | None
    effect: float | None
    effect_low: float | None
    effect_high: float | None
    predicted: float | None
    method: str | None
    verdict: str | None
    measured_at: datetime | None
    before_count: int | None
    after_count: int | None


@dataclass(frozen=True)
class Bets:
    """How predictions held over all fixes measured to the end: points of the success rate on the exposed, −1..1."""

    fix_count: int
    as_predicted_count: int
    """Of `judged_count`, those whose error's 90 % interval holds 0."""
    judged_count: int
    predicted: float | None
    """Mean."""
    effect: float | None
    """Mean."""
    error: float | None
    """Mean of measured minus predicted, with its 90 % interval."""
    error_low: float | None
    error_high: float | None


@dataclass(frozen=True)
class DecisionMade:
    """A decision of the week."""

    suggestion_id: str
    title: str | None
    decision: str
    actor: str
    reason: str | None
    decided_at: datetime


@dataclass(frozen=True)
class Release:
    """A marked change of an assistant."""

    assistant_id: str
    assistant_version: str | None
    kind: str
    note: str | None
    released_at: datetime
