"""The near-real-time Airflow DAG, paused until somebody wants it: every five minutes ingest, rules, thresholds.

It looks at the day that is still running. The daily run of that day comes later and appends nothing twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, CronDataIntervalTimetable, Param, chain, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from upturn.schedule import NEAR_REAL_TIME_STEPS, TASK_DEFAULTS, read_schedule

WAREHOUSE = Asset(name="upturn_warehouse", uri="x-upturn://warehouse")
schedule = read_schedule()


@dag(
    dag_id="near_real_time",
    description="What arrived in the last minutes: rules and limits",
    schedule=CronDataIntervalTimetable("*/5 * * * *", timezone=schedule.timezone),
    start_date=datetime.combine(schedule.start_date, datetime.min.time(), ZoneInfo(schedule.timezone)),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    default_args=TASK_DEFAULTS,
    params={"moment": Param(None, type=["null", "string"], format="date-time", description="Default: interval's end")},
    tags=["upturn"],
    doc_md=__doc__,
)
def near_real_time() -> None:
    """Wire the steps in order."""

    @task
    def the_moment() -> str:
        context = get_current_context()
        return str(context["params"]["moment"] or context["data_interval_end"].isoformat())

    @task
    def run_step(step: str, moment: str) -> dict[str, Any]:
        from upturn.wiring import run_near_task

        return run_near_task(step, moment, give_up=AirflowFailException)

    moment = the_moment()
    chain(
        *(
            run_step.override(task_id=step, outlets=[WAREHOUSE] if step == "thresholds" else [])(step, moment)
            for step in NEAR_REAL_TIME_STEPS
        )
    )


near_real_time()
