"""A figure with its 90 % interval and the number it stands on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

__all__ = ["NOTHING", "Estimate", "difference", "share_estimate"]

NORMAL_90: Final = 1.6448536269514722
"""95th percentile of the normal distribution: the half-width of a 90 % interval in standard errors."""

FEW: Final = 10
"""Conversations below which their spread says little about its own size."""


@dataclass(frozen=True)
class Estimate:
    """A value and its 90 % interval. No value: nothing was there to measure, which is never shown as 0."""

    value: float | None
    low: float | None
    high: float | None
    count: int

    def times(self, factor: float) -> Estimate:
        """Give the same in another unit; `factor` ≥ 0."""

        def scaled(value: float | None) -> float | None:
            return None if value is None else round(value * factor, 9)

        return Estimate(scaled(self.value), scaled(self.low), scaled(self.high), self.count)


NOTHING: Final = Estimate(None, None, None, 0)


def share_estimate(value: float | None, variance: float | None, count: int) -> Estimate:
    """Give a mean of values in 0..1 with its Wilson interval at the effective sample size.

    Parameters
    ----------
    value : the mean, 0..1; None gives an estimate without a value.
    variance : variance of the mean, clustered as it should be. None or 0 (one user only, or all alike), or one from
        fewer than `FEW` conversations, is not believed: `count` yes-or-no answers are assumed, so that the interval
        never collapses to a point. Nor is it believed to say more than `count` yes-or-no answers would: model
        probabilities that are all alike vary less than the outcomes that they stand for.
    count : conversations behind it.

    Source: Wilson (1927), with n replaced by value (1 - value) / variance as in Korn and Graubard (1998).

    >>> share_estimate(0.8, 0.0016, 100)
    Estimate(value=0.8, low=0.726696, high=0.857498, count=100)
    """
    if value is None or count == 0:
        return NOTHING
    spread = value * (1 - value)
    is_believed = count >= FEW and variance is not None and variance > 0 and spread > 0
    size = min(spread / variance, count) if is_believed and variance is not None else float(count)
    square = NORMAL_90**2
    centre = (value + square / (2 * size)) / (1 + square / size)
    half = NORMAL_90 / (1 + square / size) * math.sqrt(spread / size + square / (4 * size**2))
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return Estimate(round(value, 6), round(min(low, value), 6), round(max(high, value), 6), count)


def difference(newer: Estimate, older: Estimate) -> Estimate:
    """Give newer minus older with an interval by the square-and-add rule, as if the two were independent.

    The same users in both weeks make the true interval narrower, not wider. Without both values: no value.

    Source: Newcombe (1998), Statistics in Medicine 17, method 10.
    """
    if (
        newer.value is None
        or newer.low is None
        or newer.high is None
        or older.value is None
        or older.low is None
        or older.high is None
    ):
        return NOTHING
    value = newer.value - older.value
    down = math.hypot(newer.value - newer.low, older.high - older.value)
    up = math.hypot(newer.high - newer.value, older.value - older.low)
    return Estimate(round(value, 6), round(value - down, 6), round(value + up, 6), newer.count)
