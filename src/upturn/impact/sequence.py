"""Boundary of a confidence sequence: an interval that may be looked at after every day and still holds."""

from __future__ import annotations

import math
from typing import Final

__all__ = ["TIGHTEST_AT", "boundary"]

TIGHTEST_AT: Final = 100.0
"""Information, in conversations, at which the sequence is narrowest beside an interval for one look."""


def boundary(information: float, *, alpha: float, degrees: int) -> float:
    """Give the half-width in standard errors: with probability 1 − `alpha` the truth is inside at every look.

    Two-sided normal mixture. The variance is estimated from few users: a normal deviate becomes Student's of the
    same tail.

    Parameters
    ----------
    information : variance of one conversation / squared standard error, above 0: how many independent conversations
        the estimate is worth. It grows from look to look.
    degrees : of freedom, at least 1.

    Source: the two-sided normal mixture of Howard, Ramdas, McAuliffe, Sekhon 2021, Annals of Statistics 49, with its
    tuning; with estimated variances Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2021 (asymptotic sequences).

    >>> round(boundary(100, alpha=0.05, degrees=10**9), 3)
    3.035
    """
    mixing = _mixing(alpha)
    total = information + mixing
    normal = math.sqrt(total / information * (math.log(total / mixing) - 2 * math.log(alpha)))
    return _student(normal, degrees)


def _mixing(alpha: float) -> float:
    """Give the mixture's variance that makes the boundary tightest at `TIGHTEST_AT`, to within a percent."""
    spent = -2 * math.log(alpha)
    return TIGHTEST_AT / (spent + math.log(1 + spent))


def _student(normal: float, degrees: int) -> float:
    """Give the point of Student's t with the tail of a normal deviate.

    Source: Wallace 1959, Annals of Mathematical Statistics 30: z = (8 df + 1) / (8 df + 3) × sqrt(df log(1 + t² / df)),
    solved for t.

    >>> round(_student(1.959964, 20), 2)  # 2.09 in any table
    2.09
    """
    factor = ((8 * degrees + 3) / (8 * degrees + 1)) ** 2
    exponent = normal * normal * factor / degrees
    return math.sqrt(degrees * math.expm1(exponent)) if exponent < 700 else math.inf
