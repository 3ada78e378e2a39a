"""Two processes take in the same day at once: whatever they do to each other, every record reaches the log."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.end_to_end.test_days_to_run import MONDAY, write
from tests.support.homes import upturn
from upturn.formats.claims import locked
from upturn.home import Home
from upturn.stages.append import append
from upturn.stages.ingest import ingest
from upturn.stages.validate import validate
from upturn.wiring import open_context

pytestmark = pytest.mark.slow

_TAKE_IN = """
import sys, time
from datetime import date
from pathlib import Path
from upturn.domain.errors import HomeBusyError, NotFoundError
from upturn.wiring import open_context, run_stage
home, day, start = Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), float(sys.argv[3])
context = open_context(home)
time.sleep(max(0, start - time.time()))
for stage in ("ingest", "validate", "append"):
    try:
        run_stage(context, stage, day)
    except HomeBusyError as error:
        print("busy", stage)
        sys.exit(75)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    upturn("init", "--start", MONDAY.isoformat(), home=tmp_path / "home")
    return Home(tmp_path / "home")


def ids(home: Home) -> Counter[str]:
    return Counter(open_context(home.root).log.read(types=["conversation.started"])["subject"].to_pylist())


def test_processes_that_take_in_one_day_at_once_lose_nothing(home: Home) -> None:
    import time

    for number in range(2):
        write(home.inbox / f"chat-{MONDAY}.jsonl", MONDAY, *(f"c{number}-{n}" for n in range(200)))
        start = str(time.time() + 4)
        running = [
            subprocess.Popen([sys.executable, "-c", _TAKE_IN, home.root, MONDAY.isoformat(), start]) for _ in range(3)
        ]
        codes = [process.wait(timeout=120) for process in running]
        assert set(codes) <= {0, 75}, codes
        assert 0 in codes
    found = ids(home)
    assert len(found) == 400
    assert set(found.values()) == {1}
    assert [path.name for path in home.staging.iterdir() if path.is_dir()] == []


def test_a_batch_replaced_between_checks_and_log_is_not_appended_unchecked(home: Home) -> None:
    context = open_context(home.root)
    write(home.inbox / f"chat-{MONDAY}.jsonl", MONDAY, "first")
    ingest(context, MONDAY)
    validate(context, MONDAY)
    write(home.inbox / f"chat-{MONDAY}.jsonl", MONDAY, "first", "second")
    ingest(context, MONDAY)  # another process
    with pytest.raises(Exception, match="not what was validated"):
        append(context, MONDAY)
    validate(context, MONDAY)
    assert append(context, MONDAY).quarantined == 0
    assert len(ids(home)) == 2
    assert append(context, MONDAY).read == 0  # the first process tries again


def test_who_works_on_a_batch_is_waited_for(home: Home) -> None:
    write(home.inbox / f"chat-{MONDAY}.jsonl", MONDAY, "a")
    code = _TAKE_IN
    with locked(home.staging / MONDAY.isoformat()):
        process = subprocess.Popen([sys.executable, "-c", code, home.root, MONDAY.isoformat(), "0"])
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=6)
        assert not (home.staging / MONDAY.isoformat()).exists()
    assert process.wait(timeout=60) == 0
    assert len(ids(home)) == 1
