"""What an answer costs its reader."""

from __future__ import annotations

import pytest

from tests.support.scoring import answer_score, scores_of

REQUEST = "How do I reset the router?"
ANSWER = "Hold the small button on its back for ten seconds, until the light turns white."


@pytest.mark.parametrize(
    ("latency_ms", "expected"),
    [(None, 1.0), (0.0, 1.0), (3000.0, 1.0), (6000.0, 0.5), (30_000.0, 0.1)],  # 3000 / latency beyond 3000
)
def test_waiting_counts_from_the_threshold_on(latency_ms: float | None, expected: float) -> None:
    assert answer_score("efficiency", REQUEST, ANSWER, latency_ms=latency_ms) == expected


def test_a_text_far_longer_than_needed_is_worth_its_allowance_over_its_length() -> None:
    # allowance 400 + 4 x 26 = 504; length 79 x 10 = 790 -> 504 / 790 = .638
    assert answer_score("efficiency", REQUEST, ANSWER * 10) == pytest.approx(0.638, abs=1e-4)


def test_courtesy_is_waste_only_beyond_a_third() -> None:
    polite = f"I'm sorry about the trouble. {ANSWER}"
    servile = (
        "We truly appreciate your patience. I'm so sorry to hear this. Thank you for contacting us today. Press it."
    )
    assert answer_score("efficiency", REQUEST, polite) == 1.0
    assert answer_score("efficiency", REQUEST, servile) < 0.8


@pytest.mark.parametrize(
    ("given", "answer", "expected"),
    [
        ("Where is order 48213?", "What is your order number?", 0.5),
        ("Where is order 48213?", "Could you confirm your order number 48213?", 1.0),
        ("Where is my order?", "What is your order number?", 1.0),
        ("I'm at jo@example.org, it is late", "Please provide your email address.", 0.5),
        ("I'm at jo@example.org, it is late", "Please provide your order number.", 1.0),
    ],
)
def test_asking_for_what_was_given_is_waste(given: str, answer: str, expected: float) -> None:
    turns = [
        {"role": "user", "content": given},
        {"role": "assistant", "content": "Let me see."},
        {"role": "user", "content": "ok"},
        {"role": "assistant", "content": answer},
    ]
    assert scores_of(turns)["efficiency"][0] == expected


def test_many_tokens_for_few_words_are_waste_unless_a_tool_was_called() -> None:
    # 15 words: beyond 120 tokens it is heavy
    assert answer_score("efficiency", REQUEST, ANSWER, output_tokens=121) == 0.7
    assert answer_score("efficiency", REQUEST, ANSWER, output_tokens=119) == 1.0
    assert answer_score("efficiency", REQUEST, ANSWER, output_tokens=900, tool_calls='[{"name": "look"}]') == 1.0
