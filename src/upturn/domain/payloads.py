"""Payloads (`data`) of the events, one frozen model per type: the contract between writers and projections.

Writers that work in SQL are tested to produce exactly these fields. Times are ISO 8601 with an offset.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "PAYLOADS",
    "AlertRaised",
    "BatchValidated",
    "ClusterFitted",
    "ConversationEnded",
    "ConversationStarted",
    "Decision",
    "EffectMeasured",
    "FailureModelFitted",
    "FeedbackReceived",
    "ListPublished",
    "RecordQuarantined",
    "ReleaseMarked",
    "ResponseJudged",
    "SampleDrawn",
    "StageCompleted",
    "SuggestionProposed",
    "TopicModelFitted",
    "TurnLogged",
]

Share = Annotated[float, Field(ge=0, le=1)]
Points = Annotated[float, Field(ge=-1, le=1)]
Count = Annotated[int, Field(ge=0)]


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ConversationStarted(_Payload):
    """A conversation's own fields. Native id: conversation_id."""

    conversation_id: str
    assistant_id: str
    assistant_version: str | None
    config_version: str | None
    channel: str
    user_key: str | None
    origin: Literal["production", "test"]
    is_internal: bool
    persona: str | None
    started_at: datetime
    metadata: dict[str, Any] | None
    updated_at: datetime | None
    record_digest: str


class TurnLogged(_Payload):
    """One turn. Native ids: conversation_id, turn_key. `position` is no part of its identity or its digest."""

    conversation_id: str
    turn_key: str
    position: Count
    role: Literal["user", "assistant", "system", "tool", "agent"]
    content: str | None
    parts: list[Any] | None
    occurred_at: datetime
    latency_ms: float | None
    error_type: str | None
    input_tokens: int | None
    output_tokens: int | None
    tool_calls: list[Any] | None
    tool_call_id: str | None
    tool_name: str | None
    updated_at: datetime | None
    record_digest: str


class ConversationEnded(_Payload):
    """The source said that it is over, or how it ended. Native id: conversation_id."""

    conversation_id: str
    ended_at: datetime | None
    outcome: Literal["resolved", "escalated", "abandoned", "unresolved"] | None
    updated_at: datetime | None
    record_digest: str


class FeedbackReceived(_Payload):
    """Volunteered feedback. Native ids: conversation_id, feedback_key."""

    feedback_id: str
    conversation_id: str
    turn_index: int | None
    kind: str
    channel: str | None
    value: str | None
    scale: str | None
    score: Share | None
    comment: str | None
    author: Literal["user", "agent", "annotator"]
    received_at: datetime
    updated_at: datetime | None
    record_digest: str


class RecordQuarantined(_Payload):
    """A record that was refused, whole. Native ids: file, line; revision: digest of record and rule."""

    source_name: str
    file: str
    line: int | None
    reason: str
    rule: str
    conversation_id: str | None
    turn_count: int | None
    record: str | None


class StageCompleted(_Payload):
    """A stage changed something for a day, or ran for the first time for it."""

    stage: str
    day: date
    read: Count
    appended: Count
    skipped: Count
    quarantined: Count
    notes: dict[str, Any]


class BatchValidated(_Payload):
    """What Great Expectations said of one batch."""

    batch: str
    day: date
    results: list[dict[str, Any]]
    """Each: suite, expectation, is_success, evaluated_count, unexpected_count, observed."""


class SampleDrawn(_Payload):
    """A Poisson sample of responses for the judge. Native ids: day, metric."""

    day: date
    metric: str
    seed: int
    rate: Share
    population: Count
    responses: list[tuple[str, int, float]]
    """(conversation_id, turn_index, inclusion_probability)"""


class ResponseJudged(_Payload):
    """One judgement, or the reason why there is none."""

    conversation_id: str
    turn_index: Count
    metric: str
    score: Share | None
    unscored_reason: str | None
    rationale: str | None
    model: str
    prompt_version: str
    inclusion_probability: Share
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None


class TopicModelFitted(_Payload):
    """Topics of a fit and the conversations newly assigned on `day`. Native ids: day."""

    fit_id: str
    day: date
    model_version: str
    parameters: dict[str, Any]
    topics: list[dict[str, Any]]
    """Each: topic_id, title, top_terms. Empty where the model of an earlier day was only applied."""
    assignments: dict[str, list[str]]
    """topic_id -> conversation ids, each conversation once, newest event wins."""


class FailureModelFitted(_Payload):
    """Weights of the failure model in force. Native id: model_version."""

    model_version: str
    weights: dict[str, float]
    intercept: float
    threshold: Share


class ClusterFitted(_Payload):
    """One cluster on one day. Native ids: cluster_id, day."""

    cluster_id: str
    fit_id: str
    day: date
    assistant_id: str
    theme_id: str | None
    title: str
    top_terms: list[str]
    stability: Share | None
    status: Literal["new", "growing", "steady", "shrinking", "resolved", "regressed"]
    first_seen: date
    exposure_rule: dict[str, Any]
    signal_shares: dict[str, float]
    members: list[tuple[str, float]]
    """(conversation_id, similarity)"""
    lineage: list[dict[str, Any]]
    """Each: parent_cluster_id, kind, shared."""


class SuggestionProposed(_Payload):
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


class Decision(_Payload):
    """What somebody decided on a suggestion; the type of the event says which decision."""

    suggestion_id: str
    actor: str
    reason: str | None
    decided_at: datetime
    assignee: str | None
    assistant_version: str | None
    prediction: dict[str, Any] | None


class ListPublished(_Payload):
    """A week's ranking as it was shown. Native id: week."""

    week: str
    ranking: list[dict[str, Any]]
    """Each: suggestion_id, rank, impact_estimate, impact_low, impact_high."""


class EffectMeasured(_Payload):
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


class AlertRaised(_Payload):
    """A value went beyond its limit. Native ids: metric, segment; revision: day."""

    metric: str
    segment: str | None
    value: float
    threshold: float
    raised_at: datetime


class ReleaseMarked(_Payload):
    """A prompt, knowledge base, model or code changed. Native ids: assistant_id, kind; revision: released_at."""

    assistant_id: str
    assistant_version: str | None
    kind: Literal["prompt", "knowledge_base", "model", "code"]
    released_at: datetime
    note: str | None


PAYLOADS: dict[str, type[_Payload]] = {
    "conversation.started": ConversationStarted,
    "turn.logged": TurnLogged,
    "conversation.ended": ConversationEnded,
    "feedback.received": FeedbackReceived,
    "record.quarantined": RecordQuarantined,
    "stage.completed": StageCompleted,
    "batch.validated": BatchValidated,
    "sample.drawn": SampleDrawn,
    "response.judged": ResponseJudged,
    "topic_model.fitted": TopicModelFitted,
    "failure_model.fitted": FailureModelFitted,
    "cluster.fitted": ClusterFitted,
    "suggestion.proposed": SuggestionProposed,
    "suggestion.accepted": Decision,
    "suggestion.rejected": Decision,
    "suggestion.deferred": Decision,
    "suggestion.assigned": Decision,
    "suggestion.noted": Decision,
    "suggestion.shipped": Decision,
    "suggestion.reopened": Decision,
    "suggestion.expired": Decision,
    "list.published": ListPublished,
    "effect.measured": EffectMeasured,
    "alert.raised": AlertRaised,
    "release.marked": ReleaseMarked,
}
"""Model of each type's newest payload version."""
