"""The window's conversations as arrays: who, in which stratum, and how likely it went well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["ONE", "Cohort", "Integers"]

Integers = NDArray[np.int64]

ONE: Final = 1_000_000
"""A success of 1 in millionths: whole numbers add up to the same sum in any order."""


@dataclass(frozen=True)
class Cohort:
    """One entry per closed production conversation of a window. All arrays are (n,) int64."""

    user: Integers
    """Code of the user from 0; a conversation of an unknown user has a code of its own."""
    stratum: Integers
    """Code from 0 of assistant, channel and persona together: only the same code is comparable."""
    success: Integers
    """1 − failure_probability, in millionths: 0..`ONE`."""
    coarser: tuple[tuple[str, Integers], ...] = ()
    """Coarser strata by name, finest first, for an exposure that leaves nobody to compare with in its own stratum:
    a whole persona has no unexposed conversations of that persona."""

    def __post_init__(self) -> None:
        if not len(self.user) == len(self.stratum) == len(self.success):
            raise ValueError(
                f"a cohort's arrays differ in length: {len(self.user)} users, {len(self.stratum)} strata, "
                f"{len(self.success)} successes"
            )

    def __len__(self) -> int:
        return len(self.user)
