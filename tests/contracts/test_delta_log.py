"""What only the Delta log promises: many writers, compaction, a full disk, broken folders, its cache of ids."""

import json
import multiprocessing
import os
import random
import shutil
import subprocess
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from tests.support.events import response_judged, table, turn_logged
from upturn.domain.errors import ConfigurationError, DiskFullError, LogConflictError, LogDamagedError
from upturn.log.delta import DeltaLog


def versions_by_file(path: Path) -> dict[str, int]:
    """The version of the commit that added each live file, by its name."""
    table_now = DeltaTable(str(path))
    added = {}
    for version in range(table_now.version() + 1):
        for name in DeltaTable(str(path), version=version).file_uris():
            added.setdefault(Path(name).name, version)
    return added


def write_batches(path: str, seed: int, out: str) -> None:
    """One of several processes: 20 batches out of the same 600 numbers, every fifth digest another one."""
    draw, log = random.Random(seed), DeltaLog(path)
    totals = [0, 0, 0, 0]
    for _ in range(20):
        numbers = draw.sample(range(600), 60)
        given = table(
            *(turn_logged(number, digest=f"{seed if draw.random() < 0.2 else 'same'}") for number in numbers),
            *(response_judged(number, score=seed / 10) for number in numbers[:10]),
        )
        result = log.append(given)
        for place, count in enumerate((70, result.appended, result.skipped, result.conflicts.num_rows)):
            totals[place] += count
    Path(out).write_text(" ".join(map(str, totals)))


@pytest.mark.slow
def test_four_processes_with_overlapping_batches_lose_and_double_nothing(tmp_path):
    start = multiprocessing.get_context("spawn")
    path, seeds = tmp_path / "events", (1, 2, 3, 4)
    writers = [
        start.Process(target=write_batches, args=(str(path), seed, str(tmp_path / f"out{seed}"))) for seed in seeds
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=120)
    assert [writer.exitcode for writer in writers] == [0] * 4
    totals = [tuple(map(int, (tmp_path / f"out{seed}").read_text().split())) for seed in seeds]
    assert all(given == appended + skipped + conflicts for given, appended, skipped, conflicts in totals)
    events = DeltaLog(path).read()
    assert len(set(events["id"].to_pylist())) == events.num_rows == sum(total[1] for total in totals)
    assert sum(total[3] for total in totals) > 0
    added = versions_by_file(path)
    for file in sorted(path.glob("event_date=*/*.parquet")):
        if file.name in added:  # a lost swap leaves a file that no version names
            held = duckdb.sql(f"select distinct log_version from '{file}'").fetchall()
            assert held == [(added[file.name],)]


def test_a_stale_handle_sees_what_another_wrote(tmp_path):
    one, other = DeltaLog(tmp_path / "events"), DeltaLog(tmp_path / "events")
    one.append(table(turn_logged(1)))
    assert other.version == 1
    one.append(table(turn_logged(2)))
    result = other.append(table(turn_logged(2), turn_logged(3)))
    assert (result.log_version, result.appended, result.skipped) == (3, 1, 1)


def test_a_swap_lost_between_check_and_write_is_checked_again(tmp_path, monkeypatch):
    log, rival, given = DeltaLog(tmp_path / "events"), DeltaLog(tmp_path / "events"), table(*map(turn_logged, range(9)))
    log.append(table(turn_logged(100)))
    swapped, lost = DeltaLog._swapped, []

    def rival_first(self, handle, events):
        if self is log and not lost:
            lost.append(rival.append(given.slice(0, 4)))
        return swapped(self, handle, events)

    monkeypatch.setattr(DeltaLog, "_swapped", rival_first)
    result = log.append(given)
    assert (lost[0].log_version, result.log_version) == (2, 3)
    assert (result.appended, result.skipped) == (5, 4)


def test_a_compaction_between_check_and_write_doubles_nothing(tmp_path, monkeypatch):
    log, rival, given = DeltaLog(tmp_path / "events"), DeltaLog(tmp_path / "events"), table(*map(turn_logged, range(9)))
    log.append(given.slice(0, 3))
    log.append(given.slice(3, 3))
    swapped, lost = DeltaLog._swapped, []

    def rival_first(self, handle, events):
        if self is log and not lost:
            lost.append(rival.compact(retention_hours=0))
        return swapped(self, handle, events)

    monkeypatch.setattr(DeltaLog, "_swapped", rival_first)
    result = log.append(given)
    assert lost
    assert (result.appended, result.skipped) == (3, 6)
    assert sorted(log.read()["id"].to_pylist()) == sorted(given["id"].to_pylist())


def test_who_always_loses_the_swap_gives_up_with_nothing_appended(tmp_path, monkeypatch):
    log = DeltaLog(tmp_path / "events")
    log.append(table(turn_logged(1)))
    monkeypatch.setattr(DeltaLog, "_swapped", lambda *_: False)
    monkeypatch.setattr("upturn.log.delta._LONGEST_PAUSE_SECONDS", 0.0)
    with pytest.raises(LogConflictError, match="nothing was appended"):
        log.append(table(turn_logged(2)))
    assert log.read().num_rows == 1


def test_compaction_keeps_every_event_its_version_and_the_watermark(tmp_path):
    log = DeltaLog(tmp_path / "events")
    for number in range(5):
        log.append(table(turn_logged(number), turn_logged(100 + number, days=1)))
    before = log.read()
    version = log.compact(retention_hours=0)
    assert version == log.version > 5
    assert len(DeltaTable(str(tmp_path / "events")).file_uris()) == 2  # one per day
    assert log.read().equals(before)
    assert set(log.read(after=3)["log_version"].to_pylist()) == {4, 5}
    with duckdb.connect() as connection:
        assert log.expose(connection, after=4) == version
        assert connection.sql("select distinct log_version from events").fetchall() == [(5,)]
    assert log.append(table(turn_logged(3), turn_logged(200))).skipped == 1
    assert log.read(after=version)["log_version"].to_pylist() == [version + 1]


def test_many_small_files_become_few_and_few_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("upturn.log.delta._SMALL_FILES", 3)
    log = DeltaLog(tmp_path / "events")
    assert not log.tidy()
    for number in range(3):
        log.append(table(turn_logged(number), turn_logged(100 + number, days=number)))
    assert not log.tidy()  # 3 days, 5 files: 2 too many
    log.append(table(turn_logged(50)))
    before = log.read()
    assert log.tidy()  # 3 days, 6 files
    assert len(DeltaTable(str(tmp_path / "events")).file_uris()) == 3
    assert log.read().equals(before)
    assert not log.tidy()


@pytest.mark.parametrize("longer", [False, True])
def test_a_log_that_knows_the_table_sees_a_backup_put_in_its_place(tmp_path, longer):
    log, path = DeltaLog(tmp_path / "events"), tmp_path / "events"
    log.append(table(turn_logged(1)))
    shutil.copytree(path, tmp_path / "backup")
    for number in (2, 3):
        log.append(table(turn_logged(number)))
    shutil.rmtree(path)
    shutil.copytree(tmp_path / "backup", path)
    restored = DeltaLog(path)
    for number in (4, 5, 6) if longer else ():
        restored.append(table(turn_logged(number)))

    assert log.version == restored.version
    assert log.append(table(turn_logged(2))).appended == 1
    assert DeltaLog(path).read()["id"].to_pylist() == log.read()["id"].to_pylist()
    assert log.read().num_rows == (5 if longer else 2)


def test_opening_reads_a_checkpoint_and_at_most_25_commits(tmp_path):
    log = DeltaLog(tmp_path / "events")
    for number in range(26):
        log.append(table(turn_logged(number)))
    assert len(list((tmp_path / "events" / "_delta_log").glob("*.checkpoint.parquet"))) == 1
    assert log.read().num_rows == 26


def test_a_log_that_does_not_exist_is_compacted_to_nothing(tmp_path):
    assert DeltaLog(tmp_path / "events").compact() == 0
    assert not (tmp_path / "events").exists()


@pytest.mark.parametrize("harm", ["removed", "emptied", "overwritten", "truncated"])
def test_the_cache_of_ids_is_only_a_cache(tmp_path, harm):
    log, given = DeltaLog(tmp_path / "events"), table(*map(turn_logged, range(40)))
    log.append(given.slice(0, 20))
    log.append(given.slice(20, 10))
    cache = tmp_path / "events" / "_ids"
    assert list(cache.glob("*.ids"))
    for file in list(cache.iterdir()):
        if harm == "removed":
            file.unlink()
        else:
            content = {"emptied": b"", "overwritten": b"x" * 99, "truncated": file.read_bytes()[:-8]}[harm]
            file.write_bytes(content)
    result = log.append(given)
    assert (result.appended, result.skipped) == (10, 30)


def test_a_cache_of_ids_that_cannot_be_written_costs_no_event(tmp_path):
    log, given = DeltaLog(tmp_path / "events"), table(*map(turn_logged, range(40)))
    log.append(given.slice(0, 20))
    shutil.rmtree(tmp_path / "events" / "_ids")
    (tmp_path / "events" / "_ids").write_text("in the way")
    result = log.append(given)
    assert (result.appended, result.skipped) == (20, 20)
    assert log.append(given).skipped == 40


def statistics(path: Path) -> list[dict[str, object]]:
    """The statistics of every file that a commit or a checkpoint adds; one without any is an empty object."""
    folder = path / "_delta_log"
    actions = [json.loads(line) for file in folder.glob("*.json") for line in file.read_text().splitlines()]
    for file in folder.glob("*.checkpoint.parquet"):
        actions += pq.read_table(file, columns=["add"]).to_pylist()
    return [json.loads(one["add"]["stats"] or "{}") for one in actions if one.get("add")]


def test_statistics_are_of_the_version_and_the_type_alone(tmp_path):
    log = DeltaLog(tmp_path / "events")
    for number in range(26):  # enough for a checkpoint
        log.append(table(turn_logged(number), response_judged(number)))
    gone = turn_logged(7).id
    assert log.rewrite(at=log.version, remove=[gone], replace={}, add=table(response_judged(99))) is not None
    log.compact(retention_hours=0)
    found = statistics(tmp_path / "events")
    assert len(list((tmp_path / "events" / "_delta_log").glob("*.checkpoint.parquet"))) >= 1
    assert len(found) > 26 + 20  # each append is in a commit, and most are in the checkpoint again
    for name in ("minValues", "maxValues", "nullCount"):
        columns = [set(one.get(name, {})) for one in found]
        assert set().union(*columns) == {"log_version", "type"}, name
    assert {value for one in found for value in (one["minValues"]["type"], one["maxValues"]["type"])} == {
        "response.judged", "turn.logged",
    }  # fmt: skip


def test_statistics_hold_no_text_of_a_customer(tmp_path):
    log = DeltaLog(tmp_path / "events")
    log.append(table(turn_logged(1)))
    commits = "".join(file.read_text() for file in (tmp_path / "events" / "_delta_log").glob("*.json"))
    assert "max" in commits
    assert "commande" not in commits
    assert "c0" not in [word for line in commits.splitlines() for word in line.split('\\"')]


def test_a_folder_without_its_delta_log_is_refused(tmp_path):
    log = DeltaLog(tmp_path / "events")
    log.append(table(turn_logged(1)))
    shutil.rmtree(tmp_path / "events" / "_delta_log")
    for use in (log.read, lambda: log.version, lambda: log.append(table(turn_logged(2)))):
        with pytest.raises(LogDamagedError, match="_delta_log"):
            use()


def test_a_broken_commit_file_is_named(tmp_path):
    log = DeltaLog(tmp_path / "events")
    log.append(table(turn_logged(1)))
    (tmp_path / "events" / "_delta_log" / "00000000000000000001.json").write_text("{")
    with pytest.raises(LogDamagedError, match="can't be read as the event log"):
        log.append(table(turn_logged(2)))


def test_a_missing_data_file_is_named(tmp_path):
    log = DeltaLog(tmp_path / "events")
    log.append(table(turn_logged(1)))
    next((tmp_path / "events").glob("event_date=*/*.parquet")).unlink()
    with pytest.raises(LogDamagedError, match="events"):
        log.read()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB; only root may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no right to mount a small file system")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_said_and_leaves_the_log_whole(small_disk):
    log = DeltaLog(small_disk / "events")
    log.append(table(turn_logged(1)))
    before = log.read()
    noise = [random.Random(number).randbytes(500).hex() for number in range(4000)]
    bulky = table(*map(turn_logged, range(10, 4010)))
    bulky = bulky.set_column(7, "data", pa.array([f'{{"record_digest":"{text}"}}' for text in noise]))
    with pytest.raises(DiskFullError, match="log is whole"):
        log.append(bulky)
    assert log.version == 1
    assert log.read().equals(before)
    for file in (small_disk / "events").glob("event_date=*/*.parquet"):
        if file.name not in versions_by_file(small_disk / "events"):
            file.unlink()
    assert log.append(table(turn_logged(2))).appended == 1


@pytest.mark.parametrize(
    "error", [OSError(28, os.strerror(28)), OSError("Generic LocalFileSystem error: No space left on device")]
)
def test_a_full_disk_is_known_however_it_is_worded(tmp_path, monkeypatch, error):
    log = DeltaLog(tmp_path / "events")
    log.append(table(turn_logged(1)))

    def full(*_, **__):
        raise error

    monkeypatch.setattr("deltalake.write_deltalake", full)
    with pytest.raises(DiskFullError):
        log.append(table(turn_logged(2)))
    assert log.version == 1


def test_an_address_that_is_no_folder_is_refused():
    with pytest.raises(ConfigurationError, match="s3://"):
        DeltaLog("s3://bucket/events")


def test_no_byte_of_what_was_taken_out_is_left_after_a_purge(tmp_path):
    path = tmp_path / "events"
    log = DeltaLog(path)
    log.append(table(*(turn_logged(number, days=number // 5) for number in range(20))))
    log.append(table(*(turn_logged(number, days=number // 5) for number in range(20, 30))))
    gone = turn_logged(7, days=1)
    orphan = path / "event_date=2026-11-24" / "part-of-a-killed-writer.parquet"
    orphan.write_bytes(b"left")
    assert log.rewrite(at=2, remove=[gone.id], replace={}, add=table(response_judged(1))) == 3
    assert len(list(path.glob("event_date=*/*.parquet"))) > len({row["event_date"] for row in log.read().to_pylist()})
    log.purge()
    stored = [row for file in path.glob("event_date=*/*.parquet") for row in pq.read_table(file).to_pylist()]
    assert sorted(row["id"] for row in stored) == sorted(log.read()["id"].to_pylist())
    assert gone.id not in {row["id"] for row in stored}
    assert not orphan.exists()
    told = "".join(file.read_text() for file in (path / "_delta_log").glob("*.json"))
    assert gone.id not in told
    assert "question 7" not in told
