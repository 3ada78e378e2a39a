"""Helpfulness: brings its user further, in whatever tone."""

from __future__ import annotations

import pytest

from tests.support.scoring import answer_score, scores_of

ASK = "How do I change the address of my order?"
STEPS = "Open My orders, choose the order and press Change address; that works until 18:00."


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ("I'm so sorry for the trouble, your satisfaction is very important to us!", STEPS),
        ("I can't help with that.", STEPS),
        ("Please contact our support team.", STEPS),
        ("One moment, let me check that for you.", STEPS),
        ("Which order is it?", STEPS),
        # long and kind, and yet nothing to do: length is no help
        (
            "I do understand that this matters to you, and I really appreciate that you took the time to write to us "
            "about it. We value every single customer, and our whole team is committed to your satisfaction.",
            "Press Change address by 18:00 and it is done.",
        ),
        ("I can't help with that.", "I can't change it here, but you can do it yourself: open My orders > Address."),
    ],
)
def test_what_brings_further_beats_what_does_not(worse: str, better: str) -> None:
    assert answer_score("helpfulness", ASK, worse) < answer_score("helpfulness", ASK, better)


def test_steps_with_specifics_are_worth_all() -> None:
    assert answer_score("helpfulness", ASK, STEPS) == 1.0


def test_asking_for_what_was_given_helps_less() -> None:
    told = "My e-mail is jo@example.com. How do I change the address of my order?"
    again = "Please send me your e-mail address, then I will do it by 18:00."
    assert answer_score("helpfulness", told, again) < answer_score("helpfulness", ASK, again)


def test_the_same_again_helps_less() -> None:
    turns = [{"role": "user", "content": ASK}, {"role": "assistant", "content": STEPS}]
    other = [*turns, {"role": "user", "content": "That is not there, how do I do it?"}, turns[1]]
    assert scores_of(other)["helpfulness"][0] == pytest.approx(0.3)


@pytest.mark.parametrize(("request_text", "reason"), [("Thank you!", "nothing_asked"), (None, "no_request")])
def test_nothing_to_help_with_is_unscored(request_text: str | None, reason: str) -> None:
    turns = [] if request_text is None else [{"role": "user", "content": request_text}]
    turns = [*turns, {"role": "assistant", "content": "You are welcome, it is done."}]
    assert scores_of(turns)["helpfulness"] == (None, reason)
