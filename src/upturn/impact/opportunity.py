"""Opportunity of a fix: how far the success rate would rise if the exposed went as well as comparable others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from upturn.impact.cohort import ONE, Cohort, Integers
from upturn.impact.resampling import CellSums, Resampler, interval

__all__ = ["Opportunity", "estimate_opportunity"]

MIN_USERS: Final = 10
"""Fewest users on either side: below this a percentile interval covers too seldom to be called 90 %."""
MIN_EFFECTIVE_USERS: Final = 5.0
"""Least Kish effective number of exposed users, (Σn)² / Σn²: a chatty user is no evidence about the others."""
MIN_COMPARED_SHARE: Final = 0.25
"""Least share of the exposed that must be left once the heaviest users are kept out of the comparison."""
MIN_STRATUM: Final = 5
"""Fewest unexposed conversations that make a stratum comparable."""
MIN_OVERLAP: Final = 0.5
"""Least share of the exposed that must have comparable unexposed conversations."""


@dataclass(frozen=True)
class Opportunity:
    """reach × gap with its 90 % interval; figures are None and `reason` says why where they can't be seen."""

    exposed_count: int
    reach: float | None
    """Share of the window's conversations that are exposed, 0..1; None in an empty window."""
    exposed_success: float | None = None
    """Mean success of the exposed, 0..1; None where there is none."""
    overlap: float | None = None
    """Share of the exposed in strata with comparable unexposed conversations, 0..1."""
    compared_by: str | None = None
    """What the compared conversations have in common."""
    heavy_users: int = 0
    """Users who hold so much of the exposed that they are counted for the reach and kept out of the gap."""
    heavy_share: float = 0.0
    """Share of the exposed that they hold, 0..1."""
    gap: float | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    draws: NDArray[np.float64] | None = None
    """(draws,) bootstrap draws of `value`."""
    reason: str | None = None


def estimate_opportunity(
    cohort: Cohort, exposed: Integers, resampler: Resampler, *, crossed: Integers | None = None
) -> Opportunity:
    """Estimate reach × gap for the conversations at the positions `exposed`.

    Within each stratum the success of the unexposed is compared with that of the exposed; the strata are weighted
    by the exposed they hold (post-stratification), so a different mix of channels or personas makes no gap. The
    rates are over all the exposed, failed or not: the size of a failure cluster plays no part. Users so heavy that
    the gap would be theirs alone are kept out of it, with all that they did; their conversations count for the reach.

    Parameters
    ----------
    exposed : (m,) int64 positions in the cohort, each once. None exposed: no figures, and the reason.
    resampler : the user weights, made over `cohort.user`.
    crossed : (k,) int64 positions that a rule exposes which these conversations' users had no part in choosing (cross-
        fitting): the gap is between them and the others, the reach stays that of `exposed`. None: `exposed` itself.

    Source: `docs/reference/statistics.md`.
    """
    is_exposed = np.zeros(len(cohort), dtype=bool)
    is_exposed[exposed] = True
    count = int(is_exposed.sum())
    if count == 0:
        empty = "no conversation of the window is exposed" if len(cohort) else "the window holds no conversation"
        return Opportunity(0, 0.0 if len(cohort) else None, reason=empty)
    reach = count / len(cohort)
    success = round(int(cohort.success[is_exposed].sum()) / count / ONE, 6)
    reaches = _reaches(cohort, is_exposed, resampler)
    if crossed is not None:
        is_exposed = np.zeros(len(cohort), dtype=bool)
        is_exposed[crossed] = True
        if not len(crossed):
            return Opportunity(
                count, round(reach, 6), success, reason="what half of the users show is not found among the others"
            )
    heavy = _heavy_users(cohort.user[is_exposed])
    is_compared = ~np.isin(cohort.user, heavy)
    compared_by, cohort, comparable, overlap = _comparable_strata(cohort, is_exposed, is_compared)
    reason = _too_thin(cohort, is_exposed, is_compared, comparable, overlap)
    if reason is not None:
        return Opportunity(count, round(reach, 6), success, overlap, reason=reason)
    gaps = _gaps(cohort, is_exposed, is_compared, comparable, resampler)
    values = gaps * reaches
    low, high = interval(values[1:])
    return Opportunity(
        exposed_count=count,
        reach=round(reach, 6),
        exposed_success=success,
        overlap=overlap,
        compared_by=compared_by,
        heavy_users=len(heavy),
        heavy_share=round(int((is_exposed & ~is_compared).sum()) / int(is_exposed.sum()), 6),
        gap=round(float(gaps[0]), 6),
        value=round(float(values[0]), 6),
        low=round(low, 6),
        high=round(high, 6),
        draws=values[1:],
    )


def _heavy_users(exposed_user: Integers) -> Integers:
    """Give the fewest users, heaviest first, without whom the exposed are worth `MIN_EFFECTIVE_USERS` users.

    None where too little would be left of the exposed. Of equally heavy users the one with the lower code goes first.
    """
    users, held = np.unique(exposed_user, return_counts=True)
    order = np.lexsort((users, -held))
    kept = held[order].astype(np.float64)
    left = np.cumsum(kept[::-1])[::-1]
    effective = left**2 / np.cumsum(kept[::-1] ** 2)[::-1]
    enough = np.flatnonzero((effective >= MIN_EFFECTIVE_USERS) & (left >= MIN_COMPARED_SHARE * left[0]))
    return users[order[: enough[0] if len(enough) else 0]].astype(np.int64)


def _comparable_strata(
    cohort: Cohort, is_exposed: NDArray[np.bool_], is_compared: NDArray[np.bool_]
) -> tuple[str, Cohort, Integers, float]:
    """Give the finest strata in which most of the exposed have comparables; the finest of all where none has."""
    found = []
    is_exposed, is_other = is_exposed & is_compared, ~is_exposed & is_compared
    for name, stratum in (("assistant, channel and persona", cohort.stratum), *cohort.coarser):
        size = int(stratum.max()) + 1
        exposed = np.bincount(stratum[is_exposed], minlength=size)
        unexposed = np.bincount(stratum[is_other], minlength=size)
        comparable = np.flatnonzero((exposed > 0) & (unexposed >= MIN_STRATUM)).astype(np.int64)
        overlap = round(int(exposed[comparable].sum()) / int(exposed.sum()), 6)
        found.append((name, replace(cohort, stratum=stratum), comparable, overlap))
    return next((each for each in found if each[3] >= MIN_OVERLAP), found[0])


def _too_thin(
    cohort: Cohort,
    is_exposed: NDArray[np.bool_],
    is_compared: NDArray[np.bool_],
    comparable: Integers,
    overlap: float,
) -> str | None:
    """Say why no interval can be given, or None where it can."""
    per_user = np.bincount(cohort.user[is_exposed & is_compared]).astype(np.float64)
    users = int((per_user > 0).sum())
    heavy = len(np.unique(cohort.user[is_exposed & ~is_compared]))
    if users < MIN_USERS and heavy:
        return f"too few cases: {users} exposed users beside {heavy} very heavy ones, at least {MIN_USERS} are needed"
    if users < MIN_USERS:
        return f"too few cases: {users} exposed users, at least {MIN_USERS} are needed"
    effective = per_user.sum() ** 2 / (per_user**2).sum()
    if effective < MIN_EFFECTIVE_USERS:
        largest = per_user.max() / per_user.sum()
        return f"one user holds {largest:.0%} of the exposed conversations: that says little about the others"
    if overlap < MIN_OVERLAP:
        return (
            f"nothing to compare with: only {overlap:.0%} of the exposed have unexposed conversations of the same "
            "assistant, channel and persona, and no coarser group has more"
        )
    others = ~is_exposed & is_compared & np.isin(cohort.stratum, comparable)
    other_users = len(np.unique(cohort.user[others]))
    if other_users < MIN_USERS:
        return f"too few comparable cases: {other_users} unexposed users, at least {MIN_USERS} are needed"
    return None


def _reaches(cohort: Cohort, is_exposed: NDArray[np.bool_], resampler: Resampler) -> NDArray[np.float64]:
    """Give the share of the exposed, (1 + draws,); entry 0 is the estimate itself."""
    sums = resampler.sums(is_exposed.astype(np.int64), 2, cohort.success)
    shares: NDArray[np.float64] = sums.count[:, 1] / sums.count.sum(axis=1)
    return shares


def _gaps(
    cohort: Cohort,
    is_exposed: NDArray[np.bool_],
    is_compared: NDArray[np.bool_],
    comparable: Integers,
    resampler: Resampler,
) -> NDArray[np.float64]:
    """Give the gap, (1 + draws,); entry 0 is the estimate itself."""
    width = len(comparable)
    place = np.full(int(cohort.stratum.max()) + 1, -1, dtype=np.int64)
    place[comparable] = np.arange(width)
    stratum = np.where(is_compared, place[cohort.stratum], -1)
    rest = 2 * width
    cell = np.where(stratum < 0, rest, stratum + np.where(is_exposed, 0, width))
    return _gap(resampler.sums(cell, rest + 1, cohort.success), width)


def _gap(sums: CellSums, width: int) -> NDArray[np.float64]:
    """Give unexposed minus exposed success, post-stratified to the exposed; a stratum that a draw left empty is out."""
    exposed, others = sums.count[:, :width], sums.count[:, width : 2 * width]
    is_seen = (exposed > 0) & (others > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = exposed * sums.success[:, width : 2 * width] / others
        missing = np.where(is_seen, expected - sums.success[:, :width], 0.0).sum(axis=1)
        gap: NDArray[np.float64] = missing / np.where(is_seen, exposed, 0.0).sum(axis=1) / ONE
    return np.round(gap, 12)
