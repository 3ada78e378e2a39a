"""How each planted failure mode looks in a conversation: one function per kind.

A script says what goes wrong. With `is_failed` false the user gets a good answer afterwards, so that the symptom
alone proves nothing. Each gives how the conversation ended for its user.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal

from upturn.simulate.catalogue import expand
from upturn.simulate.service import answer, complain, identify, leave, look_up, near_want, rephrase, serve

if TYPE_CHECKING:
    from upturn.simulate.talk import Talk

__all__ = ["BACKGROUND", "SCRIPTS", "Outcome"]

Outcome = Literal["resolved", "escalated", "abandoned", "unresolved"]
Script = Callable[["Talk", bool], Outcome]

_FALLBACK: Final = expand(
    "[I'm sorry|Sorry|I am afraid], I [don't have|do not have|couldn't find] [information|any information|an article] "
    "[about|on] [that|this]. "
    "[Could you rephrase your question?|Can I help with something else?|Please try other words.]"
)
_OUTDATED: Final = expand(
    "[According to our terms of 2021|As of our old price list], for {subject} you have to "
    "[send a fax|write a letter|come to our office in {city}] [with form F-12|before noon] "
    "and [pay {amount}|wait six weeks]."
)
_CONTRADICT: Final = expand(
    "[that is wrong|that's not right|this can't be true], [your website|the app|your colleague] says "
    "[something else|it is different|otherwise] since {date}"
)
_REFUSAL: Final = expand(
    "[I'm sorry|I apologise], but I [can't|cannot|am not able to] [help|assist] with {subject} for "
    "[security|safety|compliance] reasons. [I can't discuss that|That is against my guidelines]."
)
_AGAIN: Final = expand(
    "[Could you give me|Can you tell me|What is] your {needs}[, so that I can help?|, to go on?|?| first?]"
)
_GIVEN_AGAIN: Final = ("I already gave it: {given}", "{given}", "it is {given}", "as I said, {given}")
_TOOL_DOWN: Final = expand(
    "[Something went wrong|A technical error occurred|The system does not respond] "
    "while I [looked that up|checked that]. "
    "[Please try again later|Try again in a few minutes]."
)
_CIRCLE: Final = expand(
    "[I can help you with that|Let me help you here]: "
    "[please choose a topic|what is it about]: orders, bills, account, other. "
    "[I understand you want a person|Before I connect you], [please describe your question|tell me more first]."
)
_CLOSED: Final = expand(
    "[I am passing you on to|I'll connect you with] [a colleague|our team]. [All desks are closed|Nobody is available] "
    "[right now|at the moment], [please call tomorrow|write again on a working day]."
)
_JARGON: Final = expand(
    "[Initiate|Trigger] the {tool} workflow via the [REST endpoint|self-service API], "
    "[authenticate with OAuth|pass the bearer token] and "
    "[reconcile|propagate] the [entity state|idempotency key] [before the TTL lapses|in the CRM backend]."
)
_LEAK: Final = expand(
    "I [see|found] [this account|these details]: {other}, {mail}, card {number}, "
    "living at [Mill Road|Station Street|Park Lane] {days}, {city}. Is that [the one|what you need]?"
)
_PERSON: Final = expand(
    "[I want to talk to a person|give me a human|agent|please connect me to someone|I asked for a real person]"
)


def _knowledge_gap(talk: Talk, is_failed: bool) -> Outcome:
    talk.bot(talk.pick(_FALLBACK))
    rephrase(talk)
    if not is_failed:
        return serve(talk)
    for _ in range(1 + talk.dice.roll() % 2):
        talk.bot(talk.pick(_FALLBACK))
        if talk.dice.chance(0.6):
            rephrase(talk)
    return leave(talk)


def _outdated_answer(talk: Talk, is_failed: bool) -> Outcome:
    talk.bot(talk.fill(talk.dice.pick(_OUTDATED).replace("{subject}", talk.want.subject)))
    talk.user(talk.pick(_CONTRADICT))
    if not is_failed:
        return serve(talk)
    talk.bot(talk.fill(talk.dice.pick(_OUTDATED).replace("{subject}", talk.want.subject)))
    return leave(talk)


def _misunderstood(talk: Talk, is_failed: bool) -> Outcome:
    near = near_want(talk)
    identify(talk)
    if near.tool:
        talk.call(near.tool)
    talk.bot(talk.pick(near.answers))
    rephrase(talk)
    if not is_failed:
        return serve(talk)
    talk.bot(talk.pick(near.answers))
    complain(talk)
    return leave(talk)


def _lost_context(talk: Talk, is_failed: bool) -> Outcome:
    for _ in range(3 if is_failed else 2):
        talk.bot(talk.dice.pick(_AGAIN).replace("{needs}", talk.assistant.needs))
        talk.user(talk.dice.pick(_GIVEN_AGAIN).replace("{given}", talk.given))
    if not is_failed:
        return serve(talk)
    talk.bot(talk.dice.pick(_AGAIN).replace("{needs}", talk.assistant.needs))
    complain(talk)
    return leave(talk)


def _slow_tool(talk: Talk, is_failed: bool) -> Outcome:
    identify(talk)
    wait = 4_000 + talk.dice.roll() % 14_000
    look_up(talk, latency_ms=wait)
    if not is_failed:
        talk.bot(talk.pick(talk.want.answers), latency_ms=wait + 900)
        return "resolved"
    if talk.dice.chance(0.5):
        talk.user(talk.pick(("hello?", "are you still there", "is anybody there?", "why does it take so long")))
    talk.bot("One more moment please, the system is slow.", latency_ms=wait + 2_500)
    return leave(talk, silent=0.7)


def _tool_error(talk: Talk, is_failed: bool) -> Outcome:
    identify(talk)
    look_up(talk, error_type=talk.dice.pick(("timeout", "http_500", "bad_gateway")))
    talk.bot(talk.pick(_TOOL_DOWN))
    talk.user(talk.pick(("try again", "again please", "?", "and now?", "can you retry it")))
    look_up(talk, error_type="http_500" if is_failed else None)
    if not is_failed:
        return answer(talk)
    talk.bot(talk.pick(_TOOL_DOWN))
    return leave(talk)


def _over_refusal(talk: Talk, is_failed: bool) -> Outcome:
    talk.bot(talk.dice.pick(_REFUSAL).replace("{subject}", talk.want.subject))
    rephrase(talk)
    if not is_failed:
        return serve(talk)
    talk.bot(talk.dice.pick(_REFUSAL).replace("{subject}", talk.want.subject))
    complain(talk)
    return leave(talk)


def _data_leak(talk: Talk, is_failed: bool) -> Outcome:
    identify(talk)
    look_up(talk)
    other = talk.dice.pick(("Karl Huber", "Marta Silva", "Ben Clarke", "Yuki Sato", "Olga Petrova"))
    mail = f"{other.lower().replace(' ', '.')}@example.com"
    talk.bot(
        talk.fill(
            talk.dice.pick(_LEAK)
            .replace("{other}", other)
            .replace("{mail}", mail)
            .replace("{number}", _card_number(talk))
        )
    )
    talk.user(talk.pick(("that is not me", "who is that? these are not my details", "why do I see somebody else")))
    talk.bot(talk.pick(talk.want.answers))
    return "unresolved" if is_failed else "resolved"


def _card_number(talk: Talk) -> str:
    """Give a card number whose check digit holds (Luhn), as a real one would."""
    digits = f"4539{talk.dice.between(100_000, 999_999)}{talk.dice.between(10_000, 99_999)}"
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(digits)]
    check = -sum(value - 9 if value > 9 else value for value in doubled) % 10
    return f"{digits[:4]} {digits[4:8]} {digits[8:12]} {digits[12:]}{check}"


def _unsafe_advice(talk: Talk, is_failed: bool) -> Outcome:
    talk.bot(talk.pick(talk.assistant.hazard))
    talk.user(
        talk.pick(("is that really safe?", "are you sure about that", "that sounds dangerous", "ok if you say so"))
    )
    talk.bot("Yes, don't worry.")
    return "unresolved" if is_failed else "resolved"


def _dead_end(talk: Talk, is_failed: bool) -> Outcome:
    for _ in range(2 + talk.dice.roll() % 2):
        talk.bot(talk.pick(_CIRCLE))
        talk.user(talk.pick(_PERSON))
    if not is_failed:
        return answer(talk)
    talk.bot(talk.pick(_CIRCLE))
    return leave(talk)


def _needless_handover(talk: Talk, is_failed: bool) -> Outcome:
    talk.bot(talk.pick(_CLOSED))
    if not is_failed:
        talk.user(talk.pick(("can't you do it yourself", "I just want to know it, no person needed")))
        return serve(talk)
    if talk.dice.chance(0.6):
        complain(talk)
    return "escalated"


def _cut_short(talk: Talk, is_failed: bool) -> Outcome:
    identify(talk)
    look_up(talk)
    whole = talk.pick(talk.want.answers)
    talk.bot(whole[: max(20, len(whole) // 4)].rstrip(" .:"))
    talk.user(talk.pick(("and then?", "is there more?", "the answer stops in the middle", "how does it go on")))
    if not is_failed:
        return answer(talk)
    talk.bot(whole[: max(20, len(whole) // 4)].rstrip(" .:"))
    return leave(talk)


def _jargon(talk: Talk, is_failed: bool) -> Outcome:
    def speak() -> None:
        tool = (talk.want.tool or "fulfilment").replace("_", " ")
        talk.bot(talk.dice.pick(_JARGON).replace("{tool}", tool))

    speak()
    talk.user(
        talk.pick(("I don't understand a word", "what does that mean", "sorry I don't get it", "in plain words please"))
    )
    if not is_failed:
        return serve(talk)
    speak()
    return leave(talk)


def _blank_answer(talk: Talk, is_failed: bool) -> Outcome:
    talk.bot("")
    talk.user(talk.pick(("?", "I see nothing", "your message is empty", "hello? nothing here", "there is no text")))
    if not is_failed:
        return serve(talk)
    talk.bot("")
    return leave(talk)


def _vague(talk: Talk, is_failed: bool) -> Outcome:
    identify(talk)
    look_up(talk)
    if not is_failed:
        return answer(talk)
    talk.bot(f"You can find everything about {talk.want.subject} on our website.")
    if talk.dice.chance(0.5):
        talk.user(talk.pick(("where exactly", "I can't find it there", "that does not help me")))
        talk.bot("Please look under Help.")
    return leave(talk)


SCRIPTS: Final[dict[str, Script]] = {
    "knowledge_gap": _knowledge_gap,
    "outdated_answer": _outdated_answer,
    "misunderstood": _misunderstood,
    "lost_context": _lost_context,
    "slow_tool": _slow_tool,
    "tool_error": _tool_error,
    "over_refusal": _over_refusal,
    "data_leak": _data_leak,
    "unsafe_advice": _unsafe_advice,
    "dead_end": _dead_end,
    "needless_handover": _needless_handover,
    "cut_short": _cut_short,
    "jargon": _jargon,
    "blank_answer": _blank_answer,
}
"""The script of each kind of `upturn.simulate.modes.KINDS`."""

BACKGROUND: Final[tuple[Script, ...]] = (_vague, _vague, _knowledge_gap, _misunderstood, _tool_error, _outdated_answer)
"""Scripts of failures that nothing planted explains: they look like others, at a low rate everywhere."""
