"""Effect of a shipped fix: difference in differences of success, exposed against unexposed, before against after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from upturn.impact.cohort import ONE, Cohort
from upturn.impact.resampling import CellSums, Resampler, interval

__all__ = ["NOT_MEASURABLE", "Effect", "Verdict", "measure_effect"]

Verdict = Literal["improved", "worsened", "no measurable effect", "too little data", "not measurable"]

MIN_USERS: Final = 10
"""Fewest users in each of the four cells: exposed or not, before or after."""
INTERIM_LEVEL: Final = 0.998
"""Level of the interval that decides before the horizon's end: early looks spend next to nothing of the error.

Source: Haybittle 1971, Peto et al. 1976 (p < 0.001 on each side at interim looks)."""


@dataclass(frozen=True)
class Effect:
    """Change of the success rate among the exposed that the unexposed did not share, −1..1, and what it says."""

    value: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    before_count: int
    after_count: int


NOT_MEASURABLE: Final = Effect(None, None, None, "not measurable", 0, 0)
"""Whom the fix touched can't be told: no data would do."""


def measure_effect(
    cohort: Cohort, is_exposed: NDArray[np.bool_], is_after: NDArray[np.bool_], *, draws: int, seed: int, is_final: bool
) -> Effect:
    """Measure (after − before among the exposed) − (after − before among the unexposed), within strata.

    Strata are weighted by the exposed they hold afterwards; one that lacks any of the four cells is left out. The
    interval is 90 % by bootstrap over users, who keep their weight on both sides of the shipping date.

    Parameters
    ----------
    is_exposed, is_after : (n,) bool beside the cohort's rows.
    is_final : whether the horizon is over. Before, only a far stricter interval may decide, so that looking early
        and often does not make an effect.

    Source: Card & Krueger 1994 for the estimator; `docs/reference/statistics.md`.
    """
    before = int((is_exposed & ~is_after).sum())
    after = int((is_exposed & is_after).sum())
    if _fewest_users(cohort, is_exposed, is_after) < MIN_USERS:
        return Effect(None, None, None, "too little data", before, after)
    width = int(cohort.stratum.max()) + 1
    cell = cohort.stratum + width * (is_exposed.astype(np.int64) + 2 * is_after.astype(np.int64))
    resampler = Resampler.over(cohort.user, draws=draws, seed=seed)
    values = _differences(resampler.sums(cell, 4 * width, cohort.success), width)
    if not np.isfinite(values[0]):
        return Effect(None, None, None, "too little data", before, after)
    low, high = interval(values[1:])
    decisive = (low, high) if is_final else interval(values[1:], INTERIM_LEVEL)
    return Effect(round(float(values[0]), 6), round(low, 6), round(high, 6), _verdict(*decisive), before, after)


def _fewest_users(cohort: Cohort, is_exposed: NDArray[np.bool_], is_after: NDArray[np.bool_]) -> int:
    sides = [mask & period for mask in (is_exposed, ~is_exposed) for period in (is_after, ~is_after)]
    return min(len(np.unique(cohort.user[side])) for side in sides)


def _differences(sums: CellSums, width: int) -> NDArray[np.float64]:
    """Give the difference in differences of every draw, (1 + draws,)."""
    shape = (len(sums.count), 4, width)
    count, success = sums.count.reshape(shape), sums.success.reshape(shape)
    is_seen = (count > 0).all(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = success / count / ONE
        change = (rate[:, 3] - rate[:, 1]) - (rate[:, 2] - rate[:, 0])
        weight = np.where(is_seen, count[:, 3], 0.0)
        result: NDArray[np.float64] = np.where(is_seen, weight * change, 0.0).sum(axis=1) / weight.sum(axis=1)
    return np.round(result, 12)


def _verdict(low: float, high: float) -> Verdict:
    if low > 0:
        return "improved"
    return "worsened" if high < 0 else "no measurable effect"
