"""What the log promises in an object store: many writers, a killed one, its copies, and errors that say what to do."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import duckdb
import pyarrow.fs as pafs
import pytest
from deltalake import DeltaTable

from tests.contracts.test_delta_log import write_batches
from tests.support.events import table, turn_logged
from tests.support.object_store import credentials, free_port
from upturn.domain.errors import ConfigurationError, LogDamagedError, StoreError, StoreUnreachableError, TransientError
from upturn.home import Home
from upturn.log.delta import DeltaLog
from upturn.log.home_log import home_log
from upturn.settings import Settings

pytestmark = pytest.mark.slow

SECRET = credentials("")["AWS_SECRET_ACCESS_KEY"]


@pytest.fixture
def address(s3_bucket) -> str:
    return f"s3://{s3_bucket}/home/events"


def versions_by_file(address: str) -> dict[str, int]:
    """The version of the commit that added each live file, by its name."""
    added: dict[str, int] = {}
    for version in range(DeltaTable(address).version() + 1):
        for uri in DeltaTable(address, version=version).file_uris():
            added.setdefault(uri.rpartition("/")[2], version)
    return added


def write(address: str, copies: str, seed: int, out: str) -> None:
    """One of several processes: the batches of the local log's test, each process with copies of its own."""
    import tests.contracts.test_delta_log as local

    def remote(path: str) -> DeltaLog:
        return DeltaLog(path, copies=Path(copies))

    local.DeltaLog = remote  # type: ignore[assignment,misc]
    write_batches(address, seed, out)


@pytest.mark.slow
def test_four_processes_with_overlapping_batches_lose_and_double_nothing(address, tmp_path):
    start = multiprocessing.get_context("spawn")
    seeds = (1, 2, 3, 4)
    writers = [
        start.Process(target=write, args=(address, str(tmp_path / f"copies{seed}"), seed, str(tmp_path / f"out{seed}")))
        for seed in seeds
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=400)
    assert [writer.exitcode for writer in writers] == [0] * 4
    totals = [tuple(map(int, (tmp_path / f"out{seed}").read_text().split())) for seed in seeds]
    assert all(given == appended + skipped + conflicts for given, appended, skipped, conflicts in totals)
    log = DeltaLog(address, copies=tmp_path / "copies")
    events = log.read()
    assert len(set(events["id"].to_pylist())) == events.num_rows == sum(total[1] for total in totals)
    assert sum(total[3] for total in totals) > 0
    # log_version is the version of the commit that wrote the event: of each file's copy, and of each version there is
    added = versions_by_file(address)
    held = {path.name: path for path in (tmp_path / "copies").glob("event_date=*/*.parquet")}
    assert held.keys() == added.keys()
    for name, version in added.items():
        assert duckdb.sql(f"select distinct log_version from '{held[name]}'").fetchall() == [(version,)]


def append_for_ever(address: str, copies: str) -> None:
    log = DeltaLog(address, copies=Path(copies))
    for number in range(100_000):
        log.append(table(*(turn_logged(10 * number + place) for place in range(10))))


@pytest.mark.slow
def test_a_killed_writer_leaves_whole_batches_and_the_next_one_goes_on(address, tmp_path):
    start = multiprocessing.get_context("spawn")
    writer = start.Process(target=append_for_ever, args=(address, str(tmp_path / "one")))
    writer.start()
    log = DeltaLog(address, copies=tmp_path / "two")
    deadline = time.monotonic() + 120
    while log.version < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(writer.pid or 0, signal.SIGKILL)
    writer.join()
    there = log.read()
    assert there.num_rows >= 50
    assert there.num_rows % 10 == 0  # ten events a commit
    again = log.append(table(*map(turn_logged, range(there.num_rows + 10))))
    assert (again.appended, again.skipped, again.conflicts.num_rows) == (10, there.num_rows, 0)


def test_copies_that_are_lost_are_fetched_again_and_those_of_dead_files_go(address, tmp_path):
    copies = tmp_path / "copies"
    log = DeltaLog(address, copies=copies)
    for number in range(3):
        log.append(table(turn_logged(number)))
    before = log.read()
    for path in copies.rglob("*.parquet"):
        assert path.stat().st_mode & 0o777 == 0o600
        path.unlink()
    assert log.read().equals(before)
    assert log.append(table(*map(turn_logged, range(3)))).skipped == 3
    log.compact(retention_hours=0)
    assert log.read().equals(before)
    for path in copies.rglob("*.parquet"):
        os.utime(path, (1, 1))  # an hour and more ago
    log.compact(retention_hours=0)
    assert len(list(copies.rglob("*.parquet"))) == len(DeltaTable(address).file_uris()) == 1


def test_a_stale_handle_and_a_log_made_anew_are_noticed(address, tmp_path, s3_bucket):
    one, other = DeltaLog(address, copies=tmp_path / "one"), DeltaLog(address, copies=tmp_path / "other")
    one.append(table(turn_logged(1)))
    assert other.version == 1
    one.append(table(turn_logged(2)))
    result = other.append(table(turn_logged(2), turn_logged(3)))
    assert (result.log_version, result.appended, result.skipped) == (3, 1, 1)
    files, _ = pafs.FileSystem.from_uri("s3://bucket")
    files.delete_dir_contents(f"{s3_bucket}/home/events")
    assert (one.version, one.read().num_rows) == (0, 0)
    assert one.append(table(turn_logged(2))).appended == 1


def test_events_without_their_delta_log_or_a_data_file_are_said(address, tmp_path, s3_bucket):
    log = DeltaLog(address, copies=tmp_path / "copies")
    log.append(table(turn_logged(1)))
    files, _ = pafs.FileSystem.from_uri("s3://bucket")
    (data,) = [uri.removeprefix("s3://") for uri in DeltaTable(address).file_uris()]
    held = files.open_input_file(data).read()
    files.delete_file(data)
    with pytest.raises((LogDamagedError, StoreError)):
        log.read()
    with files.open_output_stream(data) as stream:
        stream.write(held)
    files.delete_dir_contents(f"{s3_bucket}/home/events/_delta_log")
    with pytest.raises(LogDamagedError, match="event log"):
        DeltaLog(address, copies=tmp_path / "copies").read()


def uses(log: DeltaLog):
    return (log.read, lambda: log.version, lambda: log.append(table(turn_logged(1))))


def test_a_bucket_that_is_not_there_is_one_line(s3_bucket, tmp_path):
    for use in uses(DeltaLog("s3://no-such-bucket/events", copies=tmp_path)):
        with pytest.raises(StoreError, match="no such bucket") as caught:
            use()
        assert "\n" not in str(caught.value)
        assert SECRET not in str(caught.value)


def test_an_endpoint_that_is_down_is_worth_another_try(s3_bucket, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(StoreUnreachableError, match="can't be reached") as caught:
        DeltaLog("s3://bucket/events", copies=tmp_path).read()
    assert isinstance(caught.value, TransientError)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_missing_credentials_name_where_they_belong(s3_bucket, tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(StoreError, match="AWS_ACCESS_KEY_ID") as caught:
        DeltaLog("s3://bucket/events", copies=tmp_path).read()
    assert "\n" not in str(caught.value)


def test_a_home_says_where_its_log_is(tmp_path):
    home = Home(tmp_path).create()
    assert str(home_log(home, Settings())._place) == str(tmp_path / "events")
    assert str(home_log(home, Settings(log="elsewhere"))._place) == str(tmp_path / "elsewhere")
    assert str(home_log(home, Settings(log="s3://bucket/events/"))._place) == "s3://bucket/events"
    with pytest.raises(ConfigurationError, match="ftp://"):
        home_log(home, Settings(log="ftp://me:secret@host/events"))
