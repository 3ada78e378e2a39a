"""The rebuild Airflow DAG, by hand: the warehouse is made anew from the event log, and published."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, dag, task
from airflow.sdk.exceptions import AirflowFailException

from upturn.schedule import TASK_DEFAULTS, read_schedule

WAREHOUSE = Asset(name="upturn_warehouse", uri="x-upturn://warehouse")
schedule = read_schedule()


@dag(
    dag_id="rebuild_warehouse",
    description="Make the warehouse anew from the event log",
    schedule=None,
    start_date=datetime.combine(schedule.start_date, datetime.min.time(), ZoneInfo(schedule.timezone)),
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    tags=["upturn"],
    doc_md=__doc__,
)
def rebuild_warehouse() -> None:
    """Rebuild, then publish."""

    @task(outlets=[WAREHOUSE])
    def rebuild() -> dict[str, Any]:
        from upturn.wiring import run_task

        return run_task("rebuild", "", give_up=AirflowFailException)

    rebuild()


rebuild_warehouse()
