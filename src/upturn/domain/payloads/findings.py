"""What models and judges found."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from upturn.domain.payloads.base import Count, Payload, Share

__all__ = [
    "AlertRaised",
    "ClusterFitted",
    "FailureModelFitted",
    "ResponseJudged",
    "SampleDrawn",
    "SampleStratum",
    "TopicModelFitted",
    "VersionCompared",
]


class SampleStratum(Payload):
    """Responses alike, within which a sample was drawn."""

    assistant_id: str
    channel: str
    band: str
    """What rules think of them: risk, unsure, poor or good."""
    population: Count
    conversation_weight: float
    """Sum over them of 1 / responses of their conversation."""


class SampleDrawn(Payload):
    """A Poisson sample of responses for the judge, as drawn or as closed. Native ids: day, metric."""

    day: date
    metric: str
    """The metric that it serves; `all`: every metric that is judged."""
    seed: int
    rate: Share
    population: Count
    responses: list[tuple[str, int, float] | tuple[str, int, float, int]]
    """(conversation_id, turn_index, probability of being drawn, place of its stratum in `strata`)"""
    strata: list[SampleStratum] | None = None
    """None: drawn at one rate for all."""
    cutoff: Share | None = None
    """The budget ended the judging there: `responses` are those before it, and each was judged with its probability
    × cutoff. None: nothing was cut off yet."""


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
    day: date | None = None
    """Day whose sample it is of."""
    content_key: str | None = None
    """Digest of what the judge was shown and how it was asked, under which a verdict is reused."""
    is_reused: bool = False
    charged_tokens: Count | None = None
    """What budgets count: tokens that the server said, the worst case of calls of which it did not say."""
    charged_usd: float | None = None
    votes: list[Share] | None = None
    """Scores of the single votes, where there were several."""
    spread: Share | None = None
    """Standard deviation of the votes."""


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
    exposure_halves: list[dict[str, Any]] = Field(default_factory=list)
    """The rules that each half of the users alone would give; empty where a half has no member, and in older events."""


class AlertRaised(Payload):
    """A value went beyond its limit, or a metric got worse with a version.

    Native ids of a limit: its name, segment; revision: last day of the window. Of a regression: "regression",
    assistant, dimension, version, version before, metric; no revision.
    """

    metric: str
    segment: str | None
    value: float
    threshold: float
    raised_at: datetime
    """Start of the newest conversation of the window, UTC."""
    name: str | None = None
    """The limit's name; events of before it had one have none of the fields from here on."""
    statistic: str | None = None
    """mean, p50, p95 or p99: what `value` is."""
    direction: Literal["above", "below"] | None = None
    segment_kind: str | None = None
    """all, assistant, version, channel, persona or topic: what `segment` is a value of."""
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    """90 % interval of the mean."""
    conversation_count: Count | None = None
    last_day: date | None = None
    window_days: Count | None = None
    kind: Literal["limit", "regression"] | None = None
    """None: a limit. A regression's `value` is the new version's, its `threshold` that of the version before, and it
    has the fields from here on."""
    version_before: str | None = None
    difference: float | None = None
    """New version minus the one before, with the ends of its confidence sequence; an end may be unbounded."""
    difference_low: float | None = None
    difference_high: float | None = None
    method: str | None = None


class VersionCompared(Payload):
    """A new version against the one before, as of a day. Native ids: assistant, dimension, both; revision: day."""

    assistant_id: str
    dimension: Literal["assistant_version", "config_version"]
    version: str
    version_before: str
    first_day: date
    """The new version's, in the team's time zone."""
    day: date
    level: Share
    """Probability with which all sequences hold together, at every look."""
    differences: list[dict[str, Any]]
    """Each: metric, method, difference, low, high, value, value_before, n, n_before, verdict, is_flagged."""
