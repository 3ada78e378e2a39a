"""What a failure model reads of each judged conversation."""

from __future__ import annotations

from tests.support.failing import add_conversation, open_tables
from upturn.failures.detection import detect_failures
from upturn.failures.reading import read_cases
from upturn.settings import Thresholds


def test_said_gives_each_side_the_ending_and_the_signals() -> None:
    connection = open_tables()
    calls = [{"id": "1", "name": "find_order", "arguments": {}}]
    turns = [
        ("system", "be kind"),
        ("user", "Where is it?"),
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "content": "sent"},
        ("assistant", "On its way."),
        ("user", "Thanks!"),
    ]
    add_conversation(connection, "c-1", turns, user_key="u-1", turn_count=4)
    detect_failures(connection, Thresholds())
    (case,) = read_cases(connection)
    assert case.texts == ("Where is it? . Thanks!", " call_find_order . On its way. ", "Thanks! . On its way.")
    assert (case.conversation_id, case.group, case.turn_count, case.label) == ("c-1", "u-1", 4, None)
    assert dict(case.signals) == {"user_thanked": 1.0}


def test_said_of_nobody_is_nothing() -> None:
    assert read_cases(open_tables()) == []


def test_said_without_words_user_or_signals_is_empty_and_its_own_group() -> None:
    connection = open_tables()
    add_conversation(connection, "c-2", [("user", None)])
    add_conversation(connection, "c-1", [])
    detect_failures(connection, Thresholds())
    first, second = read_cases(connection)
    assert (first.conversation_id, first.group, first.texts) == ("c-1", "c-1", ("", "", ""))
    assert (second.group, second.texts[1]) == ("c-2", "")
    assert second.texts[0] == ""
