"""Which group of a fit is which group of the fit before: by shared members, one to one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

__all__ = ["match_groups", "shared_members"]


def shared_members(
    newer: Mapping[str, AbstractSet[str]], older: Mapping[str, AbstractSet[str]]
) -> dict[tuple[str, str], int]:
    """Give the number of shared members by (newer, older), where it is not 0."""
    home: dict[str, list[str]] = {}
    for name, members in older.items():
        for member in members:
            home.setdefault(member, []).append(name)
    return dict(
        Counter((name, before) for name, members in newer.items() for each in members for before in home.get(each, ()))
    )


def match_groups(
    newer: Mapping[str, AbstractSet[str]], older: Mapping[str, AbstractSet[str]], *, least_share: float
) -> dict[str, str]:
    """Give newer → older, one to one, with the most shared members in all.

    A pair counts only where the shared are at least `least_share` of the smaller of the two.

    Source: Kuhn 1955 (`scipy.optimize.linear_sum_assignment`).
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    rows, columns = sorted(newer), sorted(older)
    shared = shared_members(newer, older)
    gains = np.zeros((len(rows), len(columns)))
    for (one, other), count in shared.items():
        if count >= least_share * min(len(newer[one]), len(older[other])):
            gains[rows.index(one), columns.index(other)] = count
    matched = zip(*linear_sum_assignment(gains, maximize=True), strict=True)
    return {rows[row]: columns[column] for row, column in matched if gains[row, column] > 0}
