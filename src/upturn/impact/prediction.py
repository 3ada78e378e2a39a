"""Predicted effect of a fix: the opportunity, shrunk over the list, times the share of it that fixes usually close."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from upturn.impact.fixability import Fixability, fixability_of
from upturn.impact.opportunity import Opportunity
from upturn.impact.resampling import interval
from upturn.impact.shrinkage import shrink

__all__ = ["Impact", "labels_needed", "predict"]

Floats = NDArray[np.float64]

_Z90: Final = 1.6448536269514722
"""Standard normal quantile of 0.95."""
LABEL_PRECISION: Final = 0.05
"""Half-width of the 90 % interval that labels should give the success of the exposed."""


@dataclass(frozen=True)
class Impact:
    """Predicted effect in points of the success rate with its 90 % interval; None where there is no opportunity."""

    estimate: float | None
    low: float | None
    high: float | None
    prior_share: float | None
    """Share of the interval's width that comes from the fixability prior, 0..1."""


def predict(
    opportunities: Sequence[Opportunity],
    categories: Sequence[str],
    *,
    seed: int,
    fixability: Callable[[str], Fixability] = fixability_of,
) -> list[Impact]:
    """Give the predicted effect of each, in the order given; the order has no part in the figures.

    Parameters
    ----------
    seed : makes the draws of fixability repeatable.
    fixability : the belief about a fix by its category.
    """
    seen = [(index, each) for index, each in enumerate(opportunities) if each.draws is not None]
    impacts = [Impact(None, None, None, None) for _ in opportunities]
    values = np.array([each.value for _, each in seen], dtype=np.float64)
    errors = np.array([np.nanstd(np.asarray(each.draws)) for _, each in seen], dtype=np.float64)
    order = np.lexsort((errors, values))
    shrunken = shrink(values[order], errors[order])
    for place, position in enumerate(order):
        (index, each), error = seen[position], errors[position]
        spread = shrunken.deviation[place] / error if error > 0 else 0.0
        moved = shrunken.mean[place] + spread * (np.asarray(each.draws) - values[position])
        impacts[index] = _impact(float(shrunken.mean[place]), moved, fixability(categories[index]), seed)
    return impacts


def _impact(centre: float, opportunity: Floats, prior: Fixability, seed: int) -> Impact:
    low, high = interval(opportunity * prior.draw(len(opportunity), seed=seed))
    certain_low, certain_high = interval(opportunity * prior.mean)
    width = high - low
    share = max(0.0, 1 - (certain_high - certain_low) / width) if width > 0 else 0.0
    estimate = centre * prior.mean
    return Impact(
        estimate=round(estimate, 6),
        low=round(max(-1.0, min(low, estimate)), 6),
        high=round(min(1.0, max(high, estimate)), 6),
        prior_share=round(share, 4),
    )


def labels_needed(success: float) -> int:
    """Give how many labels, drawn at random from the exposed, would put ±5 points (90 %) on their success rate.

    At most: the labels alone are counted, without the help of the model. `success` is 0..1; a rate of 0 or 1 counts
    as one in a hundred off, since no finite sample shows certainty.

    Source: normal interval of a share, n = z² p (1 − p) / h²; Cochran 1977, ch. 4.

    >>> labels_needed(0.5)
    271
    """
    rate = min(max(success, 0.01), 0.99)
    return int(np.ceil(_Z90**2 * rate * (1 - rate) / LABEL_PRECISION**2))
