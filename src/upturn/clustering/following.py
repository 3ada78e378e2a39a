"""Groups that go on from those of the day before: from the old centres, and split or joined on clear evidence only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from upturn.clustering.grouping import Grouping, clear_parts, nearest_centres
from upturn.clustering.space import unit_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["follow"]

_ROUNDS: Final = 10
"""Moves of the centres at most; the start is yesterday's end, so few are needed."""
_FAR: Final = 0.35
"""Cosine to the centre below which a point is not explained by its group and may found one of its own."""
_LEAST_SIZE: Final = 8
"""Points of a new group; of fewer nothing is proposed."""
_LOOKED_AT: Final = 2000
"""Unexplained points that are compared with each other at most."""
_SAME: Final = 0.85
"""Cosine between two centres from which they are one group."""


def follow(points: NDArray[np.float64], known: Sequence[NDArray[np.int64]], *, seed: int) -> Grouping:
    """Group the points (n, d) of length 1, starting from known groups, each given by the places of its points.

    The number of groups stays unless the points speak clearly against it: two centres that have come together are
    joined; what no group explains, and a group in which two halves confirm two parts, gives one more.
    """
    import numpy as np

    centres = _settle(points, unit_rows(np.vstack([_sum(points[places]) for places in known])))
    centres = _joined(points, centres)
    if found := _unexplained(points, centres):
        centres = _settle(points, np.vstack([centres, *found]))
    return _ordered(points, _settle(points, _split(points, centres, seed=seed)))


def _sum(points: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    return np.asarray(np.round(points.sum(axis=0), 7))


def _settle(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move the centres until no point changes its group; groups that lost all points are gone."""
    import numpy as np

    labels = nearest_centres(points, centres)
    for _ in range(_ROUNDS):
        kept = np.unique(labels)
        centres = unit_rows(np.vstack([_sum(points[labels == label]) for label in kept]))
        before, labels = labels, nearest_centres(points, centres)
        if len(kept) == before.max() + 1 and np.array_equal(before, labels):
            break
    return centres


def _joined(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    while len(centres) > 1:
        agreement = np.round(centres @ centres.T, 6) - 2 * np.eye(len(centres))
        one, other = divmod(int(np.argmax(agreement)), len(centres))
        if agreement[one, other] < _SAME:
            break
        centres = _settle(points, np.delete(centres, max(one, other), axis=0))
    return centres


def _unexplained(points: NDArray[np.float64], centres: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Give the centre of the densest part of what is far from every centre, where it is large and close enough."""
    import numpy as np

    far = points[np.max(points @ centres.T, axis=1) < _FAR][:_LOOKED_AT]
    if len(far) < _LEAST_SIZE:
        return []
    near = np.round(far @ far.T, 6) >= 0.5
    densest = int(np.argmax(near.sum(axis=1)))
    part = far[near[densest]]
    return [unit_rows(_sum(part)[None, :])] if len(part) >= _LEAST_SIZE else []


def _split(points: NDArray[np.float64], centres: NDArray[np.float64], *, seed: int) -> NDArray[np.float64]:
    import numpy as np

    labels = nearest_centres(points, centres)
    parts = []
    for label, centre in enumerate(centres):
        inside = points[labels == label]
        clear = clear_parts(inside, seed=seed, least_size=_LEAST_SIZE)
        parts.append(centre[None, :] if clear is None else clear)
    return np.vstack(parts)


def _ordered(points: NDArray[np.float64], centres: NDArray[np.float64]) -> Grouping:
    import numpy as np

    labels = nearest_centres(points, centres)
    sizes = np.bincount(labels, minlength=len(centres))
    order = [
        place
        for place in sorted(range(len(centres)), key=lambda one: (-int(sizes[one]), tuple(centres[one])))
        if sizes[place] > 0
    ]
    rank = np.full(len(centres), -1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    return Grouping(labels=rank[labels], centres=centres[order])
