"""Times of spans: Unix numbers of any unit, or ISO 8601; without an offset they are UTC, as tracers write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

__all__ = ["instant"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS: Final = ((1e17, 1000), (1e14, 1), (1e11, 0.001))
"""From which size on a number counts nanoseconds, microseconds, milliseconds, and how many make a microsecond."""


def instant(value: Any) -> datetime | None:
    """Give the time that a span means; None where it gives none that can be read.

    >>> instant("1728803137170000000").isoformat(), instant("2024-10-13T07:05:37.17").isoformat()
    ('2024-10-13T07:05:37.170000+00:00', '2024-10-13T07:05:37.170000+00:00')
    """
    if isinstance(value, str):
        if not value.isdigit():
            return _iso(value)
        if len(value) > 20:
            return None
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 4.2e18:
        return None
    return _EPOCH + timedelta(microseconds=_microseconds(value))


def _microseconds(value: float) -> int:
    for least, per_microsecond in _UNITS:
        if value >= least:
            if per_microsecond == 1000:
                return int(value // 1000)
            return round(value / per_microsecond)
    return round(value * 1_000_000)


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
