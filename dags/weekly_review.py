"""The weekly Airflow DAG: when the week's last day is published, its report is written and its list frozen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import CronDataIntervalTimetable, Param, chain, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from upturn.schedule import TASK_DEFAULTS, read_schedule

schedule = read_schedule()


@dag(
    dag_id="weekly_review",
    description="The week's report and the suggestions that wait for a decision",
    schedule=CronDataIntervalTimetable("0 6 * * 1", timezone=schedule.timezone),
    start_date=datetime.combine(schedule.start_date, datetime.min.time(), ZoneInfo(schedule.timezone)),
    catchup=True,
    max_active_runs=1,
    default_args={**TASK_DEFAULTS, "depends_on_past": True},
    params={"week": Param(None, type=["null", "string"], pattern=r"^\d{4}-W\d{2}$", description="Default: as due")},
    tags=["upturn"],
    doc_md=__doc__,
)
def weekly_review() -> None:
    """Wait for the week, report, list what waits for a decision."""

    @task
    def the_week() -> str:
        context = get_current_context()
        start = context["data_interval_start"].astimezone(ZoneInfo(schedule.timezone))
        return str(context["params"]["week"] or f"{start:%G-W%V}")

    @task.sensor(mode="reschedule", poke_interval=300, timeout=timedelta(days=3).total_seconds())
    def week_is_published(week: str) -> bool:
        from upturn.wiring import is_week_published, open_context

        return is_week_published(open_context(), week)

    @task
    def report(week: str) -> dict[str, Any]:
        from upturn.wiring import run_task

        return run_task("report", week, give_up=AirflowFailException)

    @task
    def review(week: str) -> dict[str, Any]:
        from upturn.wiring import run_task

        return run_task("review", week, give_up=AirflowFailException)

    week = the_week()
    chain(week_is_published(week), report(week), review(week))


weekly_review()
