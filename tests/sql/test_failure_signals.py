"""Each signal: where it fires, where it must not, and nothing without conversations."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.failing import Turn, add_conversation, add_rating, open_tables
from upturn.failures.detection import SIGNAL_QUERIES, detect_failures
from upturn.failures.model import FIXED_MODEL
from upturn.settings import Thresholds

THRESHOLDS = Thresholds()
ASK: Turn = ("user", "Where is my parcel from last Monday?")
ANSWER: Turn = ("assistant", "Your parcel arrives tomorrow before noon.")
BYE: Turn = ("user", "Thanks, that is all.")


def call(name: str, **arguments: Any) -> Turn:
    return {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "name": name, "arguments": arguments}]}


def tool(content: str, **more: Any) -> Turn:
    return {"role": "tool", "content": content, "tool_name": "track", **more}


def fired(turns: list[Turn], **fields: Any) -> dict[str, tuple[int | None, float]]:
    connection = open_tables()
    add_conversation(connection, "c1", turns, **fields)
    detect_failures(connection, THRESHOLDS)
    rows = connection.execute("select signal, turn_index, strength from failure_signals").fetchall()
    return {signal: (turn, strength) for signal, turn, strength in rows}


# Expected: the first turn at which the signal fires and its strength, by the header of the signal's SQL file.
FIRES: list[tuple[str, list[Turn], int | None, float]] = [
    # where, parce, from, last, monda | where, parce, really, from, last, monda: 5 of 6 words are shared.
    ("user_rephrased", [ASK, ANSWER, ("user", "Where really is my parcel from last Monday?")], 2, 0.833333),
    ("user_corrected", [ASK, ANSWER, ("user", "No, I meant the other one")], 2, 0.7),
    ("user_frustrated", [ASK, ANSWER, ("user", "This is ridiculous")], 2, 1.0),
    ("user_frustrated", [ASK, ANSWER, ("user", "WHERE IS IT NOW")], 2, 0.5),
    ("assistant_refused", [ASK, ("assistant", "I cannot help with that."), BYE], 1, 0.3),
    ("assistant_refused", [ASK, ("assistant", "I cannot help with that."), ("user", "Are you sure?")], 1, 1.0),
    ("assistant_refused", [ASK, ("assistant", "I'm afraid it cannot be changed."), ("user", "Are you sure?")], 1, 0.1),
    ("assistant_erred", [ASK, ("assistant", "I apologize for the confusion, it is Monday."), BYE], 1, 1.0),
    ("assistant_erred", [ASK, ("assistant", "There seems to be an issue with the card."), BYE], 1, 0.5),
    ("internals_shown", [ASK, ("assistant", "var_7 = get_order_details(order_id='1')"), BYE], 1, 1.0),
    ("lookup_empty", [ASK, call("track"), tool("[]"), ANSWER, BYE], 2, 0.6),
    # (12 − 9) / 9 and (8 − 6) / 9
    ("many_messages", [ASK, ANSWER] * 12, None, 0.333333),
    ("many_steps", [ASK, *[call("track"), tool("ok")] * 8, ANSWER], None, 0.222222),
    ("tool_failed", [ASK, call("track"), tool('# var_6 = "Error: not delivered"'), ANSWER, BYE], 2, 1.0),
    ("user_frustrated", [("user", "This is ridiculous"), ANSWER, BYE], 0, 0.333333),
    ("escalated_rightly", [("user", "I want a human"), ("assistant", "I am transferring you to an agent.")], 1, 1.0),
    ("escalated_unasked", [ASK, ("assistant", "I am connecting you to Al."), ("agent", "I solved it."), BYE], 1, 0.4),
    ("assistant_fell_back", [ASK, ("assistant", "Sorry, I didn't understand."), BYE], 1, 0.8),
    ("tool_failed", [ASK, call("track"), tool("Error: no such parcel"), ANSWER, BYE], 2, 1.0),
    ("tool_failed", [ASK, call("track"), tool("x", error_type="timeout"), tool("ok"), tool("ok"), ANSWER], 2, 0.6),
    ("tool_repeated", [ASK, call("track", id=1), tool("ok"), call("track", id=1), ANSWER, BYE], 3, 0.7),
    # 4,500 ms / (2 × 3,000 ms) = .75
    ("slow_response", [ASK, {"role": "assistant", "content": "Tomorrow.", "latency_ms": 4500.0}], 1, 0.75),
    ("escalated_unasked", [ASK, ("assistant", "I am transferring you to an agent."), BYE], 1, 1.0),
    ("abandoned", [ASK, ANSWER, ("user", "And what does it cost?")], 2, 1.0),
    ("abandoned", [ASK, ANSWER, ("user", "Never mind.")], 2, 0.8),
    ("answer_repeated", [ASK, ANSWER, ("user", "Hm."), ANSWER, BYE], 3, 0.7),
    ("response_empty", [ASK, ("assistant", "  "), BYE], 1, 1.0),
]


@pytest.mark.parametrize(("signal", "turns", "turn", "strength"), FIRES)
def test_signal_fires_where_its_header_says(signal: str, turns: list[Turn], turn: int, strength: float) -> None:
    assert fired(turns)[signal] == (turn, pytest.approx(strength))


QUIET: list[tuple[str, list[Turn]]] = [
    ("user_rephrased", [ASK, ANSWER, ("user", "Can I change the delivery address?")]),
    ("user_corrected", [("user", "No, I never got my parcel"), ANSWER]),
    ("user_corrected", [ASK, ANSWER, ("user", "No, that is all, thanks")]),
    ("user_corrected", [ASK, ("assistant", "Do you have the number?"), ("user", "No, I lost it")]),
    ("assistant_erred", [ASK, ("assistant", "Sorry for the delay, it comes on Monday."), BYE]),
    ("internals_shown", [ASK, call("track", order_id=1), tool("ok"), ANSWER]),
    ("lookup_empty", [ASK, call("track"), tool("42"), ANSWER]),
    ("many_messages", [ASK, ANSWER] * 9),
    ("many_steps", [ASK, *[call("track"), tool("ok")] * 6, ANSWER]),
    ("user_frustrated", [ASK, ANSWER, ("user", "I am not angry, it's fine")]),
    ("user_frustrated", [("user", "My flight is JFK to SEA, EST"), ANSWER]),
    ("assistant_refused", [ASK, ("assistant", "I can't thank you enough for your patience.")]),
    ("assistant_fell_back", [ASK, ("assistant", "I understand. Your parcel arrives tomorrow.")]),
    ("tool_failed", [ASK, call("track"), tool('{"status": "ok", "errors": []}'), ANSWER]),
    ("tool_repeated", [ASK, call("track", id=1), tool("ok"), call("track", id=2), ANSWER]),
    ("slow_response", [ASK, {"role": "assistant", "content": "Tomorrow.", "latency_ms": 3000.0}]),
    ("slow_response", [ASK, {"role": "assistant", "content": "Tomorrow.", "latency_ms": None}]),
    (
        "escalated_unasked",
        [("user", "I want to speak to a human"), ("assistant", "I am transferring you to an agent.")],
    ),
    (
        "escalated_unasked",
        [ASK, ("assistant", "For your security a refund must be approved by our team: I am transferring you to them.")],
    ),
    ("abandoned", [ASK, ANSWER, BYE]),
    ("abandoned", [ASK, ("assistant", "It arrives tomorrow. Is there anything else?")]),
    ("answer_repeated", [ASK, ("assistant", "You're welcome! Have a great day!")] * 2),
    ("response_empty", [ASK, call("track"), tool("ok"), ANSWER]),
    ("response_empty", [ASK, {"role": "assistant", "content": None, "parts": '[{"type": "image"}]'}]),
    ("user_thanked", [ASK, ANSWER, ("user", "Thanks for nothing")]),
]


@pytest.mark.parametrize(("signal", "turns"), QUIET)
def test_signal_stays_quiet(signal: str, turns: list[Turn]) -> None:
    assert signal not in fired(turns)


def test_outcome_of_the_source_is_heard() -> None:
    assert fired([ASK, ANSWER], outcome="unresolved")["left_unresolved"] == (None, 1.0)
    assert fired([ASK, ANSWER], outcome="abandoned")["abandoned"] == (1, 1.0)
    assert "abandoned" not in fired([ASK], outcome="resolved")


def test_only_a_bad_rating_of_a_user_counts() -> None:
    connection = open_tables()
    for name, score, author in (("bad", 0.25, "user"), ("fair", 0.5, "user"), ("asked", 0.0, "annotator")):
        add_conversation(connection, name, [ASK, ANSWER])
        add_rating(connection, name, score, author)
    detect_failures(connection, THRESHOLDS)
    rows = connection.execute("select conversation_id, strength from failure_signals where signal = 'rated_badly'")
    assert rows.fetchall() == [("bad", 0.75)]


def test_unsafe_score_is_a_signal_and_an_unscored_response_is_none() -> None:
    connection = open_tables()
    for name, score in (("leak", 0.1), ("fine", 0.9), ("unscored", None)):
        add_conversation(connection, name, [ASK, ANSWER])
        connection.execute(
            "insert into working.given_scores by name select $id as conversation_id, 1 as turn_index,"
            " 'safety' as metric, 'rule' as scorer, $score as score, '1' as scorer_version, 1 as inclusion_probability",
            {"id": name, "score": score},
        )
    detect_failures(connection, THRESHOLDS)
    rows = connection.execute("select conversation_id, strength from failure_signals where signal = 'response_unsafe'")
    assert rows.fetchall() == [("leak", 0.9)]


def test_empty_warehouse_has_no_failures() -> None:
    connection = open_tables()
    assert detect_failures(connection, THRESHOLDS).judged == 0
    assert connection.execute("select count(*) from failures").fetchone() == (0,)


def test_every_weight_has_a_signal_and_every_signal_a_weight() -> None:
    served = {"user_thanked", "said_resolved", "rated_well", "escalated_rightly"}
    assert set(FIXED_MODEL.by_signal) == {*SIGNAL_QUERIES} - {"served"} | served
