"""How many groups the points form, and which: k-means on a sphere, k by prediction strength."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from upturn.clustering.space import unit_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from threadpoolctl import ThreadpoolController

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
_SPLITS: Final = 2
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
    sample = points[np.sort(order)]
    most = min(len(np.unique(sample, axis=0)) // 2, len(points) // least_size)
    silhouettes = {
        count: round(_silhouette(sample, _fit(sample, count, seed=seed, starts=1)), 4)
        for count in _GRID
        if count <= most
    }
    least = _LEAST_SHARE * max(silhouettes.values(), default=0.0)
    evidence = tuple(
        GroupEvidence(count, _strength(sample, count, seed=seed), silhouette)
        for count, silhouette in silhouettes.items()
        if silhouette >= least
    )
    if not evidence:
        return 1, ()
    return max(evidence, key=lambda each: (each.strength, -each.count)).count, evidence


def group(points: NDArray[np.float64], count: int, *, seed: int, starts: int = 3) -> Grouping:
    """Give `count` groups at most, largest first; the same points give the same groups on one thread or two."""
    import numpy as np

    centres = unit_rows(_fit(points, count, seed=seed, starts=starts))
    labels = np.asarray(np.argmax(np.round(points @ centres.T, 7), axis=1))
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
    if whole > _CLOSE:
        return None
    found: list[tuple[float, int, NDArray[np.float64]]] = []
    for count in _PARTS:
        if len(points) < count * least_size:
            break
        centres = unit_rows(_fit(points, count, seed=seed, starts=1))
        sizes = np.bincount(nearest_centres(points, centres), minlength=len(centres))
        if (sizes >= least_size).sum() >= 2 and _closeness(points, centres) - whole >= _GAIN:
            found.append((_strength(points, count, seed=seed), count, centres[sizes >= least_size]))
    strength, _, centres = max(found, key=lambda each: each[:2], default=(0.0, 1, points))
    return centres if strength >= _CLEAR else None


def _closeness(points: NDArray[np.float64], centres: NDArray[np.float64]) -> float:
    return round(float((points @ centres.T).max(axis=1).mean()), 6)


def _strength(points: NDArray[np.float64], count: int, *, seed: int) -> float:
    """Give the mean prediction strength over splits into halves."""
    import numpy as np

    strengths = []
    for split in range(_SPLITS):
        order = np.random.default_rng([seed, split]).permutation(len(points))
        one, other = points[order[::2]], points[order[1::2]]
        mine = _fit(one, count, seed=seed, starts=1)
        theirs = _fit(other, count, seed=seed, starts=1)
        strengths.append(_prediction_strength(_nearest(other, mine), _nearest(other, theirs)))
    return round(float(np.mean(strengths)), 4)


def _prediction_strength(predicted: NDArray[np.int64], own: NDArray[np.int64]) -> float:
    """Give the mean over own groups of the share of pairs that the other half's centres put together too."""
    import numpy as np

    shares = []
    for label in np.unique(own):
        counts = np.bincount(predicted[own == label]).astype(np.float64)
        total = counts.sum()
        if total > 1:
            shares.append(float((counts * (counts - 1)).sum() / (total * (total - 1))))
    return float(np.mean(shares)) if shares else 0.0


def _silhouette(points: NDArray[np.float64], centres: NDArray[np.float64]) -> float:
    import numpy as np

    squares = (points**2).sum(axis=1)[:, None] - 2 * points @ centres.T + (centres**2).sum(axis=1)
    distances = np.sort(np.sqrt(np.maximum(squares, 0)), axis=1)
    return float(np.mean((distances[:, 1] - distances[:, 0]) / np.maximum(distances[:, 1], 1e-9)))


def _nearest(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.int64]:
    import numpy as np

    return np.asarray(np.argmin((centres**2).sum(axis=1) - 2 * points @ centres.T, axis=1))


@cache
def _threads() -> ThreadpoolController:
    """Give the controller of the numeric libraries' threads; looking for these libraries takes milliseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _fit(points: NDArray[np.float64], count: int, *, seed: int, starts: int) -> NDArray[np.float64]:
    """Give the centres of k-means, on one thread."""
    import warnings

    import numpy as np
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    with _threads().limit(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct points than groups: said by the result
        model = KMeans(min(count, len(points)), n_init=starts, max_iter=30, random_state=seed).fit(points)
    return np.asarray(model.cluster_centers_, dtype=np.float64)
