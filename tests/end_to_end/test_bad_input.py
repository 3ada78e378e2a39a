"""Every kind of bad input ends in a clear message or in quarantine, with an exit code, and the home stays whole."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.homes import PROGRAM, upturn, upturn_json
from upturn.home import Home
from upturn.warehouse import query

pytestmark = pytest.mark.slow

Record = dict[str, Any]


def conversation(number: int, **fields: Any) -> Record:
    start = f"2026-11-16T09:{number % 60:02d}:00+00:00"
    return {
        "conversation_id": f"c-{number}",
        "assistant_id": "shop",
        "assistant_version": "1.0",
        "channel": "web",
        "user_id": f"person-{number % 7}",
        "started_at": start,
        "ended_at": f"2026-11-16T10:{number % 60:02d}:00+00:00",
        "turns": [
            {"role": "user", "content": f"Where is parcel number {number}?", "created_at": start},
            {"role": "assistant", "content": "It left our depot this morning.", "created_at": start, "latency_ms": 900},
        ],
        **fields,
    }


def lines(*records: Record) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("homes") / "home"
    upturn("init", "--start", "2026-11-16", home=root)
    return root


@pytest.fixture
def home(tmp_path: Path) -> Path:
    root = tmp_path / "home"
    upturn("init", "--start", "2026-11-16", home=root)
    return root


def rows(home: Path, sql: str) -> list[Record]:
    """Read the published warehouse in this process: a program for each query would cost a second."""
    found = query(Home(home), sql)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def counts(home: Path) -> Record:
    """Give how many conversations, turns and quarantined records the warehouse has, and its refusals' reasons."""
    upturn("run", home=home)
    (row,) = rows(
        home,
        "select (select count(*) from conversations) as conversations, (select count(*) from turns) as turns,"
        " (select count(*) from quarantine) as quarantined",
    )
    reasons = rows(home, "select file, line, reason from quarantine order by file, line")
    assert all(reason["file"] and reason["reason"] for reason in reasons)
    return {**row, "reasons": reasons}


def is_whole(home: Path) -> None:
    """The doctor finds nothing, and the warehouse is what the log says."""
    upturn("doctor", home=home)
    tables = ("conversations", "turns", "feedback", "quarantine")
    before = [rows(home, f"select * from {table} order by all") for table in tables]
    upturn("rebuild", home=home)
    assert before == [rows(home, f"select * from {table} order by all") for table in tables]


def test_a_missing_file_is_a_clear_error(empty: Path) -> None:
    message = upturn("ingest", "nowhere.jsonl", home=empty, expect=1)
    assert "nowhere.jsonl" in message
    assert "Traceback" not in message


def test_an_error_under_json_is_json(empty: Path) -> None:
    message = upturn("ingest", "nowhere.jsonl", "--json", home=empty, expect=1)
    assert "nowhere.jsonl" in json.loads(message)["error"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("unknown.jsonl", b'{"apples": 3, "pears": 4}\n', "openai_chat"),
        ("words.txt", b"hello there, this is no log at all\n", "words.txt"),
        ("picture.jsonl", bytes(range(256)) * 40, "picture.jsonl"),
    ],
)
def test_a_file_of_no_known_format_names_the_known_ones(
    empty: Path, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    message = upturn("ingest", str(tmp_path / name), home=empty, expect=1)
    assert said in message
    assert "Traceback" not in message


def test_an_unknown_format_that_is_forced_names_the_known_ones(empty: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(conversation(1)))
    assert "openai_chat" in upturn("ingest", str(tmp_path / "a.jsonl"), "--format", "nope", home=empty, expect=2)


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        (b'{"conversation_id": "c-9", "turns": [{"role": "us\n', "JSON"),
        (lines(conversation(9, turns="none")), "turns"),
        (lines(conversation(9, turns=[{"role": "user", "content": "a", "latency_ms": "soon"}])), "latency_ms"),
        (lines(conversation(9, started_at="2026-11-16T09:00:00")), "zone"),
        (lines(conversation(9, started_at="9999-01-01T00:00:00Z", ended_at=None)), "started_at"),
        (lines(conversation(9, conversation_id=None)), "conversation_id"),
        (lines(conversation(9, turns=[{"role": "martian", "content": "a"}])), "role"),
        (b"\xff\xfe\x00broken\n", ""),
        (b"[1, 2, 3]\n", ""),
    ],
    ids=["truncated", "no list", "wrong type", "no zone", "year 9999", "no id", "unknown role", "bytes", "no object"],
)
def test_a_bad_record_is_quarantined_and_its_neighbours_are_kept(
    home: Path, tmp_path: Path, bad: bytes, word: str
) -> None:
    file = tmp_path / "logs.jsonl"
    file.write_bytes(lines(conversation(1)) + bad + lines(conversation(2)))
    upturn("ingest", str(file), home=home)
    found = counts(home)
    assert (found["conversations"], found["turns"], found["quarantined"]) == (2, 4, 1)
    assert found["reasons"][0]["line"] == 2
    assert word in found["reasons"][0]["reason"]
    is_whole(home)


def test_a_gzip_that_breaks_off_keeps_what_came_before(home: Path, tmp_path: Path) -> None:
    # bytes that do not compress, so that half of the file holds about half of the records
    noisy = [conversation(number, metadata={"noise": os.urandom(200).hex()}) for number in range(200)]
    whole = gzip.compress(lines(*noisy))
    (tmp_path / "logs.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    upturn("ingest", str(tmp_path / "logs.jsonl.gz"), home=home)
    found = counts(home)
    assert 50 < found["conversations"] < 150
    assert found["quarantined"] == 1
    is_whole(home)


def test_a_ten_megabyte_message_is_kept_and_a_larger_one_is_quarantined(home: Path, tmp_path: Path) -> None:
    large, too_large = conversation(1), conversation(2)
    large["turns"][0]["content"] = "a word ok " * 1_000_000
    too_large["turns"][0]["content"] = "a word ok " * 1_200_000
    (tmp_path / "logs.jsonl").write_bytes(lines(large, too_large, conversation(3)))
    upturn("ingest", str(tmp_path / "logs.jsonl"), home=home)
    found = counts(home)
    assert (found["conversations"], found["quarantined"]) == (2, 1)
    assert found["reasons"][0]["line"] == 2
    is_whole(home)


def test_null_bytes_lose_no_record(home: Path, tmp_path: Path) -> None:
    record = conversation(1)
    record["turns"][0]["content"] = "before\x00after"
    raw = lines(conversation(3)).replace(b"parcel", b"par\x00cel")
    (tmp_path / "logs.jsonl").write_bytes(lines(record) + raw + lines(conversation(2)))
    upturn("ingest", str(tmp_path / "logs.jsonl"), home=home)
    found = counts(home)
    assert found["conversations"] + found["quarantined"] == 3
    is_whole(home)


def test_the_same_id_with_other_data_is_a_conflict_and_the_first_stays(home: Path, tmp_path: Path) -> None:
    when = {"created_at": "2026-11-16T09:01:00Z", "updated_at": "2026-11-16T11:00:00Z"}
    first, other = (
        conversation(1, turns=[{"message_id": "m", "role": "user", "content": text, **when}])
        for text in ("Where is it?", "Where is she?")
    )
    (tmp_path / "a.jsonl").write_bytes(lines(first))
    (tmp_path / "b.jsonl").write_bytes(lines(other))
    upturn("ingest", str(tmp_path / "a.jsonl"), home=home)
    upturn("ingest", str(tmp_path / "b.jsonl"), home=home)
    found = counts(home)
    assert found["conversations"] == 1
    assert found["quarantined"] >= 1
    assert upturn_json("sql", "select content from turns", home=home) == [{"content": "Where is it?"}]
    is_whole(home)


def test_the_same_file_twice_adds_nothing(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(*map(conversation, range(20))))
    upturn("ingest", str(tmp_path / "a.jsonl"), home=home)
    again = upturn_json("ingest", str(tmp_path / "a.jsonl"), home=home)
    assert again["append"]["appended"] == 0
    assert again["append"]["skipped"] > 0


def test_an_empty_file_is_fine_and_says_so(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"")
    upturn("ingest", str(tmp_path / "a.jsonl"), home=home)
    assert upturn_json("ingest", str(tmp_path / "a.jsonl"), home=home)["ingest"]["read"] == 0


def test_an_empty_day_runs_and_reports_what_did_not_arrive(home: Path) -> None:
    ran = upturn_json("run", "--day", "2026-11-16", home=home)
    assert ran["2026-11-16"]["ingest"]["sources_arrived"] == 0
    upturn("report", "--week", "2026-W47", home=home)
    assert "0 of" in (home / "reports" / "2026-W47.md").read_text()
    upturn("doctor", home=home)


def test_a_home_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home.json").write_text('{"home_version": 99}')
    assert "upgrade" in upturn("status", home=tmp_path, expect=1)


def test_a_folder_that_is_no_home_names_init(tmp_path: Path) -> None:
    assert "upturn init" in upturn("run", home=tmp_path, expect=1)


def test_a_misspelt_setting_is_a_usage_error(home: Path) -> None:
    (home / "upturn.toml").write_text('timezon = "UTC"\n')
    assert "timezon" in upturn("run", home=home, expect=2)


FULL_DISK = """
set -e
mount -t tmpfs -o size=24m tmpfs {disk}
export UPTURN_HOME={disk}/home
{upturn} init >/dev/null
{upturn} ingest {small} >/dev/null
{upturn} run >/dev/null
before=$({upturn} sql 'select count(*) from turns' --format csv | tail -1)
status=0; {upturn} ingest {large} 2>{disk}/../message || status=$?
echo "ingest $status"
status=0; {upturn} run 2>>{disk}/../message || status=$?
echo "run $status"
rm -rf {disk}/home/staging/*
{upturn} doctor >/dev/null
echo "published $before $({upturn} sql 'select count(*) from turns' --format csv | tail -1)"
"""


def test_a_full_disk_ends_in_a_message_and_leaves_the_home_whole(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    small, large = tmp_path / "small.jsonl", tmp_path / "large.jsonl"
    small.write_bytes(lines(*map(conversation, range(20))))
    with large.open("wb") as file:
        for number in range(4000):  # 40 MB that do not compress
            file.write(lines(conversation(100 + number, metadata={"noise": os.urandom(5000).hex()})))
    script = FULL_DISK.format(disk=disk, upturn=PROGRAM, small=small, large=large)
    isolated = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]
    ran = subprocess.run([*isolated, "bash", "-c", script], capture_output=True, text=True, check=False)
    message = (tmp_path / "message").read_text()
    assert ran.returncode == 0, ran.stdout + ran.stderr + message
    assert "ingest 1" in ran.stdout
    assert "run 0" in ran.stdout or message.count("is full") == 2, message
    assert "is full" in message
    assert "free some space" in message or "free space" in message
    assert "Traceback" not in message
    published = ran.stdout.strip().splitlines()[-1].split()
    assert published[1] == published[2] == "40"


def start(*arguments: str, home: Path, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [PROGRAM, *arguments, "--home", str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_a_second_writer_waits_or_says_so_and_nothing_is_doubled(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(*map(conversation, range(300))))
    (tmp_path / "b.jsonl").write_bytes(lines(*map(conversation, range(150, 450))))
    both = [start("ingest", str(tmp_path / name), home=home) for name in ("a.jsonl", "b.jsonl")]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    both = [start("run", home=home) for _ in range(2)]
    codes = sorted(process.wait(timeout=240) for process in both)
    messages = [process.stderr.read() for process in both if process.stderr]
    assert codes in ([0, 0], [0, 1]), messages
    assert not [message for message in messages if "Traceback" in message]
    found = counts(home)
    assert (found["conversations"], found["turns"]) == (450, 900)
    is_whole(home)


def test_interrupting_a_run_leaves_a_home_that_the_next_run_finishes(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(*map(conversation, range(400))))
    running = start("ingest", str(tmp_path / "a.jsonl"), home=home)
    wait_for(lambda: any((home / "staging").iterdir()) or running.poll() is not None)
    os.killpg(running.pid, signal.SIGINT)
    _, message = running.communicate(timeout=60)
    assert running.returncode in {0, 130}, message
    assert "Traceback" not in message
    upturn("ingest", str(tmp_path / "a.jsonl"), home=home)
    found = counts(home)
    assert (found["conversations"], found["turns"]) == (400, 800)
    is_whole(home)


def test_an_analysts_killed_session_does_not_brick_the_warehouse(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(*map(conversation, range(20))))
    upturn("ingest", str(tmp_path / "a.jsonl"), home=home)
    upturn("run", home=home)
    published = home / "upturn.duckdb"
    published.chmod(0o644)  # an analyst who insists
    code = (
        "import duckdb, os, signal\n"
        f"c = duckdb.connect({str(published)!r})\n"
        "c.execute('set checkpoint_threshold = \\'1TB\\'')\n"
        "c.execute('create table mine as select 1 as one')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    assert published.with_name("upturn.duckdb.wal").exists()
    (tmp_path / "b.jsonl").write_bytes(lines(*map(conversation, range(20, 30))))
    upturn("ingest", str(tmp_path / "b.jsonl"), home=home)
    upturn("run", home=home)
    with duckdb.connect(str(published), read_only=True) as connection:
        assert connection.execute("select count(*) from conversations").fetchone() == (30,)
    is_whole(home)


def test_reading_never_fails_while_a_run_is_writing(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(*map(conversation, range(50))))
    upturn("ingest", str(tmp_path / "a.jsonl"), home=home)
    upturn("run", home=home)
    (tmp_path / "b.jsonl").write_bytes(lines(*map(conversation, range(50, 800))))
    upturn("ingest", str(tmp_path / "b.jsonl"), home=home)
    running = start("run", home=home)
    seen = set()
    while running.poll() is None:
        with duckdb.connect(str(home / "upturn.duckdb"), read_only=True) as connection:
            row = connection.execute("select count(*) from conversations").fetchone()
            assert row is not None
            seen.add(row[0])
        time.sleep(0.005)
    assert running.returncode == 0
    assert seen <= {50, 800}
    assert 50 in seen
