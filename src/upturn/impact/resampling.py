"""Bootstrap over users on sums per cell: rows are added up once per user group, then reweighted by a matrix product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from upturn.impact.cohort import Integers

__all__ = ["GROUPS", "CellSums", "Resampler", "interval"]

Floats = NDArray[np.float64]

GROUPS: Final = 1024
"""Most resampling units. More users than this are dealt at random into so many groups of users, and the groups
are resampled: the random-groups method (Wolter 2007, ch. 2). It costs a relative error of about
1/sqrt(2 × 1024) = 2 % in the standard error, and makes the work independent of the number of users."""


@dataclass(frozen=True)
class CellSums:
    """Weighted sums, (1 + draws, cells) float64; row 0 is the sample itself."""

    count: Floats
    success: Floats
    """In millionths of a conversation."""


@dataclass(frozen=True)
class Resampler:
    """User weights of a bootstrap: the same for every suggestion, so that their draws can be compared."""

    group: Integers
    """(n,) resampling unit of each conversation."""
    weights: Floats
    """(1 + draws, groups): row 0 is ones, the others multinomial counts."""

    @classmethod
    def over(cls, user: Integers, *, draws: int, seed: int) -> Resampler:
        """Draw the weights. `seed` makes groups and weights repeatable for the same users in the same order."""
        generator = np.random.default_rng([seed, 1])
        user_count = int(user.max()) + 1 if len(user) else 0
        group_count = min(user_count, GROUPS)
        if group_count == 0:
            return cls(group=user, weights=np.ones((1 + draws, 0)))
        dealt = generator.permutation(user_count) % group_count if user_count > GROUPS else np.arange(user_count)
        drawn = generator.multinomial(group_count, np.full(group_count, 1 / group_count), size=draws)
        weights = np.vstack([np.ones((1, group_count)), drawn])
        return cls(group=dealt[user].astype(np.int64), weights=weights)

    def sums(self, cell: Integers, cell_count: int, success: Integers) -> CellSums:
        """Give the sums of the rows with `cell >= 0`, per draw and cell.

        Every product is of whole numbers below 2^53, so the result is exact whatever the number of threads.
        """
        rows = np.flatnonzero(cell >= 0)
        size = self.weights.shape[1] * cell_count
        place = self.group[rows] * cell_count + cell[rows]
        shape = (self.weights.shape[1], cell_count)
        count = np.bincount(place, minlength=size).astype(np.float64).reshape(shape)
        total = np.bincount(place, weights=success[rows].astype(np.float64), minlength=size).reshape(shape)
        both = self.weights @ np.hstack([count, total])
        return CellSums(count=both[:, :cell_count], success=both[:, cell_count:])


def interval(draws: Floats, level: float = 0.90) -> tuple[float, float]:
    """Give the percentile interval of `draws`, NaN draws left out.

    Source: Efron & Tibshirani 1993, ch. 13.

    >>> low, high = interval(np.arange(101.0))
    >>> round(low, 6), round(high, 6)
    (5.0, 95.0)
    """
    tail = (1 - level) / 2
    low, high = np.nanquantile(draws, [tail, 1 - tail])
    return float(low), float(high)
