"""Watches a new version against the one before: all metrics at once, every day, at one stated rate of false alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from upturn.impact.cohort import Integers
from upturn.impact.version_difference import Difference, Observations, mean_difference, percentile_difference

__all__ = ["LEVEL", "METHODS", "WATCHED", "Comparison", "MetricSeen", "compare_versions"]

LEVEL: Final = 0.90
"""All sequences of a pair of versions hold together, at every look, with this probability. A false alarm is an error on
the worse side: half of the rest, 5 % of the pairs."""

WATCHED: Final[Mapping[str, Literal["higher", "lower"]]] = {
    "success_rate": "higher",
    "resolution_rate": "higher",
    "escalation_rate": "lower",
    "abandonment_rate": "lower",
    "rephrase_rate": "lower",
    "answer_repeat_rate": "lower",
    "context_loss_rate": "lower",
    "error_rate": "lower",
    "turn_count": "lower",
    "turns_to_resolution": "lower",
    "duration_ms": "lower",
    "first_response_ms": "lower",
    "response_ms": "lower",
    "response_p95_ms": "lower",
    "satisfaction": "higher",
    "sentiment": "higher",
    "accuracy": "higher",
    "relevance": "higher",
    "coherence": "higher",
    "completeness": "higher",
    "helpfulness": "higher",
    "safety": "higher",
    "efficiency": "higher",
}
"""Which side is better. Metrics without a better side are left out, as are mirrors of another (containment) and
`repeat_contact_rate`, which rises from the first day of a log on whatever the version."""

METHODS: Final = ("same days", "before and after, unadjusted")
"""Versions side by side on the days both ran; or the new one since its first day against the one before until then."""

_ALPHA: Final = (1 - LEVEL) / (len(WATCHED) * len(METHODS))
"""Bonferroni over a family fixed before anything is seen: intervals and flags agree, whatever depends on what."""
_PERCENTILES: Final = {"response_p95_ms": 0.95}
_ENOUGH_OVERLAP: Final = 0.5
"""Share of the new version's observations on days both ran from which they decide."""


@dataclass(frozen=True)
class MetricSeen:
    """What a metric says of both versions. All arrays are (n,), one entry per conversation (percentiles: response)."""

    user: Integers
    """Code of the user, the same on both sides, from 0."""
    day: Integers
    """Days since the new version's first; below 0: before it."""
    is_new: NDArray[np.bool_]
    value: NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """One metric of one pair of versions by one method."""

    metric: str
    method: str
    difference: Difference | None
    """None: too few users, or all alike."""
    n: int
    n_before: int
    verdict: Literal["worse", "better", "no difference shown", "too little data"]
    is_flagged: bool
    """Worse, by the method that decides for this metric."""


def compare_versions(seen: Mapping[str, MetricSeen]) -> list[Comparison]:
    """Compare the versions on every watched metric by both methods; those that one side lacks are left out.

    The order is that of `WATCHED`, then `METHODS`. Nothing seen gives an empty list.
    """
    return [one for metric in WATCHED if metric in seen for one in _compare(metric, seen[metric])]


def _compare(metric: str, seen: MetricSeen) -> list[Comparison]:
    sides = {METHODS[0]: _same_days(seen), METHODS[1]: _before_after(seen)}
    side_by_side = sides[METHODS[0]]
    shared = np.isin(side_by_side.stratum[side_by_side.is_new], side_by_side.stratum[~side_by_side.is_new])
    decides = METHODS[0] if shared.sum() >= _ENOUGH_OVERLAP * max(int(seen.is_new.sum()), 1) else METHODS[1]
    found = []
    for method, observed in sides.items():
        n, n_before = int(observed.is_new.sum()), int((~observed.is_new).sum())
        if n == 0 or n_before == 0:
            continue
        estimate = (
            partial(percentile_difference, share=_PERCENTILES[metric]) if metric in _PERCENTILES else mean_difference
        )
        difference = estimate(observed, alpha=_ALPHA)
        verdict = _verdict(difference, WATCHED[metric])
        found.append(
            Comparison(
                metric=metric,
                method=method,
                difference=difference,
                n=difference.n if difference else n,
                n_before=difference.n_before if difference else n_before,
                verdict=verdict,
                is_flagged=verdict == "worse" and method == decides,
            )
        )
    return found


def _same_days(seen: MetricSeen) -> Observations:
    kept = seen.day >= 0
    return Observations(user=seen.user[kept], stratum=seen.day[kept], is_new=seen.is_new[kept], value=seen.value[kept])


def _before_after(seen: MetricSeen) -> Observations:
    kept = seen.is_new | (seen.day < 0)
    user = seen.user[kept]
    return Observations(user=user, stratum=np.zeros_like(user), is_new=seen.is_new[kept], value=seen.value[kept])


def _verdict(
    difference: Difference | None, better: Literal["higher", "lower"]
) -> Literal["worse", "better", "no difference shown", "too little data"]:
    if difference is None:
        return "too little data"
    if difference.low <= 0 <= difference.high:
        return "no difference shown"
    return "better" if (difference.low > 0) == (better == "higher") else "worse"
