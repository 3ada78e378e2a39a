"""A mean score corrected by labels: prediction-powered inference with weights and clusters, by its own few sums."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST_LABELLED", "CorrectedMean", "LabelledPopulation", "corrected_mean", "critical_value"]

Floats = NDArray[np.float64]

LEAST_LABELLED: Final = 5
"""Fewer labelled clusters give an estimate without an interval."""
RULE_OF_THREE: Final = 3.0
"""Where n labels differ from the scores by one and the same amount, the interval still reaches 3 / n to each side:
a difference of 1 that befalls 3 in n is missed by n labels once in 20 (Hanley & Lippman-Hand 1983)."""
_Z90: Final = 1.6448536269514722
_NOTHING: Final = 1e-15
_POWERS: Final = tuple(step / 20 for step in range(21))


@dataclass(frozen=True)
class LabelledPopulation:
    """Responses with a score, some with a label too. All arrays are (n,).

    A label drawn with probability p from all n has weight 1 / p; a score that was itself drawn (a judge's) has the
    weight 1 / its own probability, and a label among those the product of both.
    """

    score: Floats
    """0..1, of each response; NaN: unscored, and then its label is of no use here either."""
    label: Floats
    """0..1; NaN: not labelled."""
    score_weight: Floats
    """At least 0: how many responses each stands for. 0: it lends its label only."""
    label_weight: Floats
    """At least 0, read where there is a label."""
    cluster: NDArray[np.int64]
    """Number from 0 of the unit that answers alike: the user, or the conversation of nobody known."""


@dataclass(frozen=True)
class CorrectedMean:
    """What careful annotators would give on average, 0..1."""

    estimate: float
    low: float | None
    """Of the 90 % interval; None with fewer than `LEAST_LABELLED` labelled clusters."""
    high: float | None
    standard_error: float | None
    power: float
    """How far the scores are trusted, 0..1: 0 is the labels alone, 1 is the scores plus their error."""
    label_count: int
    cluster_count: int
    """Clusters with a label."""
    labels_to_halve: int | None
    """How many labels more would halve the interval; None without one, and where all of the population would not do."""


def corrected_mean(
    population: LabelledPopulation, *, power: float | None = None, is_all: bool = False
) -> CorrectedMean | None:
    """Give power × mean score + mean of (label − power × score), each mean weighted, with its 90 % interval.

    The first mean is over all responses, the second over the labelled ones: whatever is wrong with the scores is
    wrong in both and cancels, so the estimate needs no trust in the scorer; a good scorer makes it narrow.

    Parameters
    ----------
    power : 0..1; None: the one with the least estimated variance (power tuning).
    is_all : whether the mean is that of these responses and no others, each of them scored, each labelled by itself
        with probability 1 / label_weight. Then only the draw of labels is chance, and a response that was sure to be
        labelled adds none.

    Returns
    -------
    CorrectedMean | None
        None without a score or without a label.

    Notes
    -----
    Variance: linearised, the sum over clusters of the squared sum of both means' residuals. A labelled cluster pulls
    the means and the tuned power towards itself, so its labels' residual is divided by 1 − leverage (HC3): its share
    of the label weight, plus, where the power was tuned, its share of what tuned it. Student's t with m − 1 degrees
    of freedom for m labelled clusters. Clusters are taken as drawn from many alike, so that weeks can be compared,
    unless `is_all`. `sql/marts/corrected_scores.sql` is the same rule; a test holds them together.

    Source: Angelopoulos et al. 2023 (prediction-powered inference); Angelopoulos, Duchi & Zrnic 2023 (PPI++, power
    tuning); Hájek 1971 (weights); Särndal, Swensson & Wretman 1992, 5.7 (linearisation); MacKinnon & White 1985 (HC3).
    """
    scored = ~np.isnan(population.score)
    labelled = ~np.isnan(population.label) & scored
    score_weight = np.where(scored, population.score_weight, 0.0)
    label_weight = np.where(labelled, population.label_weight, 0.0)
    if score_weight.sum() <= 0 or label_weight.sum() <= 0:
        return None
    label = np.where(labelled, population.label, 0.0)
    sums = _ClusterSums.of(population, score_weight=score_weight, label_weight=label_weight, label=label, is_all=is_all)
    chosen = sums.best_power() if power is None else power
    sums = sums.levered(is_tuned=power is None)
    mean_score = _mean(population.score, score_weight)
    estimate = chosen * (mean_score - _mean(population.score, label_weight)) + _mean(label, label_weight)
    label_count = int((label_weight > 0).sum())
    bare = CorrectedMean(estimate, None, None, None, chosen, label_count, sums.labelled_count, None)
    if sums.labelled_count < LEAST_LABELLED:
        return bare
    critical = critical_value(sums.labelled_count - 1)
    floor = 0.0
    if sums.label_variance(chosen) < _NOTHING:
        uncertain = label_weight * np.maximum(0.0, label_weight - 1) if is_all else label_weight**2
        floor = (RULE_OF_THREE * float(uncertain.sum()) / float(label_weight.sum()) ** 2 / critical) ** 2
    variance = sums.variance(chosen) + floor
    half = critical * math.sqrt(variance)
    return CorrectedMean(
        estimate=estimate,
        low=max(0.0, estimate - half),
        high=min(1.0, estimate + half),
        standard_error=math.sqrt(variance),
        power=chosen,
        label_count=label_count,
        cluster_count=sums.labelled_count,
        labels_to_halve=_to_halve(sums, variance, floor, label_count, int((score_weight > 0).sum())),
    )


def critical_value(degrees: int) -> float:
    """Give how many standard errors a 90 % interval reaches: Student's t by its expansion around the normal.

    From 4 degrees on it is within 1 % of the exact value.

    Source: Abramowitz & Stegun 1964, 26.7.5.

    >>> [round(critical_value(n), 3) for n in (4, 10, 99)]  # exact: 2.132, 1.812, 1.660
    [2.115, 1.811, 1.66]
    """
    z = _Z90
    return z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)


@dataclass(frozen=True)
class _ClusterSums:
    """Linearised residuals summed by cluster: of the scores of all, and of labels and scores of the labelled."""

    scores: Floats
    labels: Floats
    labelled_scores: Floats
    share: Floats
    """Of the label weight, 0..1."""

    @classmethod
    def of(
        cls,
        population: LabelledPopulation,
        *,
        score_weight: Floats,
        label_weight: Floats,
        label: Floats,
        is_all: bool,
    ) -> _ClusterSums:
        size = int(population.cluster.max()) + 1
        left_to_chance = np.sqrt(np.maximum(0.0, 1 - 1 / np.maximum(1.0, label_weight))) if is_all else 1.0

        def summed(values: Floats) -> Floats:
            return np.bincount(population.cluster, weights=values, minlength=size).astype(np.float64)

        def residuals(values: Floats, weight: Floats, factor: Floats | float) -> Floats:
            off = factor * weight * (values - _mean(values, weight)) / weight.sum()
            return summed(np.where(weight > 0, off, 0.0))

        return cls(
            scores=(not is_all) * residuals(population.score, score_weight, 1.0),
            labels=residuals(label, label_weight, left_to_chance),
            labelled_scores=residuals(population.score, label_weight, left_to_chance),
            share=summed(label_weight / label_weight.sum()),
        )

    @property
    def labelled_count(self) -> int:
        return int((self.share > 0).sum())

    def best_power(self) -> float:
        """Give the power with the least variance, a parabola's lowest point within 0..1; 0 where scores don't vary."""
        moved = self.scores - self.labelled_scores
        spread = float(moved @ moved)
        return min(1.0, max(0.0, -float(moved @ self.labels) / spread)) if spread > _NOTHING else 0.0

    def levered(self, *, is_tuned: bool) -> _ClusterSums:
        """Give the sums with the labelled ones divided by 1 − leverage, at least a tenth."""
        moved = self.scores - self.labelled_scores
        spread = float(moved @ moved)
        tuned = moved * moved / spread if is_tuned and spread > _NOTHING else 0.0
        left = np.maximum(0.1, 1 - self.share - tuned)
        return replace(self, labels=self.labels / left, labelled_scores=self.labelled_scores / left)

    def variance(self, power: float) -> float:
        total = power * self.scores + self.labels - power * self.labelled_scores
        return float(total @ total)

    def label_variance(self, power: float) -> float:
        """Give the part that more labels make smaller."""
        part = self.labels - power * self.labelled_scores
        return float(part @ part)

    def score_variance(self, power: float) -> float:
        return power * power * float(self.scores @ self.scores)


def _mean(values: Floats, weight: Floats) -> float:
    return float(np.where(weight > 0, values, 0.0) @ weight / weight.sum())


def _to_halve(sums: _ClusterSums, variance: float, floor: float, label_count: int, population_count: int) -> int | None:
    """Give the least number of labels more, over the powers, with which score and label variance are a quarter."""
    needed = [
        label_count * (sums.label_variance(power) + floor) / left
        for power in _POWERS
        if (left := variance / 4 - sums.score_variance(power)) > 0
    ]
    if not needed or min(needed) > population_count:
        return None
    return max(0, math.ceil(min(needed) - 1e-9) - label_count)
