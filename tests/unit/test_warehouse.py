"""The warehouse of a home: opened by one, read by many, never trusted beyond what it can prove."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from tests.support.events import NOON, RECORDED, turn_logged
from tests.support.warehouses import rows_by_table
from upturn.domain.errors import DiskFullError, HomeBusyError, NotFoundError, UpturnError
from upturn.home import Home
from upturn.log.encode import event_table
from upturn.log.memory import MemoryLog
from upturn.settings import Settings
from upturn.warehouse import (
    Warehouse,
    export_parquet,
    look_at_working,
    publishing,
    query,
    read_only,
    take_changes,
    warehouse_engine,
)

SETTINGS = Settings()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def log_of(*numbers: int) -> MemoryLog:
    log = MemoryLog()
    log.append(event_table([turn_logged(number) for number in numbers], recordedtime=RECORDED))
    return log


def turn_count(home: Home) -> int:
    with read_only(home) as connection:
        return connection.execute("select count(*) from turns").fetchall()[0][0]


def in_other_process(code: str, *arguments: Path) -> subprocess.Popen[str]:
    """Start Python with `code`; returns once it has printed a line."""
    process = subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    return process


HOLD = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1])
print("ready", flush=True)
time.sleep(60)
"""
WRITE_AND_HANG = """
import os, sys, time, duckdb
os.chmod(sys.argv[1], 0o644)
connection = duckdb.connect(sys.argv[1])
connection.execute("create table mine as select 1 as a")
print("ready", flush=True)
time.sleep(60)
"""


def killed(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)
    assert process.stdout is not None
    process.stdout.close()


def test_nested_connections_are_one(home: Home) -> None:
    warehouse = Warehouse(home, SETTINGS)

    with warehouse.connect() as outer, warehouse.connect() as inner:
        assert inner is outer
        assert outer.execute("select current_setting('TimeZone')").fetchall() == [("UTC",)]


def test_a_second_process_is_told_that_the_home_is_busy(home: Home) -> None:
    warehouse = Warehouse(home, SETTINGS, wait_seconds=0.2)
    with warehouse.connect():
        pass
    other = in_other_process(HOLD, home.working)
    try:
        with pytest.raises(HomeBusyError, match="held by another process"), warehouse.connect():
            pass
    finally:
        killed(other)
    with warehouse.connect():  # free again
        pass


def test_what_a_killed_run_committed_is_there_after_it(home: Home) -> None:
    Warehouse(home, SETTINGS).catch_up(log_of(1))
    code = WRITE_AND_HANG.replace("create table mine as select 1 as a", "update warehouse_state set as_of = now()")
    killed(in_other_process(code, home.working))
    assert home.working.with_name("upturn.duckdb.wal").exists()

    with Warehouse(home, SETTINGS).connect() as connection:
        assert connection.execute("select as_of is not null from warehouse_state").fetchall() == [(True,)]
        assert connection.execute("select count(*) from turns").fetchall() == [(1,)]


@pytest.mark.parametrize("damage", ["garbage", "truncated", "empty"])
def test_a_damaged_working_file_is_made_anew_from_the_log(home: Home, damage: str) -> None:
    log = log_of(1, 2, 3)
    Warehouse(home, SETTINGS).catch_up(log)
    size = home.working.stat().st_size
    contents = {"garbage": b"no database" * 2000, "truncated": home.working.read_bytes()[: size // 2], "empty": b""}
    home.working.write_bytes(contents[damage])

    with Warehouse(home, SETTINGS, log=log).connect() as connection:
        assert connection.execute("select count(*) from turns").fetchall() == [(3,)]


@pytest.mark.parametrize(
    "statement", ["update working.fingerprint set digest = 'older'", "drop schema working cascade"]
)
def test_a_file_of_another_version_is_made_anew_from_the_log(home: Home, statement: str) -> None:
    log = log_of(1, 2)
    warehouse = Warehouse(home, SETTINGS)
    warehouse.catch_up(log)
    with warehouse.connect() as connection:
        connection.execute("delete from turns")
        connection.execute(statement)

    warehouse.catch_up(log)

    with warehouse.connect() as connection:
        assert connection.execute("select count(*) from turns").fetchall() == [(2,)]


def test_looking_at_the_working_file_changes_nothing(home: Home) -> None:
    warehouse = Warehouse(home, SETTINGS)
    warehouse.catch_up(log_of(1, 2))
    assert look_at_working(home.working, SETTINGS) == (1, True)
    with warehouse.connect() as connection:
        connection.execute("update working.fingerprint set digest = 'older'")
    before = home.working.read_bytes()
    assert look_at_working(home.working, SETTINGS) == (1, False)
    assert home.working.read_bytes() == before
    home.working.write_bytes(b"no database" * 2000)
    with pytest.raises(UpturnError, match="makes it anew"):
        look_at_working(home.working, SETTINGS)


def test_a_file_whose_filling_was_cut_short_is_not_taken_for_whole(home: Home) -> None:
    steps = list[int]()

    def step(connection: duckdb.DuckDBPyConnection) -> None:
        steps.append(1)
        if len(steps) == 1:
            raise KeyboardInterrupt

    warehouse = Warehouse(home, SETTINGS, log=log_of(1, 2), derive=[step])
    with pytest.raises(KeyboardInterrupt), warehouse.connect():
        pass
    with warehouse.connect() as connection:
        assert connection.execute("select count(*) from turns").fetchall() == [(2,)]
    with warehouse.connect():
        pass
    assert len(steps) == 2  # made anew once, and then trusted


def test_other_settings_make_the_tables_anew(home: Home) -> None:
    log = log_of(1)
    Warehouse(home, SETTINGS).catch_up(log)
    with Warehouse(home, Settings(timezone="Asia/Tokyo"), log=log).connect() as connection:
        assert take_changes(connection, "score", into="due") == 1
        assert connection.execute("select count(*) from turns").fetchall() == [(1,)]


def test_a_log_restored_from_a_backup_starts_the_tables_over(home: Home) -> None:
    warehouse = Warehouse(home, SETTINGS)
    longer = log_of(1, 2)
    longer.append(event_table([turn_logged(3)], recordedtime=RECORDED))
    warehouse.catch_up(longer)

    warehouse.catch_up(log_of(1))

    with warehouse.connect() as connection:
        assert connection.execute("select count(*), max(log_version) from turns").fetchall() == [(1, 1)]


def test_a_restored_log_that_went_on_starts_the_tables_over(home: Home) -> None:
    warehouse = Warehouse(home, SETTINGS)
    kept, lost = log_of(1), log_of(1)
    lost.append(event_table([turn_logged(2)], recordedtime=RECORDED))
    warehouse.catch_up(lost)
    for number in (3, 4):  # the backup grew past the version that the tables hold
        kept.append(event_table([turn_logged(number)], recordedtime=RECORDED))
    warehouse.catch_up(kept)

    with warehouse.connect() as connection:
        keys = connection.execute("select turn_key from turns order by all").fetchall()
    assert keys == [("1",), ("3",), ("4",)]


def test_a_catch_up_that_fails_leaves_every_table_as_it_was(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = Warehouse(home, SETTINGS)
    log = log_of(1)
    warehouse.catch_up(log)
    with warehouse.connect() as connection:
        before = rows_by_table(connection)
    log.append(event_table([turn_logged(2)], recordedtime=RECORDED))

    def broken(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("upturn.warehouse.projecting._expose", broken)
    with pytest.raises(KeyboardInterrupt):
        warehouse.catch_up(log)
    monkeypatch.undo()

    with warehouse.connect() as connection:
        assert rows_by_table(connection) == before
    warehouse.catch_up(log)
    with warehouse.connect() as connection:
        assert connection.execute("select count(*) from turns").fetchall() == [(2,)]


def test_the_published_file_is_read_only_for_everybody(home: Home) -> None:
    warehouse = Warehouse(home, SETTINGS)
    warehouse.catch_up(log_of(1, 2))
    warehouse.publish()

    assert stat.S_IMODE(home.published.stat().st_mode) == 0o444
    assert turn_count(home) == 2
    with read_only(home) as connection, pytest.raises(duckdb.Error, match="read-only"):
        connection.execute("delete from turns")


def test_an_analysts_killed_session_does_not_brick_the_warehouse(home: Home) -> None:
    warehouse = Warehouse(home, SETTINGS)
    log = log_of(1)
    warehouse.catch_up(log)
    warehouse.publish()
    leftover = home.published.with_name("upturn.duckdb.wal")

    killed(in_other_process(WRITE_AND_HANG, home.published))
    assert leftover.exists()
    log.append(event_table([turn_logged(2)], recordedtime=RECORDED))
    warehouse.catch_up(log)
    warehouse.publish()

    assert not leftover.exists()
    assert turn_count(home) == 2


def test_a_leftover_of_a_session_that_outlived_a_publish_is_cleared_by_the_next_reader(home: Home) -> None:
    warehouse = Warehouse(home, SETTINGS)
    warehouse.catch_up(log_of(1))
    warehouse.publish()
    process = in_other_process(WRITE_AND_HANG, home.published)
    written = home.published.with_name("upturn.duckdb.wal").read_bytes()
    warehouse.publish()
    killed(process)
    home.published.with_name("upturn.duckdb.wal").write_bytes(written)

    assert turn_count(home) == 1


@pytest.mark.slow
def test_reading_while_a_run_publishes_never_fails(home: Home) -> None:
    warehouse = Warehouse(home, SETTINGS)
    warehouse.catch_up(log_of(1))
    warehouse.publish()
    code = """
import sys
from pathlib import Path
from upturn.home import Home
from upturn.warehouse import query
print("ready", flush=True)
for _ in range(25):
    assert query(Home(Path(sys.argv[1])), "select count(*) from turns").rows[0][0] == 1
"""
    reader = in_other_process(code, home.root)
    published = 0
    while reader.poll() is None:
        warehouse.publish()
        published += 1

    assert reader.returncode == 0
    assert published > 1
    assert reader.stdout is not None
    reader.stdout.close()


def test_a_full_disk_keeps_what_was_published(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = Warehouse(home, SETTINGS)
    log = log_of(1)
    warehouse.catch_up(log)
    warehouse.publish()
    log.append(event_table([turn_logged(2)], recordedtime=RECORDED))
    warehouse.catch_up(log)

    def full(_reader: int, writer: int, _count: int) -> int:
        os.write(writer, b"half a file")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(publishing, "_cloned", lambda _reader, _writer: False)
    monkeypatch.setattr(publishing, "_copy_some", full)
    with pytest.raises(DiskFullError, match="published before stands"):
        warehouse.publish()

    assert turn_count(home) == 1
    assert sorted(path.name for path in home.root.glob("*.duckdb*")) == ["upturn.duckdb"]
    assert not list(home.root.glob(".*publishing"))


def test_steps_of_a_rebuild_see_the_new_tables_and_a_failing_one_leaves_the_old(home: Home) -> None:
    seen = list[int]()
    fails = True

    def look(connection: duckdb.DuckDBPyConnection) -> None:
        seen.append(connection.execute("select count(*) from turns").fetchall()[0][0])
        if fails:
            raise UpturnError("no")

    warehouse = Warehouse(home, SETTINGS, derive=[look])
    log = log_of(1, 2)
    warehouse.catch_up(log)
    with warehouse.connect() as connection:
        connection.execute("delete from turns where turn_key = '2'")
    with pytest.raises(UpturnError, match="no"):
        warehouse.rebuild(log)
    with warehouse.connect() as connection:
        assert connection.execute("select count(*) from turns").fetchall() == [(1,)]
    fails = False
    warehouse.rebuild(log)
    with warehouse.connect() as connection:
        assert connection.execute("select count(*) from turns").fetchall() == [(2,)]

    assert seen == [2, 2]
    assert [path.name for path in home.working.parent.glob("*.duckdb*")] == ["upturn.duckdb"]


def test_threads_take_turns(home: Home) -> None:
    warehouse = Warehouse(home, SETTINGS)
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with warehouse.connect():
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.02)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most) == 1


def test_a_query_gives_columns_and_rows_or_says_what_is_wrong(home: Home) -> None:
    with pytest.raises(NotFoundError, match="no published warehouse"):
        query(home, "select 1")
    warehouse = Warehouse(home, SETTINGS)
    warehouse.catch_up(log_of(1))
    warehouse.publish()

    result = query(home, "select turn_key, occurred_at from turns")

    assert result.columns == ("turn_key", "occurred_at")
    assert result.rows == (("1", datetime(2026, 11, 23, 12, 0, 1, tzinfo=UTC)),)  # NOON and its number of seconds
    assert NOON.hour == 12
    with pytest.raises(UpturnError, match="trns"):
        query(home, "select * from trns")


def test_export_writes_one_parquet_file_a_table(home: Home, tmp_path: Path) -> None:
    warehouse = Warehouse(home, SETTINGS)
    warehouse.catch_up(log_of(1, 2))
    warehouse.publish()

    written = export_parquet(home, tmp_path / "out", ["turns", "latency"])

    assert [path.name for path in written] == ["turns.parquet", "latency.parquet"]
    assert duckdb.sql(f"select count(*) from '{written[0]}'").fetchall() == [(2,)]
    assert not list((tmp_path / "out").glob(".*"))
    with pytest.raises(NotFoundError, match="no table 'secrets'"):
        export_parquet(home, tmp_path / "out", ["secrets"])


def test_an_engine_reads_beside_a_connection_and_cannot_write(home: Home) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    warehouse = Warehouse(home, SETTINGS)
    warehouse.catch_up(log_of(1, 2))
    warehouse.publish()
    engine = warehouse_engine(home)

    with engine.connect() as first, read_only(home) as second:
        assert first.execute(text("select count(*) from turns")).scalar() == 2
        assert second.execute("select count(*) from turns").fetchall() == [(2,)]
        with pytest.raises(DBAPIError, match="read-only"):
            first.execute(text("delete from turns"))
