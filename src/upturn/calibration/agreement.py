"""How far two raters agree: share, kappa, rank correlation, confusion. Pure; nothing rated gives None, never 0."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Final

__all__ = ["GOOD", "agreement", "bias", "cohen_kappa", "confusion", "is_good", "spearman"]

GOOD: Final = 0.5
"""A score of 0..1 is called good from here on; below, bad."""


def is_good(score: float) -> bool:
    """Say on which side of the middle a score of 0..1 lies; the middle itself is good."""
    return score >= GOOD


def confusion(
    labels: Sequence[Hashable], scores: Sequence[Hashable], weights: Sequence[float] | None = None
) -> dict[tuple[Hashable, Hashable], float]:
    """Give the weight of each pair (label, score) that occurs; empty for no pair.

    Parameters
    ----------
    labels, scores : categories, pair by pair.
    weights : 1 / inclusion probability of each pair; None: 1 each, so that counts come out.

    >>> confusion(["good", "bad", "bad"], ["good", "good", "bad"])
    {('good', 'good'): 1.0, ('bad', 'good'): 1.0, ('bad', 'bad'): 1.0}
    """
    cells: dict[tuple[Hashable, Hashable], float] = {}
    for label, score, weight in zip(labels, scores, _weights(weights, len(labels)), strict=True):
        cells[label, score] = cells.get((label, score), 0.0) + weight
    return cells


def agreement(
    labels: Sequence[Hashable], scores: Sequence[Hashable], weights: Sequence[float] | None = None
) -> float | None:
    """Give the weighted share of pairs in the same category, 0..1; None for no pair."""
    cells = confusion(labels, scores, weights)
    if not cells:
        return None
    return math.fsum(weight for (label, score), weight in cells.items() if label == score) / math.fsum(cells.values())


def cohen_kappa(
    labels: Sequence[Hashable], scores: Sequence[Hashable], weights: Sequence[float] | None = None
) -> float | None:
    """Give the agreement beyond chance, −1..1: (observed − expected) / (1 − expected).

    None for no pair, and where both raters used one and the same category throughout: chance alone would agree.

    Source: Cohen 1960.

    >>> cohen_kappa([1, 1, 0, 0], [1, 0, 0, 0])  # observed .75; expected .5 × .25 + .5 × .75 = .5
    0.5
    """
    cells = confusion(labels, scores, weights)
    total = math.fsum(cells.values())
    if not cells:
        return None
    observed = math.fsum(weight for (label, score), weight in cells.items() if label == score) / total
    categories = {category for pair in cells for category in pair}
    expected = math.fsum(
        math.fsum(weight for (label, _), weight in cells.items() if label == category)
        * math.fsum(weight for (_, score), weight in cells.items() if score == category)
        for category in categories
    ) / (total * total)
    return None if math.isclose(expected, 1.0, abs_tol=1e-12) else (observed - expected) / (1 - expected)


def spearman(labels: Sequence[float], scores: Sequence[float]) -> float | None:
    """Give the correlation of ranks, −1..1, ties at their mean rank; each pair counts once, whatever its weight.

    None with fewer than two pairs, and where either rater gave all the same: nothing is ordered then.

    Source: Spearman 1904; ties as in Kendall & Gibbons 1990, ch. 3.

    >>> round(spearman([1, 2, 3, 4], [1, 3, 2, 4]), 12)  # 1 − 6 × 2 / (4 × 15)
    0.8
    """
    if len(labels) != len(scores):
        raise ValueError(f"pairs are needed: got {len(labels)} labels and {len(scores)} scores")
    if len(labels) < 2:
        return None
    left, right = _ranks(labels), _ranks(scores)
    middle = (len(left) + 1) / 2
    products = math.fsum((one - middle) * (other - middle) for one, other in zip(left, right, strict=True))
    spread = math.fsum((one - middle) ** 2 for one in left) * math.fsum((one - middle) ** 2 for one in right)
    return products / math.sqrt(spread) if spread > 0 else None


def bias(labels: Sequence[float], scores: Sequence[float], weights: Sequence[float] | None = None) -> float | None:
    """Give the weighted mean of score − label, −1..1: above 0 the scorer is too kind; None for no pair."""
    weighted = _weights(weights, len(labels))
    if not weighted:
        return None
    triples = zip(labels, scores, weighted, strict=True)
    return math.fsum(weight * (score - label) for label, score, weight in triples) / math.fsum(weighted)


def _weights(weights: Sequence[float] | None, count: int) -> Sequence[float]:
    return [1.0] * count if weights is None else weights


def _ranks(values: Sequence[float]) -> list[float]:
    first: dict[float, int] = {}
    for place, value in enumerate(sorted(values), 1):
        first.setdefault(value, place)
    counts = Counter(values)
    return [first[value] + (counts[value] - 1) / 2 for value in values]
