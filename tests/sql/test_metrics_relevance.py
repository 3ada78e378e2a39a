"""Relevance: speaks of what was asked, whatever it says of it."""

from __future__ import annotations

import pytest

from tests.support.scoring import answer_score, scores_of

ASK = "How do I return the headphones that I bought for my brother?"


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ("Our shops are open on Sunday from 10 to 18.", "You can return headphones within 30 days: choose Returns."),
        ("I can't help with that.", "The headphones go back to us with the label in the box."),
        # echoing the request is no answer to it
        ("How do I return the headphones that I bought for my brother?", "Return the headphones by post."),
    ],
)
def test_an_answer_that_speaks_of_the_request_is_more_relevant(worse: str, better: str) -> None:
    assert answer_score("relevance", ASK, worse) < answer_score("relevance", ASK, better)


def test_half_of_the_words_are_enough_and_the_figure_is_as_said() -> None:
    # terms of the request: return, headphones, bought, brother; letters 6 + 10 + 6 + 7 = 29. "return" alone: 6 / 29,
    # doubled .4138; .2 + .8 × .4138 = .531
    assert answer_score("relevance", ASK, "You may return it.") == pytest.approx(0.531, abs=1e-4)
    assert answer_score("relevance", ASK, "Return the headphones to us.") == 1.0  # 16 / 29 > a half


def test_yes_to_a_yes_no_question_is_relevant_without_its_words() -> None:
    assert answer_score("relevance", "Is the delivery insured?", "Yes, it is.") == 0.7


def test_thanks_and_other_languages_are_unscored() -> None:
    def reason(request: str, answer: str) -> str | None:
        turns = [{"role": "user", "content": request}, {"role": "assistant", "content": answer}]
        return scores_of(turns)["relevance"][1]

    assert reason("Thanks, bye!", "You're welcome.") == "nothing_asked"
    assert reason("Wo ist mein Paket geblieben?", "Es kommt morgen.") == "no_terms"
    assert scores_of([{"role": "assistant", "content": "Hi, it is me."}])["relevance"] == (None, "no_request")
