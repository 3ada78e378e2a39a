"""How many groups the points form, and which: k-means on a sphere, k by prediction strength."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from upturn.clustering.kmeans import draw_seeds, move_centres, nearest_means, on_one_thread, two_at_a_time
from upturn.clustering.space import unit_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "GroupEvidence",
    "Grouping",
    "choose_count",
    "clear_parts",
    "group",
    "merge_groups",
    "nearest_centres",
]

_GRID: Final = (2, 3, 4, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 64, 80)
_SAMPLE: Final = 2500
_SPLITS: Final = 4
"""With two, chance chose k too often: planted modes were missed that four find."""
_LEAST_SHARE: Final = 0.65
"""A k is no candidate while its silhouette is below this share of the best: two halves of one odd group and the rest
are easy to predict and say nothing."""
_PARTS: Final = (2, 3, 4, 6)
_CLOSE: Final = 0.85
"""Mean cosine to the centre above which a group is too tight to hold two."""
_GAIN: Final = 0.08
"""Mean cosine to the centre that parts must add."""
_CLEAR: Final = 0.8
"""Prediction strength from which two parts are two groups; .8 to .9 is the usual range (Tibshirani & Walther 2005)."""


@dataclass(frozen=True)
class GroupEvidence:
    """What spoke for one k."""

    count: int
    strength: float
    """Mean prediction strength over groups and splits, 0..1."""
    silhouette: float
    """Simplified silhouette: by distances to the own and the next centre."""


@dataclass(frozen=True)
class Grouping:
    """Points in groups."""

    labels: NDArray[np.int64]
    """(n_points,) the group of each point, 0 for the largest."""
    centres: NDArray[np.float64]
    """(n_groups, d) of length 1, rounded to 9 digits."""


def choose_count(points: NDArray[np.float64], *, seed: int, least_size: int) -> tuple[int, tuple[GroupEvidence, ...]]:
    """Give the number of groups that a second half of the points confirms best, and the evidence for each candidate.

    Among the k whose silhouette comes near the best one, the k with the highest mean prediction strength wins;
    groups of fewer than `least_size` points on average are not tried. 1 for too few or identical points.

    Source: Tibshirani & Walther 2005, with the mean over groups in place of the minimum, which one odd group decides.
    """
    import numpy as np

    order = np.random.default_rng(seed).permutation(len(points))[:_SAMPLE]
    sample = points[np.sort(order)].astype(np.float32)
    most = min(len(np.unique(sample, axis=0)) // 2, len(points) // least_size)
    counts = [count for count in _GRID if count <= most]
    if not counts:
        return 1, ()
    silhouettes = _silhouettes(sample, counts, seed=seed)
    least = _LEAST_SHARE * max(silhouettes)
    near = [(count, silhouette) for count, silhouette in zip(counts, silhouettes, strict=True) if silhouette >= least]
    strengths = _strengths(sample, [count for count, _ in near], seed=seed)
    evidence = tuple(GroupEvidence(count, strengths[count], silhouette) for count, silhouette in near)
    return max(evidence, key=lambda each: (each.strength, -each.count)).count, evidence


def group(points: NDArray[np.float64], count: int, *, seed: int, starts: int = 3) -> Grouping:
    """Give `count` groups at most, largest first; the same points give the same groups on one thread or two."""
    import numpy as np

    centres = _best_centres(points, count, seed=seed, starts=starts)
    labels = nearest_centres(points, centres)
    sizes = np.bincount(labels, minlength=len(centres))
    order = sorted(range(len(centres)), key=lambda place: (-int(sizes[place]), tuple(centres[place])))
    order = [place for place in order if sizes[place] > 0]
    rank = np.full(len(centres), -1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    return Grouping(labels=rank[labels], centres=centres[order])


def merge_groups(points: NDArray[np.float64], grouping: Grouping, keys: Sequence[str]) -> Grouping:
    """Give the grouping in which groups with the same key are one, largest first, with new centres."""
    import numpy as np

    names = sorted(set(keys))
    joined = np.asarray([names.index(key) for key in keys])[grouping.labels]
    sizes = np.bincount(joined, minlength=len(names))
    order = np.argsort(-sizes, kind="stable")
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    labels = rank[joined]
    sums = np.vstack([np.round(points[labels == label].sum(axis=0), 7) for label in range(len(names))])
    return Grouping(labels=labels, centres=unit_rows(sums))


def nearest_centres(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give (n_points,) the centre with the highest cosine; the first of equals."""
    import numpy as np

    return np.asarray(np.argmax(np.round(points @ centres.T, 7), axis=1))


def clear_parts(points: NDArray[np.float64], *, seed: int, least_size: int) -> NDArray[np.float64] | None:
    """Give the centres of the parts that the points, (n, d) of length 1, clearly consist of; None: they are one group.

    Of two, three, four or six parts those that the other half of the points confirms best. Parts are clear where they
    are confirmed to `_CLEAR`, at least two hold `least_size` points, and the points come nearer to their centre by
    `_GAIN` than to that of the whole.
    """
    import numpy as np

    points = points[:: -(-len(points) // _SAMPLE) or 1]
    whole = _closeness(points, unit_rows(points.sum(axis=0)[None, :]))
    counts = [count for count in _PARTS if count * least_size <= len(points)]
    if whole > _CLOSE or not counts:
        return None
    coarse = points.astype(np.float32)
    found: dict[int, NDArray[np.float64]] = {}
    with on_one_thread():
        seeds = draw_seeds(coarse, max(counts), seed=seed)
        for count in counts:
            centres = unit_rows(move_centres(coarse, seeds[:count]).astype(np.float64))
            sizes = np.bincount(nearest_centres(points, centres), minlength=len(centres))
            if (sizes >= least_size).sum() >= 2 and _closeness(points, centres) - whole >= _GAIN:
                found[count] = centres[sizes >= least_size]
    if not found:
        return None
    strengths = _strengths(coarse, list(found), seed=seed)
    strength, count = max((strengths[count], count) for count in found)
    return found[count] if strength >= _CLEAR else None


def _closeness(points: NDArray[np.float64], centres: NDArray[np.float64]) -> float:
    return round(float((points @ centres.T).max(axis=1).mean()), 6)


def _best_centres(points: NDArray[np.float64], count: int, *, seed: int, starts: int) -> NDArray[np.float64]:
    """Give the centres, of length 1, of the start whose points come nearest to theirs, summed in double precision."""
    import numpy as np
    from scipy.sparse import csr_matrix

    coarse = points.astype(np.float32)

    def begun(start: int) -> tuple[float, NDArray[np.int64]]:
        centres = move_centres(coarse, draw_seeds(coarse, count, seed=seed + start))
        labels = nearest_means(coarse, centres)
        return round(float(((coarse - centres[labels]) ** 2).sum(dtype=np.float64)), 3), labels

    _, labels = min(two_at_a_time(begun, range(starts)), key=lambda each: each[0])
    kept, labels = np.unique(labels, return_inverse=True)
    one_each = csr_matrix((np.ones(len(points)), labels, np.arange(len(points) + 1)), shape=(len(points), len(kept)))
    return unit_rows(np.round(one_each.T @ points, 7))


def _silhouettes(points: NDArray[np.float32], counts: Sequence[int], *, seed: int) -> list[float]:
    """Give the simplified silhouette of each number of groups."""
    with on_one_thread():
        seeds = draw_seeds(points, max(counts), seed=seed)
    return two_at_a_time(lambda count: round(_silhouette(points, move_centres(points, seeds[:count])), 4), counts)


def _strengths(points: NDArray[np.float32], counts: Sequence[int], *, seed: int) -> dict[int, float]:
    """Give each number of groups its mean prediction strength over splits into halves, two splits at a time."""
    from functools import partial

    import numpy as np

    found = two_at_a_time(partial(_strengths_of_split, points, counts, seed), range(_SPLITS))
    means = np.mean(found, axis=0)
    return {count: round(float(mean), 4) for count, mean in zip(counts, means, strict=True)}


def _strengths_of_split(points: NDArray[np.float32], counts: Sequence[int], seed: int, split: int) -> list[float]:
    import numpy as np

    order = np.random.default_rng([seed, split]).permutation(len(points))
    one, other = points[order[::2]], points[order[1::2]]
    here, there = (draw_seeds(half, max(counts), seed=seed) for half in (one, other))
    strengths = []
    for count in counts:
        predicted = nearest_means(other, move_centres(one, here[:count]))
        own = nearest_means(other, move_centres(other, there[:count]))
        strengths.append(_prediction_strength(predicted, own))
    return strengths


def _prediction_strength(predicted: NDArray[np.int64], own: NDArray[np.int64]) -> float:
    """Give the mean over own groups of the share of pairs that the other half's centres put together too."""
    import numpy as np

    width = int(predicted.max()) + 1
    together = np.bincount(own * width + predicted, minlength=(int(own.max()) + 1) * width).reshape(-1, width)
    pairs = (together * (together - 1)).sum(axis=1)
    sizes = together.sum(axis=1)
    paired = sizes > 1
    return float(np.mean(pairs[paired] / (sizes * (sizes - 1))[paired])) if paired.any() else 0.0


def _silhouette(points: NDArray[np.float32], centres: NDArray[np.float32]) -> float:
    import numpy as np

    if len(centres) < 2:
        return 0.0
    squares = (points**2).sum(axis=1)[:, None] - 2 * points @ centres.T + (centres**2).sum(axis=1)
    distances = np.sqrt(np.maximum(np.partition(squares, 1, axis=1)[:, :2], 0))
    return float(np.mean((distances[:, 1] - distances[:, 0]) / np.maximum(distances[:, 1], 1e-9)))
