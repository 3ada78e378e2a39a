"""Killed with SIGKILL at a random moment and run again, nothing is lost or doubled; nor with four processes at once.

UPTURN_KILLS sets how many moments of an ingest are tried; the nightly form (`make kill`) tries 200. A tenth as many of
the whole way to the published warehouse are tried beside them.
"""

import os
import random
import shutil
from pathlib import Path

import pytest

from tests.support import killing
from tests.support.homes import upturn
from tests.support.real_logs import retail_records, write_jsonl
from tests.support.shared import shared_data

pytestmark = [pytest.mark.slow, pytest.mark.shared_data]
KILLS = int(os.environ.get("UPTURN_KILLS", "12"))
DERIVED = {"response_scores", "failure_signals", "failures"}
"""Made by the stages behind an ingest, and by a rebuild."""
RUN_KILLS = max(4, KILLS // 10)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the real log, an empty home, and a home that nobody killed."""
    folder = tmp_path_factory.mktemp("killed")
    write_jsonl(folder / "retail.jsonl", retail_records(shared_data("taubench_retail_variants")))
    upturn("init", home=folder / "empty")
    shutil.copytree(folder / "empty", folder / "whole")
    killing.finished(killing.started(killing.ingest_and_run, folder / "whole", [folder / "retail.jsonl"]))
    return folder


@pytest.fixture(scope="module")
def duration(base: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """Seconds of a run that nobody kills, with everything imported."""
    home = tmp_path_factory.mktemp("timed") / "home"
    shutil.copytree(base / "empty", home)
    return killing.finished(killing.started(killing.ingest_and_run, home, [base / "retail.jsonl"]))


def is_whole(home: Path, base: Path) -> None:
    """Not one fact is lost or doubled, and the warehouse is the one that a rebuild makes."""
    expected = killing.facts(base / "whole")
    # 161 conversations: a start, an end and their turns each; every id once
    assert expected.total() == len(expected) > 161 * 2
    assert killing.facts(home) == expected
    before = killing.tables(home)
    killing.finished(killing.started(killing.rebuild, home))
    after = killing.tables(home)
    assert {name: rows for name, rows in before.items() if rows != after[name]} == {}
    assert len(after["conversations"]) == 161
    assert not [path for path in (home / "staging").iterdir() if path.suffix not in {".draft", ".claim"}]


@pytest.fixture(scope="module")
def ingest_duration(base: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """Seconds of an ingest that nobody kills, with everything imported."""
    home = tmp_path_factory.mktemp("ingested") / "home"
    shutil.copytree(base / "empty", home)
    return killing.finished(killing.started(killing.ingest_and_project, home, [base / "retail.jsonl"]))


@pytest.mark.parametrize("seed", range(KILLS))
def test_an_ingest_killed_at_a_random_moment_is_done_by_the_next(base, ingest_duration, tmp_path, seed):
    home, dice = tmp_path / "home", random.Random(seed)
    shutil.copytree(base / "empty", home)
    work = (killing.ingest_and_project, home, [base / "retail.jsonl"])
    killing.killed(killing.started(*work), after=dice.uniform(0.0, ingest_duration))
    killing.finished(killing.started(*work))
    assert killing.facts(home) == killing.facts(base / "whole")
    found = killing.working_tables(home)
    assert len(found["conversations"]) == 161
    rebuilt = killing.rebuilt_tables(home)
    assert {name for name, rows in rebuilt.items() if rows != found[name]} <= DERIVED
    assert not [path for path in (home / "staging").iterdir() if path.suffix not in {".draft", ".claim"}]


@pytest.mark.parametrize("seed", range(RUN_KILLS))
def test_killed_at_a_random_moment_the_next_run_finishes_the_work(base, duration, tmp_path, seed):
    home, dice = tmp_path / "home", random.Random(seed)
    shutil.copytree(base / "empty", home)
    moment = dice.uniform(0.0, duration)
    killing.killed(killing.started(killing.ingest_and_run, home, [base / "retail.jsonl"]), after=moment)
    if dice.random() < 0.5:  # and once more
        again = dice.uniform(0.0, duration)
        killing.killed(killing.started(killing.ingest_and_run, home, [base / "retail.jsonl"]), after=again)
    killing.finished(killing.started(killing.ingest_and_run, home, [base / "retail.jsonl"]))
    is_whole(home, base)


def test_four_processes_that_take_in_overlapping_files_at_once_lose_and_double_nothing(base, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(base / "empty", home)
    lines = (base / "retail.jsonl").read_bytes().splitlines(keepends=True)
    parts = []
    for number in range(4):  # each file has 100 of 161 conversations, 61 beside the last one's begin
        parts.append(tmp_path / f"part-{number}.jsonl")
        parts[-1].write_bytes(b"".join((lines * 2)[number * 40 : number * 40 + 100]))
    killing.finished(*[killing.started(killing.ingest, home, [part]) for part in parts])
    assert set(killing.facts(home).values()) == {1}
    killing.finished(killing.started(killing.ingest_and_run, home, parts))
    # 4 x 40 + 60 - 1 places wrap around: every one of the 161 conversations is in a file
    is_whole(home, base)
