"""Scales of feedback: a value and its scale become a score from 0 (worst) to 1 (best)."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["canonical_scale", "canonical_value", "score"]

_RANGE: Final = re.compile(r"\s*(-?\d{1,9})\s*(?:-|–|\.\.|to)\s*(-?\d{1,9})\s*")
_NUMBER: Final = re.compile(r"-?\d{1,9}(\.\d{1,9})?")
_IMPLIED: Final = {"thumb": "thumb", "nps": "0-10"}
_UP: Final = frozenset({"up", "1", "true", "yes", "thumbs_up", "thumbs up", "positive", "👍"})
_DOWN: Final = frozenset({"down", "0", "-1", "false", "no", "thumbs_down", "thumbs down", "negative", "👎"})


def canonical_scale(scale: str | None, kind: str) -> str | None:
    """Give a scale as `low-high` or `thumb`; None where neither it nor the kind says which.

    >>> canonical_scale("1 to 5", "rating"), canonical_scale(None, "nps"), canonical_scale(None, "csat")
    ('1-5', '0-10', None)

    Raises
    ------
    ValueError
        If the scale is no range of two whole numbers, low before high, and not `thumb`.
    """
    if scale is None:
        return _IMPLIED.get(kind)
    if scale.strip().lower() in ("thumb", "thumbs", "up-down", "binary"):
        return "thumb"
    found = _RANGE.fullmatch(scale)
    if not found or int(found[1]) >= int(found[2]):
        raise ValueError('is not known: expected a range such as "1-5" or "0-10", or "thumb"')
    return f"{int(found[1])}-{int(found[2])}"


def canonical_value(value: str, scale: str) -> str:
    """Give a value as a number within its scale, or `up` or `down` on the thumb's.

    >>> canonical_value("True", "thumb"), canonical_value("3.5", "1-5")
    ('up', '3.5')

    Raises
    ------
    ValueError
        If the value is not on the scale.
    """
    said = value.strip().lower()
    if scale == "thumb":
        if said in _UP or said in _DOWN:
            return "up" if said in _UP else "down"
        raise ValueError("is not on the thumb's scale: expected up or down, true or false, 1 or 0")
    low, high = _ends(scale)
    if not _NUMBER.fullmatch(said) or not low <= float(said) <= high:
        raise ValueError(f"is not on its scale: expected a number from {low} to {high}")
    return said


def score(value: str, scale: str) -> float:
    """Give the score, 0..1, of a canonical value: linear from one end of the scale to the other.

    >>> score("3.5", "1-5"), score("up", "thumb"), score("0", "0-10")
    (0.625, 1.0, 0.0)
    """
    if scale == "thumb":
        return float(value == "up")
    low, high = _ends(scale)
    return (float(value) - low) / (high - low)


def _ends(scale: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(scale)
    if not found:
        raise ValueError("is no range of two numbers")
    return int(found[1]), int(found[2])
