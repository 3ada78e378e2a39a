"""Fixability: what share of a gap a fix closes. A prior per category, stated and wide; it may be negative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["FIXABILITY", "Fixability", "fixability_of"]

LOWEST: Final = -0.5
"""The worst a fix may do: widen the gap by half of itself."""
HIGHEST: Final = 1.0
"""The best: close it."""


@dataclass(frozen=True)
class Fixability:
    """A beta distribution stretched over −0.5..1, by its mean and its standard deviation."""

    mean: float
    spread: float

    def draw(self, count: int, *, seed: int) -> NDArray[np.float64]:
        """Draw (count,) shares of the gap that the fix closes. `seed` makes them repeatable."""
        width = HIGHEST - LOWEST
        mean, variance = (self.mean - LOWEST) / width, (self.spread / width) ** 2
        size = mean * (1 - mean) / variance - 1
        draws = np.random.default_rng([seed, 2]).beta(mean * size, (1 - mean) * size, count)
        return LOWEST + width * draws


FIXABILITY: Final = {
    "tools": Fixability(0.50, 0.25),
    "regression": Fixability(0.50, 0.30),
    "knowledge": Fixability(0.40, 0.25),
    "channel": Fixability(0.50, 0.30),
    "intent": Fixability(0.30, 0.25),
    "performance": Fixability(0.30, 0.25),
    "escalation": Fixability(0.30, 0.25),
    "flow": Fixability(0.30, 0.25),
    "clarity": Fixability(0.30, 0.25),
    "safety": Fixability(0.30, 0.30),
}
"""Prior beliefs, not measurements: `docs/reference/statistics.md` says what each rests on."""

_UNKNOWN: Final = Fixability(0.25, 0.30)
"""For a category that a plug-in brought without a prior of its own: the widest there is."""


def fixability_of(category: str) -> Fixability:
    """Give the prior of a category; an unknown one gets the most cautious."""
    return FIXABILITY.get(category, _UNKNOWN)
