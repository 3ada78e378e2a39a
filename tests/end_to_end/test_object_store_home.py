"""A day with inputs and log in an object store is the same day as with both on the local disk."""

from __future__ import annotations

import bz2
import gzip
import shutil
from datetime import date
from pathlib import Path

import pytest

from tests.support.homes import simulated_home, upturn, upturn_json
from tests.support.ingesting import context, stage_files, staged
from tests.support.object_store import credentials, make_bucket, put, s3_server
from upturn.domain.errors import ConfigurationError, InputError, StoreError
from upturn.settings import Source
from upturn.stages.ingest import ingest, ingest_paths
from upturn.stages.pending import days_of_pattern

DAY = date(2026, 11, 2)
TOTALS = (
    "select (select count(*) from conversations) as conversations, (select count(*) from turns) as turns, "
    "(select sum(length(content)) from turns) as characters, (select count(*) from response_scores) as scores"
)


@pytest.fixture(scope="module")
def endpoint():
    with s3_server() as address:
        yield address


@pytest.fixture
def bucket(endpoint, tmp_path_factory, monkeypatch) -> str:
    """A fresh bucket, with the environment set to reach it."""
    for name, value in credentials(endpoint).items():
        monkeypatch.setenv(name, value)
    name = tmp_path_factory.mktemp("inputs").name
    make_bucket(endpoint, name)
    return name


def record(number: int) -> bytes:
    return (
        f'{{"conversation_id": "c{number}", "started_at": "2026-11-02T10:00:00Z", '
        '"turns": [{"role": "user", "content": "hello"}]}\n'
    ).encode()


@pytest.mark.slow
def test_a_day_in_an_object_store_is_the_day_on_a_local_disk(endpoint, bucket, tmp_path):
    local = simulated_home(tmp_path / "local", days=1, per_day=30, seed=3, start=DAY)
    remote = tmp_path / "remote"
    shutil.copytree(local.root, remote)
    (log,) = (remote / "inbox").glob("chat-*.jsonl*")
    put(endpoint, f"{bucket}/in/2026/{log.name}.gz", gzip.compress(log.read_bytes()))
    shutil.rmtree(remote / "inbox")
    (remote / "upturn.toml").write_text(
        f'log = "s3://{bucket}/desk/events"\nstart_date = 2026-11-02\n\n[[sources]]\nname = "chat"\n'
        f'path = "s3://{bucket}/in/{{day:%Y}}/chat-{{day}}.jsonl*"\n'
    )
    for home in (local.root, remote):
        upturn("run", home=home)
    found = [upturn_json("sql", TOTALS, home=home) for home in (local.root, remote)]
    assert found[0] == found[1]
    assert found[0][0]["conversations"] >= 30
    assert not (remote / "events").exists()
    assert "log version" in upturn("doctor", home=remote)
    # nothing of the inputs stays, and no secret was written anywhere
    assert not [path for path in (remote / "staging").rglob("*") if path.is_file()]
    secret = credentials(endpoint)["AWS_SECRET_ACCESS_KEY"].encode()
    assert not [path for path in remote.rglob("*") if path.is_file() and secret in path.read_bytes()]
    assert "nothing to do" in upturn("run", home=remote)
    # a home whose local files are lost but for its settings and key makes them again from the log
    (remote / "upturn.duckdb").unlink()
    shutil.rmtree(remote / "work")
    upturn("rebuild", home=remote)
    assert upturn_json("sql", TOTALS, home=remote) == found[0]


def test_objects_are_named_by_address_folder_and_pattern(endpoint, bucket, tmp_path):
    put(endpoint, f"{bucket}/in/a.jsonl", record(1))
    put(endpoint, f"{bucket}/in/b.jsonl.gz", gzip.compress(record(2)))
    put(endpoint, f"{bucket}/in/deep/c%201.jsonl.bz2", bz2.compress(record(3)))
    put(endpoint, f"{bucket}/in/notes.txt", b"nothing")
    put(endpoint, f"{bucket}/other/d.jsonl", record(4))
    for place, files in (("in", 3), ("in/", 3), ("in/*.jsonl*", 2), ("in/**/*.jsonl*", 3), ("in/a.jsonl", 1), ("", 4)):
        home = tmp_path / f"home{files}{len(place)}"
        staged_now = stage_files(home, f"s3://{bucket}/{place}")  # type: ignore[arg-type]
        assert (staged_now.counts.notes["files"], staged_now.counts.read) == (files, files)
        assert all(
            name.startswith(f"s3://{bucket}/") for name in staged_now.tables["conversations"]["file"].to_pylist()
        )
        assert [path.name for path in (home / "staging").iterdir() if path.is_dir()] == ["batch"]
    for place in ("in/*.csv", "nowhere/", "in/a.jsonl.zst"):
        with pytest.raises(InputError, match="names no log"):
            stage_files(tmp_path / "none", f"s3://{bucket}/{place}")  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="no such bucket"):
        stage_files(tmp_path / "none", "s3://no-such-bucket/in/*.jsonl")  # type: ignore[arg-type]


def test_a_days_source_takes_its_days_objects_and_knows_them_by_hand_too(endpoint, bucket, tmp_path):
    for day in (2, 3):
        put(endpoint, f"{bucket}/in/2026-11-0{day}/chat.jsonl", record(day))
    source = Source(name="chat", path=f"s3://{bucket}/in/{{day}}/*.jsonl")
    assert sorted(days_of_pattern(source.path, tmp_path)) == [date(2026, 11, 2), date(2026, 11, 3)]
    here = context(tmp_path / "home", source)
    assert ingest(here, DAY).notes["sources_arrived"] == 1
    assert staged(here.home.staging / "2026-11-02")["conversations"]["conversation_id"].to_pylist() == ["c2"]
    assert ingest(here, date(2026, 11, 4)).notes["sources_missing"] == "chat"
    ingest_paths(here, [f"s3://{bucket}/in"], batch="by-hand")
    assert set(staged(here.home.staging / "by-hand")["conversations"]["source_name"].to_pylist()) == {"chat"}


def test_an_unreadable_object_is_refused_by_its_address(endpoint, bucket, tmp_path):
    put(endpoint, f"{bucket}/in/a.jsonl", b"%PDF")
    put(endpoint, f"{bucket}/in/b.jsonl", record(1))
    result = stage_files(tmp_path, f"s3://{bucket}/in")  # type: ignore[arg-type]
    assert (result.counts.read, result.counts.quarantined) == (2, 1)
    assert result.reasons[0].startswith(f"s3://{bucket}/in/a.jsonl is a PDF")
    with pytest.raises(InputError, match="is a PDF"):
        stage_files(tmp_path, f"s3://{bucket}/in/a.jsonl")  # type: ignore[arg-type]


@pytest.mark.slow
def test_standard_input_is_a_log_and_leaves_no_copy(tmp_path):
    import subprocess

    from tests.support.homes import PROGRAM

    home = tmp_path / "home"
    upturn("init", home=home)
    run = subprocess.run(
        [PROGRAM, "ingest", "-", "--home", str(home), "--json"],
        input=gzip.compress(record(1)),
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert b'"conversations": 1' in run.stdout
    assert not list((home / "staging").iterdir())
    assert "names no log" in upturn("ingest", str(tmp_path / "nothing"), home=home, expect=1)
    assert "database" in upturn(
        "ingest", str(Path(__file__)), "--table", "x", home=home, expect=ConfigurationError.exit_code
    )
