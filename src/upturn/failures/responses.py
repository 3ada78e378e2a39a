"""What a learned model of single responses looks at: the words around a response, and how they hang together.

The model is that of `learning`, with a prior that knows nothing (`response_prior`). No stage calls it yet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from upturn.failures.learned_model import Case
from upturn.failures.model import FailureModel, Weight

__all__ = ["Said", "response_case", "response_prior"]

_WORDS: Final = re.compile(r"[^\W_]+")
_LITTLE: Final = frozenset(
    "the a an is are was to of and in on for it i you your my me that this do does did be have has with at as so but or"  # noqa: SIM905
    " not no yes what how if can".split()
)
"""Words that say nothing about what is said."""
_FEATURES: Final[tuple[str, ...]] = (
    "after_result",
    "asks",
    "grounded_in_result",
    "is_call",
    "known_words",
    "length",
    "next_length",
    "next_repeats_response",
    "next_repeats_user",
    "no_next",
    "place",
    "repeats_own",
    "repeats_result",
    "repeats_user",
    "same_as_own",
    "short",
    "user_asked",
    "user_length",
)


@dataclass(frozen=True)
class Said:
    """One turn as the model reads it."""

    role: str
    """`user`, `assistant` or `tool`."""
    text: str
    """What was said; of a call its name as `call_NAME` and the arguments; of a tool its result."""
    is_call: bool = False


def response_prior(share: float = 0.5) -> FailureModel:
    """Give a prior under which every response is bad with chance `share`, whatever it looks like."""
    import math

    weights = tuple(Weight(name, 0.0, "nothing is known before labels", name.replace("_", " ")) for name in _FEATURES)
    return FailureModel(math.log(share / (1 - share)), weights)


def response_case(
    name: str, turns: Sequence[Said], place: int, *, group: str, label: bool | None = None, sees_next: bool = True
) -> Case:
    """Give the response at `place` with what came before it and, where `sees_next`, the user's next message.

    Terms are counted apart in three texts: the user's last message with the last result of a tool; the response; and
    what came after (without `sees_next`: all that was said before).
    """
    before = turns[:place]
    user = next((each.text for each in reversed(before) if each.role == "user"), "")
    result = next((each.text for each in reversed(before) if each.role == "tool"), "")
    after = turns[place + 1].text if sees_next and turns[place + 1 : place + 2] else ""
    history = " . ".join(each.text for each in before if each.role != "tool")
    return Case(
        conversation_id=name,
        signals=_features(turns, place, user=user, result=result, after=after),
        texts=(f"{user} {result}", turns[place].text, after if sees_next else history),
        turn_count=place + 1,
        group=group,
        label=label,
    )


def _features(turns: Sequence[Said], place: int, *, user: str, result: str, after: str) -> Mapping[str, float]:
    """Give each feature, 0..1."""
    response, before = turns[place], turns[:place]
    said, asked, found, following = (_split(each) for each in (response.text, user, result, after))
    own = [_split(each.text) for each in before if each.role == "assistant"]
    earlier = {word for each in before for word in _split(each.text)}
    last = before[-1] if before else None
    return {
        "after_result": float(last is not None and last.role == "tool"),
        "asks": float("?" in response.text),
        "grounded_in_result": _share(said, set(found)),
        "is_call": float(response.is_call),
        "known_words": _share(said, earlier),
        "length": min(len(said) / 40, 1.0),
        "next_length": min(len(following) / 40, 1.0),
        "next_repeats_response": _overlap(said, following),
        "next_repeats_user": _overlap(asked, following),
        "no_next": float(not following),
        "place": min(place / 40, 1.0),
        "repeats_own": max((_overlap(said, each) for each in own), default=0.0),
        "repeats_result": _overlap(said, found),
        "repeats_user": _overlap(said, asked),
        "same_as_own": float(said in own),
        "short": float(len(said) <= 3),
        "user_asked": float(last is not None and last.role == "user" and "?" in last.text),
        "user_length": min(len(asked) / 40, 1.0),
    }


def _split(text: str) -> list[str]:
    return _WORDS.findall(text.lower())


def _overlap(first: Sequence[str], second: Sequence[str]) -> float:
    """Give the Jaccard share, 0..1, of the words that carry meaning; 0 without any."""
    one, other = set(first) - _LITTLE, set(second) - _LITTLE
    return len(one & other) / len(one | other) if one | other else 0.0


def _share(words: Sequence[str], known: set[str]) -> float:
    """Give the share of different words, 0..1, that are known; 0 without words."""
    return len(set(words) & known) / len(set(words)) if words else 0.0
