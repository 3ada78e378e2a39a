"""Runs real Airflow in a process of its own, so that no test's Airflow configuration reaches another test.

`python -m tests.support.airflow_runs describe` prints what the DAGs are; `… run RUNS` runs `[[dag_id, logical_date,
conf], …]` one after the other in one process and prints their states. The last line of standard output is JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DAGS = ROOT / "dags"


def airflow_environment(home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow' / 'airflow.db'}",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "GX_ANALYTICS_ENABLED": "false",
        "UPTURN_HOME": str(home),
    }


def ask_airflow(home: Path, *arguments: str, timeout: float = 900) -> Any:
    """Run this module's command in a fresh process; what its last line says."""
    (home / "airflow").mkdir(parents=True, exist_ok=True)
    asked = subprocess.run(
        [sys.executable, "-m", "tests.support.airflow_runs", *arguments],
        cwd=ROOT,
        env=airflow_environment(home),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert asked.returncode == 0, asked.stdout[-3000:] + asked.stderr[-6000:]
    return json.loads(asked.stdout.strip().splitlines()[-1])


def run_dags(home: Path, runs: list[tuple[str, str, dict[str, str]]]) -> list[str]:
    """Run DAGs in order in one fresh process; their states."""
    states: list[str] = ask_airflow(home, "run", json.dumps(runs))
    return states


def _dags() -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(DAGS))


def _describe() -> dict[str, Any]:
    bag = _dags()
    return {
        "import_errors": bag.import_errors,
        "dags": {
            dag_id: {
                "catchup": dag.catchup,
                "max_active_runs": dag.max_active_runs,
                "timetable": type(dag.timetable).__name__,
                "summary": dag.timetable.summary if hasattr(dag.timetable, "summary") else None,
                "has_doc": bool(dag.doc_md),
                "tags": sorted(dag.tags),
                "tasks": {
                    task.task_id: {
                        "retries": task.retries,
                        "pool": task.pool,
                        "owner": task.owner,
                        "depends_on_past": task.depends_on_past,
                        "has_timeout": task.execution_timeout is not None,
                        "upstream": sorted(task.upstream_task_ids),
                        "outlets": [outlet.uri for outlet in task.outlets],
                    }
                    for task in dag.tasks
                },
            }
            for dag_id, dag in bag.dags.items()
        },
    }


def _run(runs: list[tuple[str, str, dict[str, str]]]) -> list[str]:
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, stdout=subprocess.DEVNULL)
    dags = _dags().dags
    return [
        str(dags[dag_id].test(logical_date=datetime.fromisoformat(logical_date), run_conf=conf).state)
        for dag_id, logical_date, conf in runs
    ]


if __name__ == "__main__":
    answer = _describe() if sys.argv[1] == "describe" else _run(json.loads(sys.argv[2]))
    print("\n" + json.dumps(answer))
