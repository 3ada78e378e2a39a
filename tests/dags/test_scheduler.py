import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.airflow_runs import DAGS
from tests.support.homes import simulated_home
from upturn.log.delta import DeltaLog

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def daily_states(database: Path) -> list[str]:
    if not database.exists():
        return []
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5) as connection:
            rows = connection.execute("select state from dag_run where dag_id = 'daily_optimization'").fetchall()
    except sqlite3.OperationalError:  # the tables are not there yet
        return []
    return [state for (state,) in rows]


def processes_of_group(group: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getpgid(int(entry.name)) == group:
                    found.append(int(entry.name))
            except ProcessLookupError:
                continue
    return found


def test_the_scheduler_runs_a_day_and_stops_cleanly(tmp_path: Path) -> None:
    day = datetime.now(UTC).date() - timedelta(days=2)
    home = simulated_home(tmp_path / "home", days=1, per_day=40, seed=5, start=day)
    environment = {**os.environ, "UPTURN_HOME": str(home.root), "UPTURN_AIRFLOW_PORT": free_port()}
    with (tmp_path / "serve.log").open("wb") as output:
        served = subprocess.Popen(
            [sys.executable, DAGS / "serve.py"], env=environment, stdout=output, stderr=output, start_new_session=True
        )
        standalone_groups: set[int] = set()
        try:
            deadline = time.monotonic() + 600
            states: list[str] = []
            while time.monotonic() < deadline and served.poll() is None:
                states = daily_states(home.root / "airflow" / "airflow.db")
                standalone_groups |= children_groups(served.pid)
                if states and states[0] in {"success", "failed"}:
                    break
                time.sleep(2)
        finally:
            served.send_signal(signal.SIGTERM)
            served.wait(timeout=90)
    assert states, (tmp_path / "serve.log").read_text()[-4000:]
    assert states[0] == "success", (tmp_path / "serve.log").read_text()[-4000:]
    subjects = DeltaLog(home.events).read(types=["stage.completed"])["subject"].to_pylist()
    assert f"publish/{day.isoformat()}" in subjects
    assert standalone_groups
    assert [process for group in standalone_groups for process in processes_of_group(group)] == []


def children_groups(parent: int) -> set[int]:
    """Give the process groups of a process's children that are not its own."""
    groups = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[1]) == parent:
                groups.add(int(fields[2]))
    return groups - {parent}
