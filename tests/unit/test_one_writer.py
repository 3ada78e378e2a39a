"""Processes that open the working file at the same moment, while one of them makes it anew, take turns."""

import subprocess
import sys
from pathlib import Path

import pytest

from upturn.domain.errors import HomeBusyError
from upturn.home import Home
from upturn.settings import Settings
from upturn.warehouse import Warehouse
from upturn.warehouse.alone import alone

OPEN_AND_WRITE = """
import sys
from pathlib import Path
from upturn.home import Home
from upturn.settings import Settings
from upturn.warehouse import Warehouse

warehouse = Warehouse(Home(Path(sys.argv[1])), Settings(), wait_seconds=100)
sys.stdin.readline()
with warehouse.connect() as connection:
    connection.execute("create table if not exists seen (process varchar)")
    connection.execute("insert into seen values ($1)", [sys.argv[2]])
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def test_who_waits_for_a_file_that_is_being_replaced_gets_the_new_one(home: Home) -> None:
    waiting = Warehouse(home, Settings(), wait_seconds=0.1)
    with alone(home.working, wait_seconds=0), pytest.raises(HomeBusyError, match="held by another process"):  # noqa: SIM117
        # the other has closed the file to remove it: DuckDB's own lock is free
        with waiting.connect():
            pass
    with waiting.connect() as connection:
        assert connection.execute("select count(*) from turns").fetchall() == [(0,)]


@pytest.mark.slow
def test_what_each_of_many_processes_writes_into_a_file_that_none_has_made_yet_is_there(home: Home) -> None:
    for number in range(2):
        home.working.unlink(missing_ok=True)
        processes = [
            subprocess.Popen([sys.executable, "-c", OPEN_AND_WRITE, str(home.root), name], stdin=subprocess.PIPE)
            for name in "abcd"
        ]
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(b"go\n")
            process.stdin.close()
        assert [process.wait(timeout=120) for process in processes] == [0, 0, 0, 0], number
        with Warehouse(home, Settings()).connect() as connection:
            assert connection.execute("select process from seen order by all").fetchall() == [*zip("abcd")]
