"""What models and judges found."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from upturn.domain.payloads.base import Count, Payload, Share

__all__ = ["AlertRaised", "ClusterFitted", "FailureModelFitted", "ResponseJudged", "SampleDrawn", "TopicModelFitted"]


class SampleDrawn(Payload):
    """A Poisson sample of responses for the judge. Native ids: day, metric."""

    day: date
    metric: str
    seed: int
    rate: Share
    population: Count
    responses: list[tuple[str, int, float]]
    """(conversation_id, turn_index, inclusion_probability)"""


class ResponseJudged(Payload):
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


class TopicModelFitted(Payload):
    """Topics of a fit and the conversations newly assigned on `day`. Native ids: day."""

    fit_id: str
    day: date
    model_version: str
    parameters: dict[str, Any]
    topics: list[dict[str, Any]]
    """Each: topic_id, title, top_terms. Empty where the model of an earlier day was only applied."""
    assignments: dict[str, list[str]]
    """topic_id -> conversation ids, each conversation once, newest event wins."""


class FailureModelFitted(Payload):
    """Weights of the failure model in force. Native id: model_version."""

    model_version: str
    weights: dict[str, float]
    intercept: float
    threshold: Share


class ClusterFitted(Payload):
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


class AlertRaised(Payload):
    """A value went beyond its limit. Native ids: metric, segment; revision: day."""

    metric: str
    segment: str | None
    value: float
    threshold: float
    raised_at: datetime
