"""Empirical-Bayes shrinkage of a ranked list: the largest of many noisy values is too large on average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Shrunken", "shrink"]

MIN_LIST: Final = 4
"""Shorter lists can't tell their own spread: they are left as they are."""
_ROUNDS: Final = 50


@dataclass(frozen=True)
class Shrunken:
    """Posterior mean and standard deviation, each (k,) float64 in the order given."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]


def shrink(values: NDArray[np.float64], errors: NDArray[np.float64]) -> Shrunken:
    """Pull each value towards the list's mean, the more the larger its standard error.

    A value without error stays; fewer than four values all stay. An empty list gives an empty one.

    Source: Morris 1983, Parametric empirical Bayes inference, JASA 78, 47-55, section 5 (unequal variances).
    """
    count = len(values)
    if count < MIN_LIST:
        return Shrunken(values.copy(), errors.copy())
    variance = errors**2
    between = _between(values, variance)
    if between == 0 and not variance.any():
        return Shrunken(values.copy(), errors.copy())
    weight = 1 / np.maximum(variance + between, 1e-18)
    centre = float((weight * values).sum() / weight.sum())
    pull = (count - 3) / (count - 1) * variance * weight
    mean = values + pull * (centre - values)
    typical = float((weight * (variance + between)).sum() / weight.sum())
    doubt = 2 / (count - 3) * pull**2 * typical * weight * (values - centre) ** 2
    return Shrunken(mean, np.sqrt(variance * (1 - (count - 1) / count * pull) + doubt))


def _between(values: NDArray[np.float64], variance: NDArray[np.float64]) -> float:
    """Give the variance between true values, at least 0, by Morris's iteration."""
    count, between = len(values), 0.0
    for _ in range(_ROUNDS):
        weight = 1 / np.maximum(variance + between, 1e-18)
        centre = (weight * values).sum() / weight.sum()
        excess = count / (count - 1) * (values - centre) ** 2 - variance
        between = max(0.0, float((weight * excess).sum() / weight.sum()))
    return between
