"""Figures in words: percentages, points and intervals as every form of the report writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from upturn.report.estimate import Estimate

__all__ = [
    "conversations",
    "day_name",
    "interval_text",
    "measured",
    "metric_name",
    "milliseconds",
    "percent",
    "points",
    "share",
    "signed",
]

UNKNOWN: Final = "not known"
_MINUS: Final = "−"


def percent(value: float | None, digits: int = 0) -> str:
    """Give a share as per cent.

    >>> percent(0.784, 1), percent(None)
    ('78.4 %', 'not known')
    """
    return UNKNOWN if value is None else f"{100 * value:.{digits}f} %"


def signed(value: float, digits: int = 1) -> str:
    """Give a number with its sign, a true minus, and no sign for what rounds to 0.

    >>> signed(1.25), signed(-0.31), signed(-0.04)
    ('+1.2', '−0.3', '0.0')
    """
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0:
        return text
    return f"{'+' if value > 0 else _MINUS}{text}"


def points(estimate: Estimate, *, unit: bool = True) -> str:
    """Give a difference of rates in points with its interval.

    >>> points(Estimate(0.0312, 0.0121, 0.0523, 100))
    '+3.1 points (+1.2 to +5.2)'
    >>> points(Estimate(None, None, None, 0))
    'not known'
    """
    if estimate.value is None:
        return UNKNOWN
    text = signed(100 * estimate.value) + (" points" if unit else "")
    return f"{text} ({interval_text(estimate.times(100))})" if estimate.low is not None else text


def interval_text(estimate: Estimate, digits: int = 1) -> str:
    """Give the two ends of a signed interval.

    >>> interval_text(Estimate(1.0, -0.4, 2.9, 10))
    '−0.4 to +2.9'
    """
    if estimate.low is None or estimate.high is None:
        return "no interval"
    return f"{signed(estimate.low, digits)} to {signed(estimate.high, digits)}"


def share(estimate: Estimate, digits: int = 1) -> str:
    """Give a rate with its 90 % interval and what it stands on.

    >>> share(Estimate(0.8, 0.726696, 0.857498, 100))
    '80.0 % (72.7–85.7, n = 100)'
    """
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return UNKNOWN
    low, high = f"{100 * estimate.low:.{digits}f}", f"{100 * estimate.high:.{digits}f}"
    return f"{percent(estimate.value, digits)} ({low}–{high}, n = {estimate.count:,})"


def conversations(estimate: Estimate) -> str:
    """Give an impact in conversations a week.

    >>> conversations(Estimate(31.2, 12.1, 52.3, 1000))
    '+31 conversations a week (+12 to +52)'
    """
    if estimate.value is None:
        return UNKNOWN
    text = f"{signed(estimate.value, 0)} conversations a week"
    return f"{text} ({interval_text(estimate, 0)})" if estimate.low is not None else text


def milliseconds(value: float | None) -> str:
    """Give a duration in seconds.

    >>> milliseconds(3286.2)
    '3.29 s'
    """
    return UNKNOWN if value is None else f"{value / 1000:.2f} s"


def metric_name(metric: str, scorer: str) -> str:
    """Name a metric, and who scored it where it was not a rule.

    >>> metric_name("helpfulness", "judge"), metric_name("safety", "rule")
    ('helpfulness (judge)', 'safety')
    """
    return metric if scorer == "rule" else f"{metric} ({scorer})"


def day_name(moment: datetime) -> str:
    """Give the day of a moment.

    >>> day_name(datetime(2026, 11, 3))
    '3 Nov 2026'
    """
    return f"{moment.day} {moment:%b %Y}"


_OF_ONE: Final = frozenset(
    {"satisfaction", "accuracy", "relevance", "coherence", "completeness", "helpfulness", "safety", "efficiency"}
)


def measured(metric: str, value: float, *, is_difference: bool = False) -> str:
    """Give a measure in the unit that people read: rates, shares and scores in percent, times in seconds.

    >>> measured("satisfaction", 0.62), measured("response_ms", 4100), measured("turn_count", 7.25)
    ('62 %', '4.1 s', '7.25')
    >>> measured("error_rate", -0.0312, is_difference=True)
    '−3.12 points'
    """
    sign = "+" if is_difference and value > 0 else ""
    if metric in _OF_ONE or metric.endswith(("_rate", "_share")):
        text = f"{sign}{100 * value:.3g} {'points' if is_difference else '%'}"
    elif metric.endswith("_ms"):
        text = f"{sign}{value / 1000:,.3g} s"
    else:
        text = f"{sign}{value:,.3g}"
    return text.replace("-", "\u2212")
