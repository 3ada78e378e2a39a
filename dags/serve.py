"""Serve Airflow for one home on this machine: what `make airflow` starts. It is no DAG file.

Scheduler, DAG processor, triggerer and UI run in a process group of their own on 127.0.0.1; Ctrl-C or TERM ends
all of them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from upturn.domain.errors import UpturnError
from upturn.home import Home
from upturn.resources import dags_folder
from upturn.schedule import WAREHOUSE_POOL, home_path


def environment(home: Path, port: str) -> dict[str, str]:
    """Give Airflow's settings: SQLite in the home, DAGs unpaused, loopback only."""
    settings = {
        "AIRFLOW_HOME": home / "airflow",
        "AIRFLOW__CORE__DAGS_FOLDER": dags_folder(),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "GX_ANALYTICS_ENABLED": "false",
        "UPTURN_HOME": home,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    return {**os.environ, **{name: str(value) for name, value in settings.items()}}


def main() -> int:
    """Prepare the metadata, start, wait, end the whole group."""
    try:
        home = Home(home_path().resolve()).require().root
    except UpturnError as error:
        print(f"upturn: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    variables = environment(home, os.environ.get("UPTURN_AIRFLOW_PORT", "8080"))
    (home / "airflow").mkdir(exist_ok=True)
    airflow = [sys.executable, "-m", "airflow"]
    subprocess.run([*airflow, "db", "migrate"], check=True, env=variables, stdout=subprocess.DEVNULL)
    pool = [WAREHOUSE_POOL, "1", "one writer of the working warehouse"]
    subprocess.run([*airflow, "pools", "set", *pool], check=True, env=variables, stdout=subprocess.DEVNULL)
    print(f"http://127.0.0.1:{variables['AIRFLOW__API__PORT']} in about half a minute; Ctrl-C ends it")  # noqa: T201
    group = subprocess.Popen([*airflow, "standalone"], env=variables, start_new_session=True)

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        return group.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        end_group(group)


def end_group(group: subprocess.Popen[bytes], patience_seconds: float = 20.0) -> None:
    """End every process of the group: first asked, then killed."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(group.pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience_seconds
        while time.monotonic() < deadline:
            group.poll()
            try:
                os.killpg(group.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
