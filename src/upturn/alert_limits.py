"""Limits whose crossing raises an alert: `[[thresholds.alerts]]` in `upturn.toml`."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

__all__ = ["ALERT_METRICS", "AlertLimit", "AlertLimits", "alert_limits"]

ALERT_METRICS: Final = (
    "success_rate", "resolution_rate", "containment_rate", "escalation_rate", "abandonment_rate", "rephrase_rate",
    "answer_repeat_rate", "repeat_contact_rate", "context_loss_rate", "error_rate", "turns_to_resolution", "turn_count",
    "duration_ms", "first_response_ms", "response_ms", "user_gap_ms", "consecutive_share", "length_ratio",
    "satisfaction", "sentiment", "sentiment_change", "accuracy", "relevance", "coherence", "completeness",
    "helpfulness", "safety", "efficiency",
)  # fmt: skip
"""The metrics of `behaviour`, then the quality metrics, as scored by rules."""

Segment = Literal["all", "assistant", "version", "channel", "persona", "topic"]


class AlertLimit(BaseModel):
    """A limit on one metric over a moving window, for all conversations or for each value of a segment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    """Part of an alert's identity; a limit with a default's name takes its place."""
    metric: str
    """One of `ALERT_METRICS`."""
    statistic: Literal["mean", "p50", "p95", "p99"] = "mean"
    """Of `response_ms` percentiles are over responses, else over conversations."""
    above: float | None = None
    below: float | None = None
    """Beyond which it alerts, in the metric's unit: exactly one of the two."""
    window_days: Annotated[int, Field(ge=1, le=92)] = 7
    segment: Segment = "all"
    min_conversations: Annotated[int, Field(ge=1)] = 20
    """Windows with fewer say nothing."""
    is_on: bool = True

    @model_validator(mode="after")
    def _has_one_limit(self) -> AlertLimit:
        if self.metric not in ALERT_METRICS:
            raise ValueError(f"no metric {self.metric!r}: expected one of {', '.join(ALERT_METRICS)}")
        if (self.above is None) == (self.below is None):
            raise ValueError("expected one of `above` and `below`")
        return self

    @property
    def threshold(self) -> float:
        """The limit, in the metric's unit."""
        return self.above if self.above is not None else self.below or 0.0

    def is_beyond(self, value: float) -> bool:
        """Whether `value` is beyond the limit; the limit itself is not."""
        return value > self.threshold if self.above is not None else value < self.threshold


def _names_once(alerts: tuple[AlertLimit, ...]) -> tuple[AlertLimit, ...]:
    names = [alert.name for alert in alerts]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two alerts are named {twice[0]}")
    return alerts


AlertLimits = Annotated[tuple[AlertLimit, ...], AfterValidator(_names_once)]
"""The limits that a home gives, no two of one name."""


def alert_limits(latency_ms: float, given: tuple[AlertLimit, ...]) -> tuple[AlertLimit, ...]:
    """Give the limits in force: those given, and the defaults whose names they don't take; what is off is left out.

    Defaults: p95 of the response time over `latency_ms`, more than 5 % of conversations with an error, satisfaction
    under 3.5 of 5, which is .625 on 0..1.
    """
    defaults = (
        AlertLimit(name="response_time", metric="response_ms", statistic="p95", above=latency_ms),
        AlertLimit(name="error_rate", metric="error_rate", above=0.05),
        AlertLimit(name="satisfaction", metric="satisfaction", below=0.625),
    )
    taken = {limit.name for limit in given}
    return tuple(limit for limit in (*(one for one in defaults if one.name not in taken), *given) if limit.is_on)
