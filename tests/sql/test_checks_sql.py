"""The SQL of the checks: normal, empty and NULL or doubled rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.staged import Staged
from upturn.resources import load_sql, sql_folder

DAY_END = datetime(2026, 11, 4, tzinfo=UTC)
SCANNING = sorted(path for path in sql_folder().rglob("*.sql") if "read_parquet" in path.read_text(encoding="utf-8"))


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as one:
        one.execute("set TimeZone = 'UTC'")
        yield one


def _rows(connection: duckdb.DuckDBPyConnection, name: str, folder: Path, **more: Any) -> list[dict[str, Any]]:
    sql = load_sql(f"checks/{name}")
    values = {
        "conversations": [str(folder / "conversations-00000.parquet")],
        "turns": [str(folder / "turns-00000.parquet")],
        "feedback": [str(folder / "feedback-00000.parquet")],
        "day_end": DAY_END,
        **more,
    }
    found = connection.execute(sql, {key: value for key, value in values.items() if f"${key}" in sql})
    return found.to_arrow_table().to_pylist()


def test_conversations_are_measured(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    staged = Staged()
    staged.record(3, conversation={"turn_count": 5, "persona": None})

    (row,) = _rows(connection, "conversations", staged.write(tmp_path))

    assert (row["file"], row["line"], row["chunk"]) == ("chat-2026-11-03.jsonl", 3, "00000")
    assert (row["conversation_id_length"], row["persona_length"], row["turns_missing"]) == (2, None, 3)  # 5 - 2
    assert (row["started_year"], row["hours_start_is_ahead"], row["seconds_long"]) == (2026, -12.0, 120.0)


def test_an_end_before_a_message_is_no_error_and_before_a_start_of_its_own_it_is(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    staged = Staged()
    asked = datetime(2026, 11, 3, 12, tzinfo=UTC)
    minute = timedelta(minutes=1)
    staged.record(1, conversation={"started_at": asked, "ended_at": asked - minute})
    staged.record(2, conversation={"started_at": asked - minute, "ended_at": asked - 2 * minute})

    rows = _rows(connection, "conversations", staged.write(tmp_path))
    late, wrong = sorted(rows, key=lambda row: row["line"])

    assert (late["seconds_long"], wrong["seconds_long"]) == (None, -60.0)


def test_turns_are_measured_and_no_number_is_beyond_every_limit(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    staged = Staged()
    staged.record(1, turn={"latency_ms": float("nan"), "content": "häh"})

    asked, answered = _rows(connection, "turns", staged.write(tmp_path))

    assert asked["record"] == answered["record"]
    assert (asked["latency_ms"], answered["latency_ms"]) == (None, float("inf"))
    assert answered["content_length"] == 4  # bytes: ä takes two
    assert asked["tool_calls_length"] is None


def test_feedback_without_a_scale_is_counted_as_missing_its_score(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    staged = Staged()
    staged.record(1)
    staged.record(2, feedback={"score": None})
    staged.record(3, feedback={"score": None, "value": None})

    rows = _rows(connection, "feedback", staged.write(tmp_path))

    assert [row["scores_missing"] for row in rows] == [0, 1, 0]


@pytest.mark.parametrize("name", ["conversations", "turns", "feedback"])
def test_an_empty_chunk_has_no_rows(connection: duckdb.DuckDBPyConnection, tmp_path: Path, name: str) -> None:
    assert _rows(connection, name, Staged().write(tmp_path)) == []


def test_the_summary_of_nothing_is_one_row_of_unknown_shares(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (row,) = _rows(connection, "summary", Staged().write(tmp_path), rejected_count=0, record_count=0, usual_volume=None)

    assert row.pop("conversation_count") == 0
    assert set(row.values()) == {None}


def test_the_summary_counts_every_record_of_a_doubled_conversation(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    staged = Staged()
    for line in (1, 2, 3):
        staged.record(line)
    staged.conversations[2]["conversation_id"] = "c1"
    folder = staged.write(tmp_path)

    (row,) = _rows(connection, "summary", folder, rejected_count=1, record_count=4, usual_volume=2.0)

    assert row["conversation_count"] == 3
    assert row["volume_ratio"] == 1.5  # 3 against 2
    assert row["rejected_share"] == 0.25  # 1 of 4


NOTHING_USUAL: dict[str, Any] = {"source_names": [], "usual_shares": [], "spreads": []}


def test_a_source_has_the_share_of_its_ids_that_came_twice(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    staged = Staged()
    for line in (1, 2, 3):
        staged.record(line)
    staged.conversations[2]["conversation_id"] = "c1"
    staged.record(4, conversation={"source_name": "mail"})
    staged.record(5, conversation={"source_name": "late", "is_feedback_only": True})
    folder = staged.write(tmp_path)

    usual = {"source_names": ["chat", "gone"], "usual_shares": [0.0, 0.0], "spreads": [0.1, 0.0]}
    rows = _rows(connection, "sources", folder, **usual)

    # chat: of c1 and c2, c1 came twice; .5 - .01 - 3 * 1.4826 * .1 = .04522. mail: one id, once; nothing is usual.
    assert rows == [
        {"source_name": "chat", "duplicate_share": 0.5, "duplicate_excess": 0.04522},
        {"source_name": "mail", "duplicate_share": 0.0, "duplicate_excess": None},
    ]
    assert [row["duplicate_excess"] for row in _rows(connection, "sources", folder, **NOTHING_USUAL)] == [None, None]


def test_nothing_staged_is_no_source(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert _rows(connection, "sources", Staged().write(tmp_path), **NOTHING_USUAL) == []


def test_usual_duplicates_are_those_of_three_batches_at_least(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        create table validations as
        select
            day, suite, observed,
            case when suite = 'batch' then 'duplicate_share of ' || source || ' is usual' else source end as expectation
        from (values
            (date '2026-11-01', 'batch', 'my chat', '0.2'), (date '2026-11-02', 'batch', 'my chat', '0.4'),
            (date '2026-11-03', 'batch', 'my chat', '0.25'), (date '2026-11-04', 'batch', 'my chat', '1'),
            (date '2026-11-01', 'batch', 'mail', '0.5'), (date '2026-11-02', 'batch', 'mail', '0.5'),
            (date '2026-11-03', 'batch', 'mail', null), (date '2026-11-03', 'turns', 'role is known', null)
        ) as said(day, suite, source, observed)
    """)
    window = {"first": "2026-11-01", "last": "2026-11-03"}

    found = connection.execute(load_sql("checks/usual_duplicates"), window).fetchall()

    # .2, .25, .4: the median is .25, the distances from it 0, .05, .15; of mail two batches are known
    assert [(name, share, round(spread, 6)) for name, share, spread in found] == [("my chat", 0.25, 0.05)]
    connection.execute("delete from validations")
    assert connection.execute(load_sql("checks/usual_duplicates"), window).fetchall() == []


def test_a_refused_record_without_turns_or_feedback_is_kept(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    staged = Staged()
    staged.record(1)
    staged.turns.clear()
    staged.feedback.clear()
    folder = staged.write(tmp_path)
    connection.execute("""
        create temp table refused_places as
        select
            'chat' as source_name, 'chat-2026-11-03.jsonl' as file, 1::bigint as line, '00000' as chunk,
            'rule' as rule, 'reason' as reason
    """)

    (row,) = _rows(connection, "refused", folder)

    assert (row["line"], row["turn_count"], row["reason"], row["chunk"]) == (1, 0, "reason", "00000")
    connection.execute("delete from refused_places")
    assert _rows(connection, "refused", folder) == []


def test_usual_volume_counts_production_days_in_the_window(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        create table conversations as
        select * from (values
            (date '2026-11-01', 'production'), (date '2026-11-01', 'production'), (date '2026-11-02', 'production'),
            (date '2026-11-02', 'test'), (date '2026-11-03', 'production')
        ) as said(day, origin)
    """)
    window = {"first": "2026-11-01", "last": "2026-11-02"}

    assert connection.execute(load_sql("checks/usual_volume"), window).fetchall() == [(2,), (1,)]
    connection.execute("delete from conversations")
    assert connection.execute(load_sql("checks/usual_volume"), window).fetchall() == []


def test_a_record_of_several_conversations_is_whole(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """One raw record of a trace export holds two conversations of a session, two turns each, all from position 0."""
    staged = Staged()
    staged.record(1)
    staged.record(1)
    folder = staged.write(tmp_path)

    conversations = _rows(connection, "conversations", folder)
    turns = _rows(connection, "turns", folder)

    assert [row["turns_missing"] for row in conversations] == [0, 0]  # 2 + 2 told, 4 staged
    assert sorted(row["position"] for row in turns) == [0, 0, 1, 1]
    assert len({(row["record"], row["position"]) for row in turns}) == 4


@pytest.mark.parametrize("path", SCANNING, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_query_unites_scans_of_files(path: Path) -> None:
    """DuckDB 1.5 hangs, interrupt or not, where arms of a union scan the same files and one has a window."""
    code = " ".join(line.partition("--")[0] for line in path.read_text(encoding="utf-8").splitlines())
    assert "union" not in code.lower().split()
