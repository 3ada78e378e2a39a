"""Scores of tracing tools become feedback where scale and direction are known; where not, they are kept as they are."""

from __future__ import annotations

import re
from typing import Any, Final

__all__ = ["is_asked_of_users", "opinion"]

_THUMBS: Final = re.compile(r"thumb|feedback|user[-_ .]?(score|vote)|up[-_ ]?vote|^(dis)?likes?$", re.IGNORECASE)
"""Names under which applications record the thumb of a user."""
_SCALES: Final = re.compile(r"rating|stars?\b|csat|nps\b|grade", re.IGNORECASE)
"""Names of a scale of which 1 may be the worst: without bounds nothing tells. `user_score` is LangSmith's 1 or 0."""
_HANDS: Final = frozenset({"👍", "👎", "thumbsup", "thumbup", "thumbsdown", "thumbdown"})
_OF_USERS: Final = re.compile(r"user|customer|client|visitor|rating|stars?\b|csat|nps\b|satisf", re.IGNORECASE)
"""Names under which applications record what users say, beside thumbs."""
_BAD_IS_HIGH: Final = re.compile(
    r"toxic|hallucinat|error|risk|bias|harm|frustrat|abus|spam|unsafe|incorrect|wrong|dislike|negativ|fail|refus",
    re.IGNORECASE,
)
"""Names of which a high value says nothing good."""
_WORDS: Final = {
    "up": "up", "thumbsup": "up", "thumbup": "up", "like": "up", "positive": "up", "👍": "up",
    "down": "down", "thumbsdown": "down", "thumbdown": "down", "dislike": "down", "negative": "down", "👎": "down",
}  # fmt: skip
_THUMB: Final = {1: "up", 0: "down", -1: "down"}


def opinion(
    name: Any, *, value: Any = None, label: Any = None, comment: Any = None, bounds: tuple[Any, Any] | None = None
) -> dict[str, Any] | None:
    """Give kind, value, scale, comment and channel of feedback; None where its scale or direction would be a guess.

    A word such as `thumbs-up` is a thumb; a number between bounds is a rating; 1, 0, -1, true and false are a thumb
    only under a name that asks users for one. A comment on a score that is none of these stays a comment. The score's
    name tells where it was asked for: it is the channel.

    >>> opinion("user-feedback", value=1)
    {'kind': 'thumb', 'value': 'up', 'channel': 'user-feedback'}
    >>> opinion("quality", value=4, bounds=(1, 5))
    {'kind': 'rating', 'value': 4, 'scale': '1-5', 'channel': 'quality'}
    >>> opinion("hallucination", value=1), opinion("quality", value=0.7)
    (None, None)
    >>> opinion("user-rating", value=1)  # one star, or a thumb?
    """
    named = name if isinstance(name, str) else ""
    said: dict[str, Any] | None = None
    word = _WORDS.get(_plain(label)) if isinstance(label, str) else None
    is_number = isinstance(value, (int, float))
    if word is not None:
        said = {"kind": "thumb", "value": word}
    elif is_number and not _BAD_IS_HIGH.search(named):
        if bounds is not None and (scale := _scale(value, bounds)) is not None:
            said = {"kind": "rating", "value": value, "scale": scale}
        elif value in _THUMB and _THUMBS.search(named) and not _SCALES.search(named):
            said = {"kind": "thumb", "value": _THUMB[value]}
    if isinstance(comment, str) and comment.strip():
        said = {**(said or {"kind": "comment"}), "comment": comment}
    return said | {"channel": named} if said and named else said


def is_asked_of_users(name: Any, label: Any = None) -> bool:
    """Whether a score's name, or a thumb as its label, says that a user gave it: code sends in machines' verdicts too.

    >>> is_asked_of_users("thumbs"), is_asked_of_users("csat"), is_asked_of_users("hallucination")
    (True, True, False)
    """
    is_hand = isinstance(label, str) and _plain(label) in _HANDS
    return is_hand or (isinstance(name, str) and bool(_THUMBS.search(name) or _OF_USERS.search(name)))


def _plain(label: str) -> str:
    return re.sub(r"[-_ ]", "", label.lower())


def _scale(value: float, bounds: tuple[Any, Any]) -> str | None:
    low, high = bounds
    if isinstance(value, bool) or not all(isinstance(end, (int, float)) and float(end).is_integer() for end in bounds):
        return None
    return f"{int(low)}-{int(high)}" if low < high and low <= value <= high else None
