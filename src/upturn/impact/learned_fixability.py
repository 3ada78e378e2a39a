"""Fixability after fixes were measured: the stated beliefs, moved by what fixes here really closed.

A fix of category c closes m_c + δ + γ_c + noise of its gap: m_c is the stated mean, δ what all of this home's fixes
have in common, γ_c what those of the category have. Without a measured fix it is the stated prior.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from upturn.impact.fixability import HIGHEST, LOWEST, Fixability, fixability_of

__all__ = ["ClosedShare", "learned_fixability"]

_COMMON_SD: Final = 0.18
"""Prior deviation of δ."""
_CATEGORY_SD: Final = 0.12
"""Prior deviation of γ."""
_LEAST_NOISE: Final = 0.1
"""Fixes of one kind differ at least so much among themselves."""
_INSIDE: Final = 0.1
"""How far from the ends of −0.5..1 a mean stays."""


@dataclass(frozen=True)
class ClosedShare:
    """What one fix, measured to the end, closed of its gap."""

    category: str
    value: float
    """1: all of it; below 0: it widened."""
    error: float
    """Standard error of `value`, > 0."""


def learned_fixability(record: Sequence[ClosedShare]) -> Callable[[str], Fixability]:
    """Give the belief about the next fix by its category, after the fixes on record; their order has no part in it.

    Normal prior and likelihood, so the posterior is exact; the gap is taken as it was measured, and its own doubt left
    out, which makes a share look surer than it is by the little that gaps of shipped fixes are unsure.

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), 5.4 and 14.2, for the hierarchical normal model.
    """
    if not record:
        return fixability_of
    known = sorted(record, key=lambda one: (one.category, one.value, one.error))
    names = sorted({one.category for one in known})
    design = np.zeros((len(known), 1 + len(names)))
    design[:, 0] = 1.0
    for row, one in enumerate(known):
        design[row, 1 + names.index(one.category)] = 1.0
    noise = np.array([_noise(one.category) ** 2 + one.error**2 for one in known])
    off = np.array([one.value - fixability_of(one.category).mean for one in known])
    precision = np.diag([_COMMON_SD**-2, *([_CATEGORY_SD**-2] * len(names))]) + (design.T / noise) @ design
    covariance = np.linalg.inv(precision)
    moved = covariance @ (design.T @ (off / noise))

    def belief(category: str) -> Fixability:
        pick = np.zeros(len(moved))
        pick[0] = 1.0
        own = _CATEGORY_SD**2
        if category in names:
            pick[1 + names.index(category)] = 1.0
            own = 0.0
        stated = fixability_of(category)
        mean = float(np.clip(stated.mean + pick @ moved, LOWEST + _INSIDE, HIGHEST - _INSIDE))
        spread = float(np.sqrt(_noise(category) ** 2 + own + pick @ covariance @ pick))
        widest = 0.9 * np.sqrt((mean - LOWEST) * (HIGHEST - mean))
        return Fixability(round(mean, 6), round(min(spread, float(widest)), 6))

    return belief


def _noise(category: str) -> float:
    """Give how fixes of one category differ among themselves: what of the stated spread is no doubt of their mean."""
    rest = fixability_of(category).spread ** 2 - _COMMON_SD**2 - _CATEGORY_SD**2
    return float(np.sqrt(max(rest, _LEAST_NOISE**2)))
