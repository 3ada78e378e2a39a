"""What `upturn status` says was replaced."""

import duckdb
import pytest

from upturn.resources import load_sql


@pytest.fixture
def runs() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create table runs (stage varchar, day date, notes json, completed_at timestamp)")
    return connection


def ran(runs: duckdb.DuckDBPyConnection, stage: str, day: str, notes: str, at: str) -> None:
    runs.execute("insert into runs values (?, ?, ?, ?)", [stage, day, notes, at])


def redacted(runs: duckdb.DuckDBPyConnection) -> list[tuple[str, int, int]]:
    return runs.execute(load_sql("status/redacted")).fetchall()


def test_kinds_are_summed_over_days_by_each_days_last_run(runs: duckdb.DuckDBPyConnection) -> None:
    ran(runs, "ingest", "2026-11-01", '{"files": 1, "redacted_email": 3, "redacted_card": 2}', "2026-11-02 01:00")
    ran(runs, "ingest", "2026-11-01", '{"redacted_email": 5, "skipped, a \\"b\\"": 1}', "2026-11-02 02:00")
    ran(runs, "ingest", "2026-11-02", '{"redacted_email": 1, "ids_like_email": 4}', "2026-11-03 01:00")
    ran(runs, "append", "2026-11-02", '{"redacted_email": 9}', "2026-11-03 01:00")
    # e-mail: 5 of the first day's last run + 1; its cards were those of the run before
    assert redacted(runs) == [("redacted_email", 6, 2), ("ids_like_email", 4, 1)]


def test_nothing_ran_or_nothing_was_replaced_gives_no_row(runs: duckdb.DuckDBPyConnection) -> None:
    assert redacted(runs) == []
    ran(runs, "ingest", "2026-11-01", "{}", "2026-11-02 01:00")
    assert redacted(runs) == []


def test_only_the_last_fourteen_days_count(runs: duckdb.DuckDBPyConnection) -> None:
    for day in range(1, 17):
        ran(runs, "ingest", f"2026-11-{day:02}", '{"redacted_ip": 1}', "2026-12-01 01:00")
    assert redacted(runs) == [("redacted_ip", 14, 14)]
