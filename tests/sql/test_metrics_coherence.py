"""What reads as finished speech, and what does not."""

from __future__ import annotations

import pytest

from tests.support.scoring import answer_score, previous_and_answer, scores_of

REQUEST = "Where is my order, and how do I change the address?"
GOOD = "It left on Monday and arrives by Thursday. You change the address under Orders."


@pytest.mark.parametrize(
    "answer",
    [
        GOOD,
        "Ok",
        "Il tuo ordine è stato spedito lunedì e arriverà giovedì.",
        'Put this in the file:\n```json\n{"retries": 3, "items": []}\n```\nThen restart it.',
        "| item | price |\n|------|-------|\n| cable | 9.99 |",
        "Your null hypothesis in [section 3] is fine.",
    ],
)
def test_speech_that_only_looks_odd_is_coherent(answer: str) -> None:
    assert answer_score("coherence", REQUEST, answer) >= 0.95


@pytest.mark.parametrize(
    ("answer", "at_most"),
    [
        ("Hi {{first_name}}, your order has shipped.", 0.2),
        ("Dear {customer_name}, your order has shipped.", 0.2),
        ("Hello undefined, your order has shipped.", 0.2),
        ("Traceback (most recent call last):\n  File app.py, line 3", 0.2),
        ("java.lang.NullPointerException at shop.Cart(Cart.java:12)", 0.2),
        ('{"status": "ok", "items": []}', 0.2),
        ("<div>Your order</div> has shipped.", 0.2),
        ("the the the the the the the the the the the the the the the the the the the the", 0.3),
        ("You can track it online. Sign in first. You can track it online. Sign in first.", 0.3),
        ("?!?", 0.4),
        ("ご注文は月曜日に発送され、木曜日に到着します。", 0.5),  # to an English request
        ("Your order has shipped and the", 0.6),
        ("VotrÃ© colis arrive demain, câ€™est certain.", 0.6),
    ],
)
def test_each_flaw_costs_what_the_header_says(answer: str, at_most: float) -> None:
    assert answer_score("coherence", REQUEST, answer) <= at_most < answer_score("coherence", REQUEST, GOOD)


def test_scripts_without_spaces_are_not_flaws() -> None:
    assert answer_score("coherence", "注文はどこですか?", "ご注文は月曜日に発送され、木曜日に到着します。") == 1.0


def test_the_answer_before_said_again_is_a_flaw_unless_it_was_asked_for() -> None:
    again = scores_of(previous_and_answer([("Where is it?", GOOD), ("No, the other one!", GOOD)]))
    asked = scores_of(previous_and_answer([("Where is it?", GOOD), ("Can you say that again?", GOOD)]))
    short = scores_of(previous_and_answer([("thanks", "You're welcome!"), ("thanks", "You're welcome!")]))
    assert again["coherence"][0] == 0.3
    assert asked["coherence"][0] == short["coherence"][0] == 1.0
