import ast
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.support.airflow_runs import DAGS, ask_airflow
from upturn.schedule import DAILY_TASKS, NEAR_REAL_TIME_STEPS, WAREHOUSE_POOL

pytestmark = pytest.mark.airflow

DAG_FILES = ("daily_optimization.py", "near_real_time.py", "rebuild_warehouse.py", "weekly_review.py")


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return ask_airflow(tmp_path_factory.mktemp("home"), "describe")


def test_every_dag_file_imports_and_every_dag_is_there(described: Any) -> None:
    assert described["import_errors"] == {}
    assert set(described["dags"]) == {"daily_optimization", "weekly_review", "rebuild_warehouse", "near_real_time"}


def test_every_task_retries_within_a_timeout_in_the_one_slot_pool(described: Any) -> None:
    for dag_id, dag in described["dags"].items():
        for task_id, task in dag["tasks"].items():
            where = f"{dag_id}.{task_id}"
            assert task["retries"] >= 2, where
            assert task["has_timeout"], where
            assert task["pool"] == WAREHOUSE_POOL, where
            assert task["owner"] == "upturn", where


def test_every_dag_runs_one_at_a_time_and_says_what_it_is(described: Any) -> None:
    for dag in described["dags"].values():
        assert dag["max_active_runs"] == 1
        assert dag["has_doc"]
        assert dag["tags"] == ["upturn"]


def test_scheduled_dags_catch_up_in_order_over_explicit_intervals(described: Any) -> None:
    for dag_id in ("daily_optimization", "weekly_review"):
        dag = described["dags"][dag_id]
        assert dag["catchup"]
        assert dag["timetable"] == "CronDataIntervalTimetable"
        assert all(task["depends_on_past"] for task in dag["tasks"].values())


def test_the_daily_dag_runs_the_stages_in_order_and_publishes_the_asset(described: Any) -> None:
    tasks = described["dags"]["daily_optimization"]["tasks"]
    assert set(tasks) == {"the_day", *DAILY_TASKS}
    for earlier, later in pairwise(DAILY_TASKS):
        assert earlier in tasks[later]["upstream"]
    assert [name for name, task in tasks.items() if task["outlets"]] == ["publish"]


def test_the_near_real_time_dag_runs_its_steps_in_order_without_catching_up(described: Any) -> None:
    dag = described["dags"]["near_real_time"]
    assert not dag["catchup"]
    assert set(dag["tasks"]) == {"the_moment", *NEAR_REAL_TIME_STEPS}
    for earlier, later in pairwise(NEAR_REAL_TIME_STEPS):
        assert earlier in dag["tasks"][later]["upstream"]


def test_dag_files_are_short_and_compute_nothing() -> None:
    heavy = {"duckdb", "pyarrow", "pandas", "numpy", "sklearn", "deltalake", "great_expectations"}
    for name in DAG_FILES:
        text = (DAGS / name).read_text()
        assert len(text.splitlines()) <= 80, name
        imported = {
            alias.name.split(".")[0]
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in ([ast.alias(node.module or "")] if isinstance(node, ast.ImportFrom) else node.names)
        }
        assert not imported & heavy, name


@pytest.mark.parametrize("name", DAG_FILES)
def test_importing_a_dag_file_loads_no_heavy_library(name: str, tmp_path: Path) -> None:
    code = (
        "import sys, airflow.sdk, airflow.sdk.exceptions\n"
        "before = set(sys.modules)\n"
        f"import runpy; runpy.run_path({str(DAGS / name)!r})\n"
        "new = {m.split('.')[0] for m in set(sys.modules) - before}\n"
        "print(sorted(new & {'duckdb', 'pyarrow', 'pandas', 'sklearn', 'deltalake', 'great_expectations'}))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "", "AIRFLOW_HOME": str(tmp_path), "UPTURN_HOME": str(tmp_path)},
    )
    assert run.stdout.strip().splitlines()[-1] == "[]"
