"""Which metrics are exposed: name, kind, what it says, labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["DURATION_BOUNDS", "FAMILIES", "Family"]


@dataclass(frozen=True)
class Family:
    """One metric. A counter's samples carry `_total` at the end of its name."""

    name: str
    kind: Literal["counter", "gauge"]
    says: str
    labels: tuple[str, ...] = ()


FAMILIES: Final = (
    Family("test_executions", "counter", "Executed test cases", ("test_type", "result")),
    Family("response_quality_score", "gauge", "Mean score of the newest week's responses, 0..1", ("metric_type",)),
    Family(
        "user_satisfaction_score", "gauge", "Mean volunteered feedback, newest week with any, 0..1", ("assistant_id",)
    ),
    Family("optimization_improvements", "counter", "Shipped fixes measured as improvements", ("improvement_type",)),
    Family("upturn_conversations", "gauge", "Closed production conversations in the warehouse", ("assistant_id",)),
    Family("upturn_alerts", "counter", "Alerts raised", ("alert",)),
    Family("upturn_quarantined_records", "gauge", "Refused records kept", ("source", "rule")),
    Family("upturn_stage_completed_timestamp_seconds", "gauge", "When a stage last changed something", ("stage",)),
    Family("upturn_stage_day_timestamp_seconds", "gauge", "Newest day a stage has done", ("stage",)),
    Family("upturn_log_version", "gauge", "Event log version that the published warehouse holds"),
    Family("upturn_suggestions_pending", "gauge", "Suggestions that wait for a decision"),
)
"""Beside the histogram `conversation_duration_seconds{user_type}`."""

DURATION_BOUNDS: Final = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""Upper bounds of the histogram's buckets, seconds; a last one is open."""
