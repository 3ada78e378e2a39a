"""What the checks refuse, why, and what they leave alone: over staged Parquet, with real Great Expectations."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.staged import NOON, Staged
from upturn.checks.batch import Verdict, check_batch
from upturn.checks.sources import UsualShare
from upturn.checks.suites import BATCH, ROW_SUITES, SOURCE
from upturn.formats.staged import staged_schemas

DAY_END = datetime(2026, 11, 4, tzinfo=UTC)


def _check(folder: Path, usual_volume: float | None = None, usual_shares: Sequence[UsualShare] = ()) -> Verdict:
    return check_batch(
        folder, day_end=DAY_END, usual_volume=usual_volume, usual_shares=usual_shares, schemas=staged_schemas()
    )


def _refused(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for path in sorted(folder.glob("refused-*.parquet")):
        rows += pq.read_table(path).to_pylist()
    return rows


BAD = [
    ("conversation", {"conversation_id": ""}, "conversation_id: expected 1 to 512 characters"),
    ("conversation", {"conversation_id": "x" * 513}, "conversation_id: expected 1 to 512 characters"),
    ("conversation", {"assistant_id": None}, "assistant_id: expected"),
    ("conversation", {"channel": ""}, "channel: expected"),
    ("conversation", {"user_key": ""}, "user_key: expected"),
    ("conversation", {"origin": "staging"}, "origin: expected production or test"),
    ("conversation", {"started_at": None}, "started_at: expected a time"),
    ("conversation", {"started_at": datetime(1999, 12, 31, tzinfo=UTC)}, "started_at: expected a time, in the years"),
    (
        "conversation",
        {"started_at": DAY_END + timedelta(hours=25), "ended_at": None},
        "started_at: expected at most a day",
    ),
    ("conversation", {"ended_at": datetime(9999, 1, 1, tzinfo=UTC)}, "ended_at: expected a year"),
    (
        "conversation",
        {"started_at": NOON - timedelta(minutes=1), "ended_at": NOON - timedelta(minutes=2)},
        "ended_at: expected no time before started_at",
    ),
    ("conversation", {"outcome": "happy"}, "outcome: expected resolved"),
    ("conversation", {"turn_count": 3}, "turns: expected as many staged"),
    ("turn", {"conversation_id": None}, "turn without its conversation_id"),
    ("turn", {"turn_key": ""}, "turn's message_id: expected"),
    ("turn", {"position": None}, "turn's position: expected a number from 0"),
    ("turn", {"position": -1}, "turn's position: expected a number from 0 to 100000"),
    ("turn", {"position": 0}, "turn's position: expected no two turns"),
    ("turn", {"role": None}, "turn's role: expected one"),
    ("turn", {"role": "robot"}, "turn's role: expected user, assistant"),
    ("turn", {"occurred_at": None}, "turn's created_at: expected a time"),
    ("turn", {"occurred_at": datetime(9999, 1, 1, tzinfo=UTC)}, "turn's created_at: expected a year"),
    ("turn", {"occurred_at": DAY_END + timedelta(hours=25)}, "turn's created_at: expected at most a day"),
    ("turn", {"latency_ms": -1.0}, "turn's latency_ms: expected 0 to 24 hours"),
    ("turn", {"latency_ms": 86_400_001.0}, "turn's latency_ms: expected 0 to 24 hours"),
    ("turn", {"latency_ms": float("nan")}, "turn's latency_ms: expected 0 to 24 hours"),
    ("turn", {"content": "x" * 10_000_001}, "turn's content: expected at most"),
    ("turn", {"tool_name": "x" * 2049}, "turn's error_type, tool_call_id, name: expected"),
    ("turn", {"input_tokens": -1}, "turn's input_tokens: expected"),
    ("feedback", {"kind": None}, "feedback's kind: expected one"),
    ("feedback", {"kind": "shrug"}, "feedback's kind: expected rating"),
    ("feedback", {"author": "robot"}, "feedback's author: expected user"),
    ("feedback", {"score": 1.01}, "feedback's value: expected one on its scale"),
    ("feedback", {"score": None}, "feedback's value: expected a scale beside it"),
    ("feedback", {"turn_index": -1}, "feedback's turn_index: expected"),
    ("feedback", {"received_at": None}, "feedback's created_at: expected a time"),
]


@pytest.mark.slow
def test_bad_records_of_every_kind_are_refused_with_file_line_and_reason(tmp_path: Path) -> None:
    staged = Staged()
    for place, (part, change, _) in enumerate(BAD):
        staged.record(2 * place + 1)
        staged.record(2 * place + 2, **{part: change})
    staged.write(tmp_path)

    verdict = _check(tmp_path)

    refused = {row["line"]: row for row in _refused(tmp_path)}
    assert sorted(refused) == [2 * place + 2 for place in range(len(BAD))]
    assert verdict.refused_count == len(BAD)
    assert verdict.record_count == 2 * len(BAD)
    for place, (_, _, reason) in enumerate(BAD):
        row = refused[2 * place + 2]
        assert row["reason"].startswith(reason), (row["reason"], reason)
        assert (row["source_name"], row["file"]) == ("chat", "chat-2026-11-03.jsonl")
        assert row["turn_count"] == 2
        assert row["rule"].partition(": ")[0] in {"conversations", "turns", "feedback"}


def test_a_refused_record_is_kept_whole_with_the_user_key(tmp_path: Path) -> None:
    staged = Staged()
    staged.record(7, turn={"role": "robot"})
    staged.write(tmp_path)

    _check(tmp_path)

    (row,) = _refused(tmp_path)
    record = json.loads(row["record"])
    assert row["conversation_id"] == record["conversation_id"] == "c7"
    assert record["user_key"] == "u7"
    assert [turn["content"] for turn in record["turns"]] == ["where is it", "on its way"]
    assert [given["value"] for given in record["feedback"]] == ["4"]


def test_good_records_pass_every_expectation(tmp_path: Path) -> None:
    staged = Staged()
    for line in range(1, 4):
        staged.record(line)
    staged.record(4, conversation={"ended_at": None, "outcome": None, "user_key": None, "assistant_version": None})
    staged.record(5, turn={"latency_ms": None, "content": None, "parts": "[]"}, feedback={"value": None, "score": None})
    staged.write(tmp_path)

    verdict = _check(tmp_path)

    rows = [result for result in verdict.results if result.suite != "batch"]
    assert all(result.is_success for result in rows)
    assert {result.suite: result.evaluated_count for result in rows} == {"conversations": 5, "turns": 10, "feedback": 5}
    assert not _refused(tmp_path)


def test_feedback_that_comes_later_needs_no_assistant_and_no_start(tmp_path: Path) -> None:
    staged = Staged()
    nothing = {"assistant_id": None, "channel": None, "started_at": None, "ended_at": None, "turn_count": 0}
    staged.record(1, conversation={**nothing, "outcome": None, "is_feedback_only": True})
    staged.turns.clear()
    staged.write(tmp_path)

    assert _check(tmp_path).refused_count == 0


@pytest.mark.slow
def test_a_second_check_gives_the_same_files_and_a_mended_batch_has_none(tmp_path: Path) -> None:
    bad, good, mended = Staged(), Staged(), Staged()
    bad.record(1, turn={"role": None})
    good.record(2)
    mended.record(1)
    bad.write(tmp_path, 0)
    good.write(tmp_path, 1)

    first = _check(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("refused-*.parquet")}
    again = _check(tmp_path)

    assert first == again
    assert {path.name: path.read_bytes() for path in tmp_path.glob("refused-*.parquet")} == before
    assert list(before) == ["refused-00000.parquet"]
    mended.write(tmp_path, 0)
    _check(tmp_path)
    assert not list(tmp_path.glob("refused-*.parquet"))


def test_counts_add_up_over_chunks(tmp_path: Path) -> None:
    for number in range(3):
        staged = Staged()
        staged.record(number * 2 + 1)
        staged.record(number * 2 + 2, turn={"latency_ms": -5.0})
        staged.write(tmp_path, number)

    verdict = _check(tmp_path)

    latency = next(result for result in verdict.results if result.expectation == "latency_ms is in range")
    assert (latency.evaluated_count, latency.unexpected_count, latency.is_success) == (12, 3, False)
    assert verdict.refused_count == len(_refused(tmp_path)) == 3


def test_an_empty_chunk_refuses_nothing_and_warns_that_nothing_came(tmp_path: Path) -> None:
    Staged().write(tmp_path)

    verdict = _check(tmp_path)

    failed = [result.expectation for result in verdict.results if not result.is_success]
    assert failed == ["conversation_count is in range"]
    assert (verdict.record_count, verdict.refused_count) == (0, 0)


def test_what_is_odd_about_the_whole_is_a_warning_and_refuses_nothing(tmp_path: Path) -> None:
    staged = Staged()
    for line in range(1, 11):
        staged.record(line, conversation={"assistant_version": None if line <= 4 else "1"})
    staged.write(tmp_path)

    verdict = _check(tmp_path, usual_volume=100.0)

    seen = {
        result.expectation: (result.is_success, result.observed)
        for result in verdict.results
        if result.suite == "batch"
    }
    # 10 conversations against 100; 4 of 10 without a version.
    assert seen["volume_ratio is in range"] == (False, "0.1")
    assert seen["unknown_version_share is in range"] == (False, "0.4")
    assert seen["unknown_user_share is in range"] == (True, "0")
    assert verdict.refused_count == 0


@pytest.mark.parametrize(
    ("usual", "is_success"),
    [
        (None, True),  # nobody knows what is usual
        (UsualShare("chat", 0.0, 0.0), False),  # 0.2 - 0 - 0.01 - 3 * 0 > 0
        (UsualShare("chat", 0.5, 0.1), True),
        (UsualShare("chat", 0.15, 0.0), True),  # sqrt(.15 * .85 / 5) = .16: 5 ids can't tell .2 from .15
        (UsualShare("chat", 0.0, 0.05), True),  # 3 * 1.4826 * .05 = .22
        (UsualShare("chat", 0.0, 0.04), False),  # 3 * 1.4826 * .04 = .178; .2 - .01 - .178 = .012
        (UsualShare("mail", 0.9, 0.0), True),  # of another source
    ],
)
def test_a_source_is_warned_about_where_its_duplicates_are_unusual_of_it(
    tmp_path: Path, usual: UsualShare | None, is_success: bool
) -> None:
    staged = Staged()
    for line in range(1, 7):
        staged.record(line)
    staged.conversations[5]["conversation_id"] = "c5"  # of the 5 ids one came twice
    staged.write(tmp_path)

    verdict = _check(tmp_path, usual_shares=[usual] if usual else [])

    (said,) = [result for result in verdict.results if result.expectation == "duplicate_share of chat is usual"]
    assert (said.suite, said.is_success, said.observed) == ("batch", is_success, "0.2")
    assert verdict.refused_count == 0


def test_each_source_of_a_batch_is_held_against_itself(tmp_path: Path) -> None:
    staged = Staged()
    for line in range(1, 5):
        staged.record(line, conversation={"source_name": "chat" if line < 3 else "mail", "conversation_id": "c"})
    staged.write(tmp_path)

    verdict = _check(tmp_path, usual_shares=[UsualShare("chat", 1.0, 0.0), UsualShare("mail", 0.0, 0.0)])

    seen = [(result.expectation, result.is_success) for result in verdict.results if "usual" in result.expectation]
    assert seen == [("duplicate_share of chat is usual", True), ("duplicate_share of mail is usual", False)]


def test_rejected_share_counts_parser_and_checks(tmp_path: Path) -> None:
    staged = Staged()
    for line in range(1, 9):
        staged.record(line, turn={"role": "robot"} if line == 1 else None)
    staged.write(tmp_path)
    rows = [{"source_name": "chat", "file": "f", "line": line, "reason": "r", "rule": "json"} for line in (9, 10)]
    pq.write_table(pa.Table.from_pylist(rows, schema=staged_schemas()["rejected"]), tmp_path / "rejected-00000.parquet")

    verdict = _check(tmp_path)

    share = next(result for result in verdict.results if result.expectation == "rejected_share is in range")
    assert (share.observed, share.is_success) == ("0.3", False)  # 2 rejected + 1 refused of 8 + 2 records
    assert verdict.record_count == 10


@pytest.mark.slow
def test_half_of_the_rows_bad_is_still_fast(tmp_path: Path) -> None:
    n = 50_000
    staged = Staged()
    staged.record(0)
    tables = {
        name: pa.Table.from_pylist(getattr(staged, name), schema=staged_schemas()[name])
        for name in ("conversations", "turns", "feedback")
    }
    for name, table in tables.items():
        many = pa.concat_tables([table] * n)
        each = many.num_rows // n
        lines = pa.array([row // each for row in range(many.num_rows)], pa.int64())
        many = many.set_column(many.column_names.index("line"), "line", lines)
        if name == "turns":
            roles = pa.array(
                ["user" if row % 2 == 0 else ("robot" if row % 4 == 1 else "assistant") for row in range(many.num_rows)]
            )
            many = many.set_column(many.column_names.index("role"), "role", roles)
        pq.write_table(many, tmp_path / f"{name}-00000.parquet")
    _check(tmp_path)  # warm

    began = time.perf_counter()
    verdict = _check(tmp_path)

    assert verdict.refused_count == n // 2
    assert time.perf_counter() - began < 10  # COMPLETE with indices took 19 s for 200k rows


def test_every_expectation_has_a_name_of_its_own_in_its_suite() -> None:
    for _, expectations in (*ROW_SUITES, ("batch", BATCH), ("source", SOURCE)):
        names = [expectation.name for expectation in expectations]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("reason", [e.reason for _, expectations in ROW_SUITES for e in expectations])
def test_a_reason_names_what_was_expected(reason: str) -> None:
    assert "expected" in reason
    assert "\n" not in reason
