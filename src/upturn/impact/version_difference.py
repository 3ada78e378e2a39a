"""What a new version changed: differences of means and of percentiles between two versions, clustered by user."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from upturn.impact.cohort import Integers
from upturn.impact.sequence import boundary

__all__ = ["MIN_USERS", "Difference", "Observations", "mean_difference", "percentile_difference"]

Floats = NDArray[np.float64]

MIN_USERS: Final = 20
"""Fewest users on each side: below, a sequence that rests on a central limit is not to be trusted."""


@dataclass(frozen=True)
class Observations:
    """One entry per conversation (or response) of which a metric says something. All arrays are (n,)."""

    user: Integers
    """Code of the user, the same on both sides, from 0."""
    stratum: Integers
    """Code of the group within which versions are compared, such as the day, from 0; all 0: no groups."""
    is_new: NDArray[np.bool_]
    value: Floats


@dataclass(frozen=True)
class Difference:
    """New minus before, in the metric's unit."""

    value: float
    low: float
    high: float
    """Ends of the confidence sequence; infinite where the data don't bound it."""
    mean: float
    """The new version's mean or percentile."""
    mean_before: float
    n: int
    n_before: int


def mean_difference(seen: Observations, *, alpha: float) -> Difference | None:
    """Give the mean of the new version minus that of the one before, within strata.

    A stratum with n and m observations of the versions weighs n m / (n + m); one without both says nothing. The
    variance is the sandwich over users, the greater one of that about the two means and that about none: a version
    without any error so far is not known without error.

    Returns
    -------
    None: fewer than `MIN_USERS` users on a side, or users all alike. `mean − mean_before` is `value` only where there
    is one stratum.

    Source: Liang & Zeger 1986 (clusters); Mantel-Haenszel weights.
    """
    seen = _overlapping(seen)
    new, count = seen.is_new.astype(np.float64), len(seen.value)
    if _fewest_users(seen) < MIN_USERS:
        return None
    size = np.bincount(seen.stratum).astype(np.float64)
    centred = new - _mean_by(seen.stratum, new, size)
    weight = float((centred * new).sum())
    residual = seen.value - _mean_by(seen.stratum, seen.value, size)
    value = float((centred * residual).sum()) / weight
    fitted = residual - value * centred
    variance, spread = max(
        (_clustered(seen.user, centred * each) / weight**2, float((each**2).sum()) / (count - 1))
        for each in (fitted, residual)
    )
    if variance <= 0:
        return None
    half = boundary(spread / variance, alpha=alpha, degrees=_degrees(seen)) * variance**0.5
    return _difference(seen, value, value - half, value + half, lambda part: float(part.mean()))


def percentile_difference(seen: Observations, share: float, *, alpha: float) -> Difference | None:
    """Give a percentile of the new version minus that of the one before; strata only say which observations count.

    Each side has Woodruff's interval: the share at or below its percentile with a variance clustered by user, read
    off the ordered values. The two are put together by the method of variance estimates recovery.

    Parameters
    ----------
    share : of the observations that are at or below the percentile, 0..1 excluded.

    Returns
    -------
    None: fewer than `MIN_USERS` users on a side. An end is infinite where a side is too small to bound it.

    Source: Woodruff 1952; Zou & Donner 2008 for the combination.
    """
    seen = _overlapping(seen)
    if _fewest_users(seen) < MIN_USERS:
        return None
    sides = [_Side.of(seen.value[part], seen.user[part], share) for part in (seen.is_new, ~seen.is_new)]
    information = share * (1 - share) / sum(side.variance for side in sides)
    multiple = boundary(information, alpha=alpha, degrees=_degrees(seen))
    (at, low, high), (at_before, low_before, high_before) = (side.interval(share, multiple) for side in sides)
    value = at - at_before
    below, above = np.hypot(at - low, high_before - at_before), np.hypot(high - at, at_before - low_before)
    return _difference(
        seen, value, float(value - below), float(value + above), lambda part: _percentile(np.sort(part), share)
    )


@dataclass(frozen=True)
class _Side:
    ordered: Floats
    variance: float
    """Of the share at or below the percentile."""

    @classmethod
    def of(cls, values: Floats, user: Integers, share: float) -> _Side:
        ordered = np.sort(values)
        below = (values <= _percentile(ordered, share)).astype(np.float64) - share
        independent = share * (1 - share) * len(values)
        return cls(ordered, max(_clustered(user, below), independent) / len(values) ** 2)

    def interval(self, share: float, multiple: float) -> tuple[float, float, float]:
        """Give the percentile and the ends of its interval; values are at least 0."""
        half = multiple * self.variance**0.5
        low = _percentile(self.ordered, share - half) if share > half else 0.0
        high = _percentile(self.ordered, share + half) if share + half < 1 else np.inf
        return _percentile(self.ordered, share), low, high


def _percentile(ordered: Floats, share: float) -> float:
    return float(ordered[max(int(np.ceil(share * len(ordered))) - 1, 0)])


def _overlapping(seen: Observations) -> Observations:
    """Leave out strata that lack a version, and number those that stay."""
    width = int(seen.stratum.max()) + 1 if len(seen.stratum) else 0
    both = (np.bincount(seen.stratum[seen.is_new], minlength=width) > 0) & (
        np.bincount(seen.stratum[~seen.is_new], minlength=width) > 0
    )
    kept = both[seen.stratum]
    return Observations(
        user=seen.user[kept],
        stratum=(np.cumsum(both) - 1)[seen.stratum[kept]],
        is_new=seen.is_new[kept],
        value=seen.value[kept],
    )


def _fewest_users(seen: Observations) -> int:
    return min(int(np.count_nonzero(np.bincount(seen.user[part]))) for part in (seen.is_new, ~seen.is_new))


def _degrees(seen: Observations) -> int:
    """Give the effective number of users of the poorer side (Kish 1965), less one: a chatty one is not many."""
    held = [np.bincount(seen.user[part]).astype(np.float64) for part in (seen.is_new, ~seen.is_new)]
    return max(min(int(each.sum() ** 2 / (each**2).sum()) for each in held) - 1, 1)


def _mean_by(stratum: Integers, values: Floats, size: Floats) -> Floats:
    means: Floats = (np.bincount(stratum, weights=values) / size)[stratum]
    return means


def _clustered(user: Integers, scores: Floats) -> float:
    """Give the sum over users of their summed scores squared, times G / (G − 1) for G users."""
    users = int(np.count_nonzero(np.bincount(user)))
    return users / (users - 1) * float((np.bincount(user, weights=scores) ** 2).sum())


def _difference(
    seen: Observations, value: float, low: float, high: float, mean: Callable[[Floats], float]
) -> Difference:
    return Difference(
        value=value,
        low=low,
        high=high,
        mean=mean(seen.value[seen.is_new]),
        mean_before=mean(seen.value[~seen.is_new]),
        n=int(seen.is_new.sum()),
        n_before=int((~seen.is_new).sum()),
    )
