"""The daily Airflow DAG: a day of logs becomes scores, failures, clusters and suggestions, one task a stage."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, CronDataIntervalTimetable, Param, chain, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from upturn.schedule import DAILY_TASKS, TASK_DEFAULTS, read_schedule

WAREHOUSE = Asset(name="upturn_warehouse", uri="x-upturn://warehouse")
schedule = read_schedule()


@dag(
    dag_id="daily_optimization",
    description="A day of conversation logs becomes a ranked list of fixes",
    schedule=CronDataIntervalTimetable("0 2 * * *", timezone=schedule.timezone),
    start_date=datetime.combine(schedule.start_date, datetime.min.time(), ZoneInfo(schedule.timezone)),
    catchup=True,
    max_active_runs=1,
    default_args={**TASK_DEFAULTS, "depends_on_past": True},
    params={"day": Param(None, type=["null", "string"], format="date", description="Default: the interval")},
    tags=["upturn"],
    doc_md=__doc__,
)
def daily_optimization() -> None:
    """Wire the stages in order."""

    @task
    def the_day() -> str:
        context = get_current_context()
        given = context["params"]["day"]
        return str(given or context["data_interval_start"].astimezone(ZoneInfo(schedule.timezone)).date())

    @task
    def run_stage(stage: str, day: str) -> dict[str, Any]:
        from upturn.wiring import run_task

        return run_task(stage, day, give_up=AirflowFailException)

    day = the_day()
    chain(
        *(
            run_stage.override(task_id=stage, outlets=[WAREHOUSE] if stage == "publish" else [])(stage, day)
            for stage in DAILY_TASKS
        )
    )


daily_optimization()
