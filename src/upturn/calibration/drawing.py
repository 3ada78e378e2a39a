"""Which conversations and responses annotators are asked about: Poisson, with permanent random numbers. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["NEEDS", "Drawn", "Target", "draw", "probabilities"]

NEEDS: Final = {"disagree": 4.0, "unsure": 3.0, "poor": 2.0, "failed": 2.0, "judged": 2.0, "other": 1.0}
"""How much more often a target of a stratum is drawn: where rule and judge disagree or the failure model is unsure,
since labels teach most there; everywhere some, since a rate speaks for all. Judgement, not a fit."""


@dataclass(frozen=True)
class Target:
    """A conversation, or a response, that could be labelled."""

    conversation_id: str
    turn_index: int | None
    """None: the conversation as a whole."""
    stratum: str
    """A key of `NEEDS`."""
    drawn_before: float = 0.0
    """Probability with which earlier draws chose it; 0: none did."""


@dataclass(frozen=True)
class Drawn:
    """A target that was chosen."""

    target: Target
    probability: float
    """Of being in this draw or an earlier one, in (0, 1]."""
    random_number: float
    """Its permanent random number, in [0, probability)."""


def probabilities(targets: Sequence[Target], expected_count: float) -> list[float]:
    """Give each target's probability: in proportion to its need, at most 1, adding up to `expected_count`.

    Returns
    -------
    list[float]
        Each in (0, 1], to 9 digits; all 1 where no more than `expected_count` are there; empty for no target.

    Source: Neyman 1934; the excess over 1 is dealt to the others, Särndal, Swensson & Wretman 1992, 3.6.

    >>> targets = [Target("a", None, "unsure"), Target("b", None, "other"), Target("c", None, "other")]
    >>> probabilities(targets, 1)
    [0.6, 0.2, 0.2]
    """
    if not 0 < expected_count < len(targets):
        return [1.0] * len(targets)
    needs = [NEEDS[target.stratum] for target in targets]
    certain: set[float] = set()
    while True:
        sure = sum(need in certain for need in needs)
        factor = (expected_count - sure) / sum(need for need in needs if need not in certain)
        over = {need for need in needs if need not in certain and need * factor > 1}
        if not over:
            return [1.0 if need in certain else round(need * factor, 9) for need in needs]
        certain |= over


def draw(targets: Sequence[Target], *, expected_count: float, seed: int) -> list[Drawn]:
    """Draw each target by itself: chosen where its permanent random number is below its probability.

    The number is a function of seed and target, so the same draw gives the same sample, and a target drawn earlier
    stays drawn, with the greater of both probabilities. What comes out varies around `expected_count`.

    Returns
    -------
    list[Drawn]
        In the order of number / probability. Whoever answers in this order and stops early has answered a Poisson
        sample of its own, with all probabilities smaller by one factor, which weighted means don't see.

    Source: Ohlsson 1995, 1998 (permanent random numbers, sequential Poisson sampling).
    """
    drawn = []
    for target, planned in zip(targets, probabilities(targets, expected_count), strict=True):
        probability = max(planned, target.drawn_before)
        number = _number(seed, target)
        if number < probability:
            drawn.append(Drawn(target, probability, number))
    return sorted(drawn, key=lambda one: (one.random_number / one.probability, one.target.conversation_id))


def _number(seed: int, target: Target) -> float:
    """Give the target's number in [0, 1); another word in it keeps it apart from the judge's draw."""
    place = "" if target.turn_index is None else str(target.turn_index)
    text = f"label\x1f{seed}\x1f{target.conversation_id}\x1f{place}"
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:13], 16) / 16**13
