"""The weekly report as frozen data: all that a renderer needs, gathered once, every text in it already plain."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from upturn.report.actions import Bets, DecisionMade, ListedSuggestion, Release, ShippedFix
from upturn.report.arrivals import Completeness
from upturn.report.estimate import NOTHING, Estimate
from upturn.report.words import measured

__all__ = [
    "Alert",
    "AnswerPlace",
    "Calibrated",
    "FailureCluster",
    "FeedbackKind",
    "Headline",
    "Latency",
    "QualityPoint",
    "Segment",
    "TopicFailures",
    "WeeklyReport",
]


@dataclass(frozen=True)
class Headline:
    """One week in figures. Rates are 0..1."""

    week: str
    conversation_count: int
    user_count: int
    """Users with a key."""
    nameless_count: int
    """Conversations whose user nobody named."""
    turn_count: int
    escalated_count: int
    success: Estimate
    told: Estimate
    """Share resolved, of those whose source says how they ended."""
    told_success: Estimate
    """Estimated success of those."""
    satisfaction: Estimate


@dataclass(frozen=True)
class QualityPoint:
    """One metric in one week, by one scorer. `score` is 0..1."""

    week: str
    metric: str
    scorer: str
    score: Estimate
    response_count: int
    unscored_count: int


@dataclass(frozen=True)
class TopicFailures:
    """How one topic fared. `failure` is 0..1."""

    topic_id: str | None
    title: str | None
    failed_total: float
    failure: Estimate


@dataclass(frozen=True)
class FailureCluster:
    """A cluster of failures alike, with its failures of the week."""

    cluster_id: str
    title: str
    status: str
    size: int
    stability: float | None
    first_seen: date
    week_count: int


@dataclass(frozen=True)
class Latency:
    """How long answers took: milliseconds."""

    threshold_ms: float
    bin_ms: float
    response_count: int
    slow: Estimate
    """Share over the threshold."""
    median_ms: float | None
    p95_ms: float | None
    bins: tuple[tuple[float, int], ...]
    """(start, answers); the last possible bin is open to the right."""


@dataclass(frozen=True)
class AnswerPlace:
    """Success at the n-th answer, among conversations that got there."""

    answer: int
    success: Estimate
    failed_count: int


@dataclass(frozen=True)
class Segment:
    """Success of one persona on one channel."""

    persona: str | None
    channel: str
    success: Estimate


@dataclass(frozen=True)
class FeedbackKind:
    """What people said in one way."""

    kind: str
    author: str
    is_volunteered: bool
    feedback_count: int
    comment_count: int
    score: float | None
    people_count: int


@dataclass(frozen=True)
class Alert:
    """A limit that was crossed, or a metric that got worse with a version."""

    metric: str
    segment: str | None
    value: float
    threshold: float
    raised_at: datetime
    statistic: str | None
    mean: float | None
    conversation_count: int | None
    version_before: str | None = None
    difference: float | None = None
    """Of a regression; None: a limit."""
    difference_low: float | None = None
    difference_high: float | None = None
    method: str | None = None

    @property
    def line(self) -> str:
        """What was seen and what the limit is, such as `response ms, p95, on web: 4.1 s (mean 1.2 s), limit 3 s`."""
        name = self.metric.replace("_", " ")
        if self.difference is not None:
            low, high = (
                "…" if end is None else measured(self.metric, end, is_difference=True)
                for end in (self.difference_low, self.difference_high)
            )
            return (
                f"Worse in {self.segment} than in {self.version_before}: {name} {measured(self.metric, self.value)} "
                f"against {measured(self.metric, self.threshold)}, difference "
                f"{measured(self.metric, self.difference, is_difference=True)} ({low} to {high}; {self.method}), "
                f"{self.conversation_count} observations"
            )
        what = f"{name}, {self.statistic}" if self.statistic and self.statistic != "mean" else name
        where = f", on {self.segment}" if self.segment else ""
        mean = (
            f" (mean {measured(self.metric, self.mean)})" if self.mean is not None and self.statistic != "mean" else ""
        )
        count = f", {self.conversation_count} conversations" if self.conversation_count is not None else ""
        limit = measured(self.metric, self.threshold)
        return f"{what}{where}: {measured(self.metric, self.value)}{mean}, limit {limit}{count}"


@dataclass(frozen=True)
class Calibrated:
    """A scorer beside the people who labelled what it scored. Scores are 0..1, `bias` is score − label."""

    metric: str
    scorer: str
    scorer_version: str
    label_count: int
    agreement: float
    kappa: float | None
    bias: float
    mean_score: float
    corrected: float
    corrected_low: float | None
    corrected_high: float | None
    labels_to_halve: int | None


@dataclass(frozen=True)
class WeeklyReport:
    """One week of a home."""

    week: str
    label: str
    timezone: str
    is_over: bool
    """Whether the warehouse reads the log up to the week's end; False: the figures are preliminary."""
    as_of: datetime | None
    window_days: int
    label_count: int
    headline: Headline | None
    """None: no conversation in the week."""
    previous: Headline | None
    change: Estimate
    """Success minus that of the week before, −1..1."""
    change_at_one_mix: Estimate = NOTHING
    """The same, had assistants and channels had this week's shares before too; no value where that can't be told."""
    history: tuple[Headline, ...] = ()
    """The weeks up to this one that have conversations, oldest first."""
    suggestions: tuple[ListedSuggestion, ...] = ()
    is_published: bool = False
    pending_count: int = 0
    """Suggestions that could stand on the list, listed or not."""
    shipped: tuple[ShippedFix, ...] = ()
    bets: Bets | None = None
    decisions: tuple[DecisionMade, ...] = ()
    releases: tuple[Release, ...] = ()
    quality: tuple[QualityPoint, ...] = ()
    topics: tuple[TopicFailures, ...] = ()
    clusters: tuple[FailureCluster, ...] = ()
    latency: Latency | None = None
    """None: nothing was measured."""
    answers: tuple[AnswerPlace, ...] = ()
    segments: tuple[Segment, ...] = ()
    feedback: tuple[FeedbackKind, ...] = ()
    calibration: tuple[Calibrated, ...] = ()
    """As it stands now, over everything that labels were drawn from."""
    alerts: tuple[Alert, ...] = ()
    completeness: Completeness = field(default_factory=Completeness)
