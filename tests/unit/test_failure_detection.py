"""Failures: what is judged, how signals combine, and which turn is blamed."""

from __future__ import annotations

import pytest

from tests.support.failing import add_conversation, note_change, open_tables
from upturn.domain.errors import NotFoundError
from upturn.failures.detection import DetectionCounts, detect_failures
from upturn.failures.explain import explain
from upturn.failures.model import FIXED_MODEL
from upturn.settings import Thresholds

THRESHOLDS = Thresholds()
BAD = [
    ("user", "I want to change the size of my order"),
    ("assistant", "Sorry, I didn't understand."),
    ("user", "Change the size of my order please, I want that"),
    ("assistant", "Sorry, I didn't understand."),
    ("user", "What do I have to do?"),
]
GOOD = [("user", "Where is it?"), ("assistant", "It comes on Monday."), ("user", "Great, thank you")]


def rows(connection, columns="conversation_id, failure_probability, is_failure, failed_turn_index, signals"):  # type: ignore[no-untyped-def]
    return connection.execute(f"select {columns} from failures order by conversation_id").fetchall()


def test_failure_is_told_from_success_and_blamed_on_the_answer_that_began_it() -> None:
    connection = open_tables()
    add_conversation(connection, "bad", BAD)
    add_conversation(connection, "good", GOOD)
    assert detect_failures(connection, THRESHOLDS) == DetectionCounts(judged=2, failures=1, removed=0)
    bad, good = rows(connection)
    # abandoned 2.6 and fell back twice 2.2 are strong; the first answer fell back, at turn 1.
    assert (bad[0], bad[2], bad[3]) == ("bad", True, 1)
    # e^(-1.5 - 2.2) / (1 + e^(-3.7)) = .0241
    assert good[:4] == ("good", pytest.approx(0.024127, abs=1e-6), False, None)


def test_probability_in_sql_is_the_models() -> None:
    connection = open_tables()
    add_conversation(connection, "bad", BAD)
    detect_failures(connection, THRESHOLDS)
    strengths = dict(connection.execute("select signal, strength from failure_signals").fetchall())
    assert rows(connection)[0][1] == pytest.approx(FIXED_MODEL.probability(strengths), abs=1e-6)


def test_unchanged_conversations_are_not_judged_again() -> None:
    connection = open_tables()
    add_conversation(connection, "bad", BAD)
    detect_failures(connection, THRESHOLDS)
    assert detect_failures(connection, THRESHOLDS) == DetectionCounts(judged=0, failures=0, removed=0)


def test_changed_conversation_is_judged_again_and_equals_a_rebuild() -> None:
    connection = open_tables()
    add_conversation(connection, "bad", BAD)
    add_conversation(connection, "good", GOOD)
    detect_failures(connection, THRESHOLDS)
    connection.execute(
        "update conversations set outcome = 'unresolved', log_version = 2 where conversation_id = 'good'"
    )
    note_change(connection, "good")
    assert detect_failures(connection, THRESHOLDS).judged == 1
    incremental = rows(connection, "*")
    connection.execute("delete from failures")
    connection.execute("delete from failure_signals")
    note_change(connection)
    detect_failures(connection, THRESHOLDS)
    assert rows(connection, "*") == incremental
    assert [row[2] for row in rows(connection)] == [True, True]


def test_judged_conversation_is_looked_at_again_and_one_with_another_topic_is_not() -> None:
    connection = open_tables()
    add_conversation(connection, "good", GOOD)
    detect_failures(connection, THRESHOLDS)
    note_change(connection, "good", what="topic")
    assert detect_failures(connection, THRESHOLDS).judged == 0
    note_change(connection, "good", what="judgement")
    assert detect_failures(connection, THRESHOLDS).judged == 1


def test_conversation_that_is_not_scored_yet_stays_due() -> None:
    connection = open_tables()
    add_conversation(connection, "good", GOOD)
    connection.execute("update working.stage_watermarks set change_number = 0 where stage = 'score'")
    assert [detect_failures(connection, THRESHOLDS).judged for _ in range(2)] == [1, 1]


def test_killed_detection_writes_nothing_and_judges_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    connection = open_tables()
    add_conversation(connection, "bad", BAD)
    with monkeypatch.context() as patched:
        patched.setattr("upturn.failures.detection.changes_taken", killed)
        with pytest.raises(KeyboardInterrupt):
            detect_failures(connection, THRESHOLDS)
    assert rows(connection) == []
    assert detect_failures(connection, THRESHOLDS) == DetectionCounts(judged=1, failures=1, removed=0)


def test_row_of_another_model_is_judged_again() -> None:
    connection = open_tables()
    add_conversation(connection, "bad", BAD)
    detect_failures(connection, THRESHOLDS)
    connection.execute("update failures set model_version = 'older'")
    assert detect_failures(connection, THRESHOLDS).judged == 1


def test_reopened_conversation_loses_its_row() -> None:
    connection = open_tables()
    add_conversation(connection, "bad", BAD)
    detect_failures(connection, THRESHOLDS)
    connection.execute("update conversations set is_open = true")
    note_change(connection, "bad")
    assert detect_failures(connection, THRESHOLDS).removed == 1
    assert rows(connection) == []


@pytest.mark.parametrize("fields", [{"is_open": True}, {"origin": "test"}, {"is_internal": True}])
def test_only_closed_production_conversations_are_judged(fields: dict[str, object]) -> None:
    connection = open_tables()
    add_conversation(connection, "c1", BAD, **fields)
    assert detect_failures(connection, THRESHOLDS).judged == 0
    assert "was not judged" in explain(connection, "c1")[0]


def test_same_rows_on_one_thread_and_two() -> None:
    found = []
    for threads in (1, 2):
        connection = open_tables()
        connection.execute(f"set threads = {threads}")
        for number in range(40):
            add_conversation(connection, f"c{number:02d}", BAD if number % 3 else GOOD)
        detect_failures(connection, THRESHOLDS)
        found.append((rows(connection, "*"), connection.execute("from failure_signals order by all").fetchall()))
    assert found[0] == found[1]


def test_explanation_names_signals_and_turns() -> None:
    connection = open_tables()
    add_conversation(connection, "conv-bad", BAD)
    detect_failures(connection, THRESHOLDS)
    line = explain(connection, "conv-b")[0]
    assert "conv-bad is a failure at turn 1" in line
    assert "it fell back at turn 1 (+2.2)" in line


def test_unknown_and_ambiguous_ids_are_refused() -> None:
    connection = open_tables()
    add_conversation(connection, "c1", GOOD)
    add_conversation(connection, "c2", GOOD)
    with pytest.raises(NotFoundError, match="c1, c2"):
        explain(connection, "c")
    with pytest.raises(NotFoundError, match="no conversation"):
        explain(connection, "zzz")
