"""Poisson sampling with permanent random numbers: how probably each response is judged, and in which order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

__all__ = [
    "NEEDS",
    "Candidate",
    "Drawn",
    "allocate",
    "cutoff",
    "drawn_in_order",
    "final_probability",
    "permanent_random_number",
]

NEEDS: Final = {"risk": 1.5, "unsure": 1.0, "poor": 0.8, "good": 0.6}
"""How much more often one response of a band is drawn than another: the deviation expected of its scores, and for
`risk` (what rules call unsafe, or what ended in an error) a half more for what is at stake. Judgement, not a fit."""


@dataclass(frozen=True)
class Candidate:
    """A response that could be judged."""

    conversation_id: str
    turn_index: int
    assistant_id: str
    channel: str
    band: str
    """What rules think of it: a key of `NEEDS`."""
    response_count: int
    """Responses of its conversation: it stands for one in so many of a conversation."""
    drawn_before: float = 0.0
    """Probability with which an earlier draw chose it and did not cut it off; 0: none did."""

    @property
    def stratum(self) -> tuple[str, str, str]:
        """Assistant, channel and band."""
        return (self.assistant_id, self.channel, self.band)


@dataclass(frozen=True)
class Drawn:
    """A response that was chosen."""

    candidate: Candidate
    probability: float
    """Of being chosen, in (0, 1], if nothing stops the judging."""
    rank: float
    """Permanent random number / probability, in [0, 1): the order of asking."""


def permanent_random_number(seed: int, conversation_id: str, turn_index: int) -> float:
    """Give the number in [0, 1) that a response keeps for ever: it is chosen at rate r where this is below r.

    So each response is chosen independently, a second draw gives the same sample, and a higher rate keeps all that
    a lower one chose. The first 13 hex digits (52 bits) of the md5 of seed, id and index.

    Source: permanent random numbers, Ohlsson 1995; Poisson sampling, Särndal et al. 1992, 3.5.

    >>> round(permanent_random_number(1, "c1", 3), 6) == round(permanent_random_number(1, "c1", 3), 6)
    True
    """
    digest = hashlib.md5(f"{seed}\x1f{conversation_id}\x1f{turn_index}".encode(), usedforsecurity=False)
    return int(digest.hexdigest()[:13], 16) / 16**13


def allocate(needs: Sequence[float], rate: float, minimum: float) -> list[float]:
    """Give each response its probability: in proportion to its need, `rate` on average, from `minimum` to 1.

    Parameters
    ----------
    needs : above 0, one per response.
    rate : mean of the probabilities, in (0, 1].
    minimum : least probability; where it is above `rate`, `rate` is the least, so that all are alike.

    Returns
    -------
    list[float]
        Probabilities in (0, 1], whose mean is `rate` to 9 digits; empty for no response.

    Source: Neyman 1934 for proportion to the deviation; found by bisection of the common factor.

    >>> allocate([1.0, 1.0, 2.0], 0.4, 0.01)
    [0.3, 0.3, 0.6]
    """
    if not needs:
        return []
    least, target = min(minimum, rate), rate * len(needs)
    counts = sorted(Counter(needs).items())
    low, high = 0.0, 1 / counts[0][0]
    for _ in range(100):
        factor = (low + high) / 2
        if sum(count * min(1.0, max(least, factor * need)) for need, count in counts) < target:
            low = factor
        else:
            high = factor
    return [round(min(1.0, max(least, high * need)), 9) for need in needs]


def drawn_in_order(candidates: Iterable[Candidate], *, seed: int, rate: float, minimum: float) -> list[Drawn]:
    """Draw the sample, in the order in which it is to be asked about.

    Within each assistant and channel the mean probability is `rate`; bands with a greater need get more of it. A
    response that an earlier draw chose stays chosen, with the greater of both probabilities: that is the probability
    of being in either draw, since both use the same number.

    Asking in the order of number / probability makes whatever is asked before a stop a sample of its own, with
    probability × cutoff.

    Source: sequential Poisson sampling, Ohlsson 1998.
    """
    ordered = sorted(candidates, key=lambda one: (one.assistant_id, one.channel, one.conversation_id, one.turn_index))
    drawn = []
    for _, members in groupby(ordered, key=lambda one: (one.assistant_id, one.channel)):
        group = list(members)
        needs = [NEEDS[one.band] for one in group]
        for one, planned in zip(group, allocate(needs, rate, minimum), strict=True):
            probability = max(planned, one.drawn_before)
            rank = permanent_random_number(seed, one.conversation_id, one.turn_index) / probability
            if rank < 1:
                drawn.append(Drawn(one, probability, rank))
    return sorted(drawn, key=lambda one: (one.rank, one.candidate.conversation_id, one.candidate.turn_index))


def cutoff(drawn: Sequence[Drawn], asked: Sequence[bool]) -> float:
    """Give the rank below which the sample counts as judged: 1 where nothing was left.

    It is the rank of the first response that was left behind the last one asked. One left before that (it came late,
    when the budget was gone) is no part of the tail: it is unscored for want of budget.

    Parameters
    ----------
    drawn : in the order of asking.
    asked : whether each was asked about, now or earlier.

    Source: the threshold of priority sampling (Duffield, Lund & Thorup 2007), under which probability × threshold
    gives unbiased totals.
    """
    last = max((index for index, was in enumerate(asked) if was), default=-1)
    return drawn[last + 1].rank if last + 1 < len(drawn) else 1.0


def final_probability(probability: float, cut: float) -> float:
    """Give the probability of being chosen and not cut off.

    >>> final_probability(0.2, 0.5)
    0.1
    """
    return round(min(1.0, cut * probability), 12)
