"""K-means for many fits of few points: k-means++ seeds that serve every k, then Lloyd's moves, in single precision."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from threadpoolctl import ThreadpoolController

__all__ = ["draw_seeds", "move_centres", "nearest_means", "on_one_thread", "two_at_a_time"]

_Item = TypeVar("_Item")
_Found = TypeVar("_Found")

_TRIALS: Final = 4
"""Candidates of which the best is taken at each step of the seeding."""
_ROUNDS: Final = 30


def draw_seeds(points: NDArray[np.float32], count: int, *, seed: int) -> NDArray[np.float32]:
    """Give (count, d) points at most, far from each other, the first k of which are seeds for k groups.

    `seed` makes them repeatable. Fewer than `count` where fewer points are distinct.

    Source: Arthur & Vassilvitskii 2007 (k-means++), greedy.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    squares = np.einsum("ij,ij->i", points, points)
    first = int(generator.integers(len(points)))
    chosen = [first]
    nearest = np.maximum(squares + squares[first] - 2 * points @ points[first], 0)
    while len(chosen) < count:
        sums = np.cumsum(nearest, dtype=np.float64)
        if sums[-1] <= 1e-6 * len(points):
            break
        places = np.searchsorted(sums, generator.random(_TRIALS) * sums[-1]).clip(max=len(points) - 1)
        distances = squares + squares[places][:, None] - 2 * points[places] @ points.T
        candidates = np.clip(distances, 0, nearest)
        best = int(np.argmin(candidates.sum(axis=1, dtype=np.float64)))
        chosen.append(int(places[best]))
        nearest = candidates[best]
    return points[chosen]


def move_centres(points: NDArray[np.float32], seeds: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the centres (k, d) after Lloyd's moves from `seeds`; one that loses all its points stays where it is."""
    import numpy as np
    from scipy.sparse import csc_matrix

    centres = seeds
    labels = nearest_means(points, centres)
    ones, pointers = np.ones(len(points), dtype=np.float32), np.arange(len(points) + 1)
    membership = csc_matrix((ones, labels, pointers), shape=(len(centres), len(points)))
    for _ in range(_ROUNDS):
        membership.indices[:] = labels
        sizes = np.bincount(labels, minlength=len(centres)).astype(np.float32)[:, None]
        centres = np.where(sizes > 0, membership @ points / np.maximum(sizes, 1), centres)
        before, labels = labels, nearest_means(points, centres)
        if np.array_equal(before, labels):
            break
    return centres


def nearest_means(points: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.int64]:
    """Give (n_points,) the centre at the least Euclidean distance; the first of equals."""
    import numpy as np

    scores = points @ centres.T
    scores -= np.einsum("ij,ij->i", centres, centres) / 2
    return np.asarray(np.argmax(scores, axis=1))


def on_one_thread() -> AbstractContextManager[Any]:
    """Keep the numeric libraries to one thread: for small products two only wait for each other."""
    limited: AbstractContextManager[Any] = _threads().limit(limits=1)
    return limited


def two_at_a_time(work: Callable[[_Item], _Found], items: Iterable[_Item]) -> list[_Found]:
    """Give what `work` makes of each item, in their order; numeric libraries keep to one thread each."""
    from concurrent.futures import ThreadPoolExecutor

    with on_one_thread(), ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(work, items))


@cache
def _threads() -> ThreadpoolController:
    """Give the controller of the numeric libraries' threads; looking for these libraries takes milliseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
