"""What users volunteer afterwards: the unhappy three times as often, and some of it days later."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from upturn.simulate.dice import Dice

__all__ = ["HAPPY_RATE", "UNHAPPY_RATE", "volunteer"]

HAPPY_RATE: Final = 0.09
UNHAPPY_RATE: Final = 0.27
"""Probability of feedback after a failure: three times that after a success."""

LATE_RATE: Final = 0.25
"""Probability that feedback comes one to three days later, in a record of its own."""

_BAD: Final = ("did not help", "useless bot", "still not solved", "had to call anyway", "no answer to my question")
_GOOD: Final = ("quick and easy", "great", "all solved", "friendly bot", "worked at once")


def volunteer(
    dice: Dice, *, is_failure: bool, ended_at: datetime, turn_index: int
) -> tuple[dict[str, Any], int] | None:
    """Give a piece of feedback with the days by which it is late; None where the user says nothing.

    Scores are noisy: one in ten of the unhappy rates well and the other way round.
    """
    if not dice.chance(UNHAPPY_RATE if is_failure else HAPPY_RATE):
        return None
    is_bad = is_failure != dice.chance(0.1)
    late = 1 + dice.roll() % 3 if dice.chance(LATE_RATE) else 0
    given: dict[str, Any] = {
        **_rating(dice, is_bad=is_bad),
        "author": "user",
        "created_at": ended_at + timedelta(days=late, seconds=20 + dice.roll() % 900),
    }
    if dice.chance(0.3):
        given["turn_index"] = turn_index
    return given, late


def _rating(dice: Dice, *, is_bad: bool) -> dict[str, Any]:
    kind = dice.pick(("rating", "rating", "csat", "thumb", "thumb", "nps", "comment"))
    words = dice.pick(_BAD if is_bad else _GOOD)
    if kind == "comment":
        return {"kind": "comment", "comment": words}
    if kind == "thumb":
        given: dict[str, Any] = {"kind": "thumb", "scale": "thumb", "value": "down" if is_bad else "up"}
    elif kind == "nps":
        given = {"kind": "nps", "scale": "0-10", "value": dice.between(0, 5) if is_bad else dice.between(8, 10)}
    else:
        given = {"kind": kind, "scale": "1-5", "value": dice.between(1, 2) if is_bad else dice.between(4, 5)}
    if dice.chance(0.3):
        given["comment"] = words
    return given
