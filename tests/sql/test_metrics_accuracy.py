"""Accuracy: agreement with the record, where there is one."""

from __future__ import annotations

import pytest

from tests.support.scoring import Dialogue, previous_and_answer, scores_of

TOOL = '{"order": "A48213", "status": "shipped", "total": 1249.50, "arrives": "2026-11-29"}'


def after_lookup(answer: str, tool: str = TOOL, request: str = "Where is my order?") -> tuple[float | None, str | None]:
    turns: Dialogue = [
        {"role": "user", "content": request},
        {"role": "assistant", "content": None, "tool_calls": '[{"name": "lookup"}]'},
        {"role": "tool", "content": tool},
        {"role": "assistant", "content": answer},
    ]
    return scores_of(turns)["accuracy"]


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("Order A48213 was shipped and arrives on 2026-11-29; it cost $1,249.50.", 1.0),
        ("It cost $1,294.50.", 0.0),
        ("Order A48213 cost $1,294.50.", 0.5),
        ("Your order is delivered.", 0.3),
        ("Your order was shipped.", 1.0),
        ("Order A48231 was shipped.", 0.0),
    ],
)
def test_facts_are_held_against_what_the_tool_returned(answer: str, score: float) -> None:
    assert after_lookup(answer) == (score, None)


@pytest.mark.parametrize(
    "answer",
    ["It is on its way.", "Returns are free for 30 days.", "You can reach us until 2027."],
)
def test_what_no_record_could_confirm_is_unscored(answer: str) -> None:
    assert after_lookup(answer) == (None, "nothing_to_check")


def test_an_amount_is_no_contradiction_where_the_tool_returned_none() -> None:
    assert after_lookup("Express costs $12.50.", tool='{"stock": "none"}') == (None, "nothing_to_check")


def test_what_the_user_said_is_part_of_the_record() -> None:
    found = after_lookup("Order B99172 isn't in our list.", request="Where is my order B99172?")
    assert found == (1.0, None)


def test_another_number_in_the_same_sentence_contradicts_the_answer_before() -> None:
    pairs = [("How long does it take?", "Delivery takes 3 working days."), ("Sure?", "Delivery takes 5 working days.")]
    assert scores_of(previous_and_answer(pairs))["accuracy"] == (0.3, None)
    same = [pairs[0], ("Sure?", "Delivery takes 3 working days.")]
    assert scores_of(previous_and_answer(same))["accuracy"] == (None, "nothing_to_check")


def test_an_empty_answer_has_its_reason() -> None:
    assert after_lookup(" ") == (None, "empty_response")
