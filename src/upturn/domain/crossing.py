"""When a value crosses its limit: once, on the first day beyond it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

__all__ = ["Reading", "crossings"]


@dataclass(frozen=True)
class Reading:
    """A metric over the window that ends with a day, for one value of a segment."""

    day: date
    """Last day of the window."""
    segment: str | None
    """Such as `web`; None: all conversations."""
    value: float
    """The statistic that the limit is about."""
    mean: float
    low: float | None
    high: float | None
    """90 % interval of the mean; None: too few users."""
    conversation_count: int
    newest_at: datetime
    """Start of the window's newest conversation, UTC."""


def crossings(
    readings: Iterable[Reading], *, is_beyond: Callable[[float], bool], min_conversations: int, first_day: date
) -> list[Reading]:
    """Give the readings from `first_day` on that are beyond the limit while the day before is not.

    Segments are looked at one by one. A window with fewer than `min_conversations` is not beyond it.
    The order is by day, then segment; no readings give no crossings.
    """
    beyond = {
        (one.day, one.segment): one
        for one in readings
        if one.conversation_count >= min_conversations and is_beyond(one.value)
    }
    found = [
        one
        for (day, segment), one in beyond.items()
        if day >= first_day and (day - timedelta(days=1), segment) not in beyond
    ]
    return sorted(found, key=lambda one: (one.day, one.segment or ""))
