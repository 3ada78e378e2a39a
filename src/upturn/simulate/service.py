"""Good service and the moves that every conversation is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from upturn.simulate.catalogue import expand

if TYPE_CHECKING:
    from upturn.simulate.catalogue import Want
    from upturn.simulate.talk import Talk

__all__ = ["answer", "complain", "identify", "leave", "look_up", "near_want", "rephrase", "serve", "small_talk"]

_GREETINGS: Final = expand("[Hello|Hi|Welcome|Good day]! [How can I help you|What can I do for you] [today|]?")
_NEEDS: Final = expand(
    "[Sure|Of course|Happy to help|Certainly]. [Could you give me|What is|May I have] your {needs}[?|, please?]"
)
_GIVES: Final = expand("[it is|it's|here you go:|sure,|] {given}")
_REPHRASES: Final = expand(
    "[No|no|Not that|That is not what I meant|I mean|you don't understand|let me say it again|in other words|once more]"
    "[,|:] "
)
_COMPLAINTS: Final = expand(
    "[this|that] [does not help|is useless|is no help at all|makes no sense|is not what I asked][.|!|, really|]"
)
_GIVES_UP: Final = expand(
    "[never mind|forget it|I give up|then I'll call|ok I'll go elsewhere|waste of time|whatever][.||, bye| then]"
)
_THANKS: Final = expand(
    "[thanks|thank you|great, thanks|perfect|ok got it|thx|super, that helps|cheers|wonderful, thank you]"
    "[!|.|| for the help| so much|, that worked|, bye]"
)
_WELCOME: Final = expand(
    "[You're welcome|My pleasure|Glad I could help|With pleasure]! [Have a nice day|Is there anything else|]"
)
_AGENT: Final = expand(
    "[Hello|Hi], [this is|I am] {name} [from the team|]. "
    "I [read|have read] the chat and [will take care of it|have solved it for you]."
)


def near_want(talk: Talk) -> Want:
    """Give the want that is most easily taken for the talk's own."""
    return next(want for want in talk.assistant.wants if want.id == talk.want.near)


def small_talk(talk: Talk) -> None:
    """Open with a greeting before the question, now and then."""
    talk.user(
        talk.pick(
            expand("[hi|hello|hey|good morning|good evening][!|.||, anyone there?| {name} here|, how are you|, bot]")
        )
    )
    talk.bot(talk.pick(_GREETINGS))


def identify(talk: Talk) -> None:
    """Let the assistant ask for what it needs, where it has to look something up."""
    if talk.want.tool and talk.dice.chance(0.55):
        talk.bot(talk.dice.pick(_NEEDS).replace("{needs}", talk.assistant.needs))
        talk.user(talk.dice.pick(_GIVES).replace("{given}", talk.given))


def look_up(talk: Talk, *, error_type: str | None = None, latency_ms: int | None = None) -> None:
    """Let the assistant call the tool of the want, if it has one."""
    if talk.want.tool:
        talk.call(talk.want.tool, error_type=error_type, latency_ms=latency_ms)


def serve(talk: Talk) -> Literal["resolved", "escalated"]:
    """Serve the user well: identify, look up, answer, follow-up questions, thanks."""
    identify(talk)
    if talk.dice.chance(0.01):
        look_up(talk, error_type="timeout")
    look_up(talk)
    return answer(talk)


def answer(talk: Talk) -> Literal["resolved", "escalated"]:
    """Answer well, with what comes after a good answer."""
    talk.bot(talk.pick(talk.want.answers))
    if talk.want.is_handover:
        talk.agent(talk.pick(_AGENT))
        if talk.dice.chance(0.6):
            talk.user(talk.pick(_THANKS))
        return "escalated"
    for question, reply in talk.want.follows:
        if talk.dice.chance(0.6 if talk.persona in {"curious", "novice", "technical"} else 0.35):
            talk.user(talk.pick(question) + talk.dice.pick(("?", "", "", " ?")))
            talk.bot(talk.pick(reply))
    if talk.dice.chance(0.55):
        talk.user(talk.pick(_THANKS))
        if talk.dice.chance(0.7):
            talk.bot(talk.dice.pick(_WELCOME).strip())
    return "resolved"


def rephrase(talk: Talk) -> None:
    """Let the user ask for the same thing in other words."""
    talk.user(talk.pick(_REPHRASES) + talk.pick(talk.want.asks))


def complain(talk: Talk) -> None:
    """Let the user say that this was no help."""
    talk.user(talk.pick(_COMPLAINTS))


def leave(talk: Talk, *, silent: float = 0.45) -> Literal["abandoned", "unresolved"]:
    """End without success: without a word with probability `silent`, else saying so."""
    if talk.dice.chance(silent):
        return "abandoned"
    talk.user(talk.pick(_GIVES_UP))
    if talk.dice.chance(0.5):
        talk.bot("Is there anything else I can do for you?")
    return "unresolved"
