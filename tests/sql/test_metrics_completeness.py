"""Which of two answers serves the request better."""

from __future__ import annotations

import pytest

from tests.support.scoring import answer_score, scores_of

REQUEST = "Where is my order 4711, and how do I change the delivery address?"
FULL = "Order 4711 left on Monday and arrives Thursday. To change the delivery address, open Orders and choose Edit."
SHORT = "Order 4711 ships Thursday; edit the address under Orders."
EMPTY_WORDS = (
    "Thank you so much for reaching out to us today. We truly value you as a customer and we understand how important "
    "this is. Our team is committed to providing excellent service. We sincerely appreciate your patience. Please rest "
    "assured that we are here to help. Is there anything else I can help you with?"
)


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        (EMPTY_WORDS, SHORT),  # 290 characters of courtesy against 57 of substance
        ("I don't know.", SHORT),
        ("Sorry, I can't help with that.", SHORT),
        ("Please contact our support team.", SHORT),
        ("One moment please, let me check.", SHORT),
        ("Something went wrong. Please try again later.", SHORT),
        ("I'm sorry, I didn't understand that.", "I didn't catch the address: what is the new one, with its postcode?"),
        ("I can't find it.", "I can't find order 4711 here, but I'll transfer you to the shipping team, who can."),
        ("Order 4711 left on Monday and arrives Thursday. To change the delivery address, open your", FULL),
        ("Our stores open at nine and close at six on weekdays, and at four on Saturdays.", FULL),  # off topic
        ("Yes.", FULL),
    ],
)
def test_the_worse_answer_scores_below_the_better(worse: str, better: str) -> None:
    assert answer_score("completeness", REQUEST, worse) < answer_score("completeness", REQUEST, better)


def test_a_full_answer_is_complete() -> None:
    assert answer_score("completeness", REQUEST, FULL) == 1.0


def test_more_asks_need_more_answer() -> None:
    one = answer_score("completeness", "When does it arrive?", "It is due to arrive on Thursday.")
    three = answer_score(
        "completeness", "When does it arrive? Who brings it? Can I pay cash?", "It is due on Thursday."
    )
    assert three < one


def test_yes_answers_a_yes_no_question() -> None:
    assert answer_score("completeness", "Is the store open on Sunday?", "Yes, it is.") == 1.0


def test_thanks_need_no_content() -> None:
    assert answer_score("completeness", "Great, thanks a lot!", "You're welcome!") == 1.0


@pytest.mark.parametrize(
    ("request_text", "answer"),
    [
        ("¿Dónde está mi pedido?", "Tu pedido salió el lunes y llegará el jueves a tu casa."),
        ("注文はどこですか?", "ご注文は月曜日に発送され、木曜日に到着します。"),
        ("Wo ist meine Bestellung?", "Die Bestellung kommt am Donnerstag bei Ihnen an."),
    ],
)
def test_rules_of_words_do_not_punish_other_languages(request_text: str, answer: str) -> None:
    assert answer_score("completeness", request_text, answer) == 1.0


def test_an_answer_before_any_request_has_no_score() -> None:
    greeted = scores_of([{"role": "assistant", "content": "Hello, how can I help?"}])
    assert greeted["completeness"] == (None, "no_request")
    assert greeted["coherence"] == (1.0, None)


def test_two_user_turns_in_a_row_are_one_request() -> None:
    answer = {"role": "assistant", "content": "The delivery address is changed."}
    both = scores_of([{"role": "user", "content": REQUEST}, {"role": "user", "content": "hello?"}, answer])
    last = scores_of([{"role": "user", "content": "hello"}, answer])
    assert both["completeness"][0] < last["completeness"][0] == 1.0  # type: ignore[operator]
