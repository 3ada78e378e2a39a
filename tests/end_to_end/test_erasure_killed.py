"""`upturn erase` killed with SIGKILL at random moments: once it is asked for, the next run finishes it.

UPTURN_ERASURE_KILLS sets how many moments are tried; the nightly form (`make kill`) tries 100.
"""

import os
import random
import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support import killing
from tests.support.erasing import (
    FIRST,
    conversations_of,
    make_home,
    marker_of,
    nothing_is_compressed,
    places_of,
    user_of_several,
)
from upturn.home import Home
from upturn.privacy.pseudonym import load_pseudonymizer
from upturn.settings import Settings
from upturn.stages.pending import pending_days
from upturn.wiring import open_context, run_stage, run_stages

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("UPTURN_ERASURE_KILLS", "6"))
DAYS = 2


class Base(NamedTuple):
    home: Home
    user_id: str
    words: list[str]
    """The user's own word, pseudonym and conversations."""
    erased: Home
    """The home after an erasure that nobody killed."""
    asking: float
    """Seconds that it took until the request was in the log, with everything imported."""
    doing: float
    """Seconds from then on."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = tmp_path_factory.mktemp("erased")
    home = make_home(folder / "home", days=DAYS, per_day=40)
    with nothing_is_compressed():
        context = open_context(home.root)
        for day in pending_days(context):
            run_stages(context, day)
    user_id = user_of_several(home)
    pseudonym = load_pseudonymizer(home, Settings()).user_key(user_id)
    words = [marker_of(user_id), pseudonym, *conversations_of(home, user_id)]
    assert [word for word in words if not places_of(home, word)] == []
    erased = Home(folder / "whole")
    shutil.copytree(home.root, erased.root)
    killing.finished(killing.started(time.sleep, 0))  # everything is imported
    begin = time.perf_counter()
    process = asked(erased, user_id)
    asking = time.perf_counter() - begin
    return Base(home, user_id, words, erased, asking, killing.finished(process))


def commits(home: Home) -> int:
    return len(list((home.events / "_delta_log").glob("*.json")))


def asked(home: Home, user_id: str) -> Any:
    """Start an erasure and wait until its request is in the log."""
    before = commits(home)
    process = killing.started(killing.erase, home.root, user_id)
    while commits(home) == before and process.is_alive():
        time.sleep(0.002)
    return process


def recorded(home: Home, kind: str) -> int:
    return open_context(home.root).log.read(types=[kind]).num_rows


def kill_midway(base: Base, source: Path, home: Home, dice: random.Random, *, once_asked: bool) -> None:
    """Copy the home at `source` and kill an erasure of it at a random moment: an earlier one if it was done by then.

    Parameters
    ----------
    once_asked : whether the moment comes after the request is in the log.
    """
    moment = dice.uniform(0.0, base.doing if once_asked else base.asking + base.doing)
    while not home.root.exists() or (recorded(home, "subject.erased") and not home.forgetting.exists()):
        shutil.rmtree(home.root, ignore_errors=True)
        shutil.copytree(source, home.root)
        process = asked(home, base.user_id) if once_asked else killing.started(killing.erase, home.root, base.user_id)
        killing.killed(process, after=moment)
        moment /= 2


@pytest.mark.parametrize("seed", range(KILLS))
def test_killed_at_a_random_moment_the_next_run_finishes_the_erasure(base: Base, tmp_path: Path, seed: int) -> None:
    home, dice = Home(tmp_path / "home"), random.Random(seed)
    kill_midway(base, base.home.root, home, dice, once_asked=seed % 3 > 0)
    if not recorded(home, "subject.erasing"):  # nobody knows of it: whoever asked saw no answer, and asks again
        assert seed % 3 == 0
        vain = home.root.rename(tmp_path / "vain")
        kill_midway(base, vain, home, dice, once_asked=True)
    with nothing_is_compressed():
        run_stage(open_context(home.root), "project", FIRST + timedelta(days=DAYS - 1))
    assert {word: places_of(home, word) for word in base.words} == {word: set() for word in base.words}
    assert not home.forgetting.exists()
    assert recorded(home, "subject.erased") == 1
    assert killing.facts(home.root) == killing.facts(base.erased.root)
    found, expected = killing.tables(home.root), killing.tables(base.erased.root)
    del found["runs"], expected["runs"]  # the day's stage was run once more here
    assert {name: rows for name, rows in expected.items() if rows != found[name]} == {}
