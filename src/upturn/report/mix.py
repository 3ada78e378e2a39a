"""Two weeks at one mix: what changed within assistants and channels, apart from what a changed mix of them does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from upturn.report.estimate import FEW, NOTHING, Estimate, difference

__all__ = ["SegmentWeeks", "at_one_mix"]


@dataclass(frozen=True)
class SegmentWeeks:
    """Success of one assistant on one channel in two weeks, 0..1."""

    newer: Estimate
    older: Estimate


def at_one_mix(segments: Sequence[SegmentWeeks], conversation_count: int) -> Estimate:
    """Give the change of success as it would be, had each segment had this week's share of conversations before too.

    Directly standardised difference: Σ share × (newer − older) with a 90 % interval from the segments' own, squared and
    added. Segments with fewer than `FEW` judged conversations in either week are left out; no value where those left
    hold less than half of `conversation_count`, this week's judged conversations, or are fewer than two.

    Source: Kitagawa (1955) for the parts of a difference of rates; Zou and Donner (2008) for the interval of a sum.

    >>> kept, lost = Estimate(0.9, 0.8, 0.95, 100), Estimate(0.5, 0.4, 0.6, 300)
    >>> at_one_mix([SegmentWeeks(kept, kept), SegmentWeeks(lost, lost)], 400).value
    0.0
    """
    kept = [one for one in segments if min(one.newer.count, one.older.count) >= FEW]
    total = sum(one.newer.count for one in kept)
    if len(kept) < 2 or 2 * total < conversation_count:
        return NOTHING
    changes = [(one.newer.count / total, difference(one.newer, one.older)) for one in kept]
    known = [(share, one.value, one.low, one.high) for share, one in changes if one.value is not None]
    value = sum(share * middle for share, middle, _, _ in known)
    down = math.hypot(*(share * (middle - low) for share, middle, low, _ in known if low is not None))
    up = math.hypot(*(share * (high - middle) for share, middle, _, high in known if high is not None))
    return Estimate(round(value, 6), round(value - down, 6), round(value + up, 6), total)
