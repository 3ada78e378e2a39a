"""How people write: greetings, reasons, politeness, typos and casing, by persona and channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from upturn.simulate.catalogue import expand

if TYPE_CHECKING:
    from upturn.simulate.dice import Dice

__all__ = ["Manner", "manner_of", "say"]


@dataclass(frozen=True)
class Manner:
    """How one kind of user writes."""

    openings: tuple[str, ...]
    reasons: tuple[str, ...]
    closings: tuple[str, ...]
    typo: float
    """Probability of a typo in a message."""
    lower: float
    """Probability that a message has no capitals."""
    shout: float = 0.0
    """Probability that a message is all capitals."""


def _all(*templates: str) -> tuple[str, ...]:
    return tuple(text for template in templates for text in expand(template))


_PLAIN_OPENINGS: Final = _all(
    "", "", "", "", "[hi|hello|hey|good morning|good evening], ", "[hi|hello] there, ", "[quick question|a question]: "
)
_PLAIN_CLOSINGS: Final = _all(
    "", "", "", "", " [please|thanks|thank you|pls]", " [can you help|any idea|could you check]?"
)
_LIFE: Final = _all(
    "",
    "",
    "",
    "[I am|I'm] [leaving for {city}|busy at work|at home with the kids|writing from {city}] "
    "[today|tomorrow|since {date}].",
    "[It is|It's] for [my mother|my daughter|a friend|my flat in {city}|our anniversary|my neighbour {name}].",
    "[My name is|This is] {name}.",
    "[I already looked|I have looked|I looked] [in the app|on the website|in the help pages|everywhere].",
    "[I asked|I wrote|I called] about [this|it] [on {date}|{days} days ago|last week] [already|too].",
)

_MANNERS: Final[dict[str, Manner]] = {
    "novice": Manner(
        openings=_all(
            "",
            "[hello|hi|good day|good evening], [I am not good with this|sorry to bother you|I hope I am right here], ",
        )
        + _PLAIN_OPENINGS,
        reasons=_LIFE
        + _all(
            "[I don't know|I am not sure|I have no idea] [where to look|what to press|how this works|what that means]."
        ),
        closings=_PLAIN_CLOSINGS
        + _all(" [sorry if this is a stupid question|can you explain it slowly|what should I press]?"),
        typo=0.22,
        lower=0.25,
    ),
    "expert": Manner(
        openings=_all("", "", "", "[hi|re]: ", "[short one|in short]: "),
        reasons=_all("", "", "", "", "Ref {order}.", "Since {date}."),
        closings=_all("", "", "", " [thx|tia|asap]"),
        typo=0.05,
        lower=0.4,
    ),
    "frustrated": Manner(
        openings=_all(
            "",
            "",
            "[seriously|honestly|again|listen|ok so], ",
            "[this is the {days}th time I ask|I am really annoyed|third attempt]: ",
        ),
        reasons=_all(
            "",
            "[I have waited|I've been waiting] [{days} days|since {date}|long enough] [now|already].",
            "[Nobody|No one] [answers|helps|cares] [at your hotline|in {city}|here].",
            "[This is|It's] [unacceptable|a joke|ridiculous].",
        ),
        closings=_all("", "", "!", "!!", " [now|today|finally]!", "??"),
        typo=0.2,
        lower=0.3,
        shout=0.06,
    ),
    "curious": Manner(
        openings=_PLAIN_OPENINGS + _all("[I was wondering|just wondering|out of curiosity|I'd like to understand], "),
        reasons=_LIFE
        + _all("[I would also like to know|And I wonder] [why|how that works in general|who decides that]."),
        closings=_PLAIN_CLOSINGS + _all(" [and why is that|how does it work]?"),
        typo=0.1,
        lower=0.2,
    ),
    "business": Manner(
        openings=_all("[Dear team|Good morning|Good afternoon|To whom it may concern|Hello], ", "", ""),
        reasons=_all(
            "",
            "[Our company|Our office|The team] in {city} "
            "[depends on it|needs this by {date}|has {days} employees waiting].",
            "[It concerns|This is for] [our account|cost centre {order}|the purchase of {date}].",
        ),
        closings=_all("", " [Kind regards|Best regards|Regards], {name}", " [Thank you in advance|Please advise]."),
        typo=0.04,
        lower=0.03,
    ),
    "technical": Manner(
        openings=_all("", "", "[hi|hello], "),
        reasons=_all(
            "",
            "[I use|Using] [Firefox|Chrome|Safari|the app] [on a {device}|version {days}.{days}].",
            "[Cleared the cache|Reinstalled the app|Tried another browser|Checked the logs] "
            "[on {date}|, no change|twice].",
        ),
        closings=_all("", "", " [is there an error code|what is the root cause|any known issue]?"),
        typo=0.07,
        lower=0.3,
    ),
}


def manner_of(persona: str) -> Manner:
    """Give how this persona writes."""
    return _MANNERS[persona]


def say(dice: Dice, manner: Manner, text: str) -> str:
    """Give `text` as this manner would type it: casing and typos."""
    if dice.chance(manner.shout):
        text = text.upper()
    elif dice.chance(manner.lower):
        text = text.lower()
    else:
        text = text[:1].upper() + text[1:]
    return _mistype(dice, text) if dice.chance(manner.typo) else text


def _mistype(dice: Dice, text: str) -> str:
    """Swap, drop or double one letter."""
    if len(text) < 8:
        return text
    place = 1 + dice.roll() % (len(text) - 3)
    if not (text[place].isalpha() and text[place + 1].isalpha()):
        return text
    kind = dice.roll() % 3
    if kind == 0:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text[:place] + text[place + 1 :] if kind == 1 else text[:place] + text[place] + text[place:]
