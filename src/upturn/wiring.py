"""The only place that builds adapters: from the path of a home to a context, from a stage's name to its work."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import structlog

from upturn.domain.errors import NotFoundError, TransientError, UpturnError
from upturn.home import Home
from upturn.schedule import DAILY_STAGES, home_path
from upturn.settings import load_settings
from upturn.stages.completion import complete
from upturn.stages.stage import Progress, Stage, StageContext, StageCounts, silent

__all__ = ["is_week_published", "open_context", "rebuild", "run_stage", "run_stages", "run_task", "stage_named"]


def open_context(home: Path | None = None, *, progress: Progress = silent) -> StageContext:
    """Build the adapters of a home.

    Raises
    ------
    NotFoundError, HomeVersionError, ConfigurationError
        If the home is missing, newer than this upturn, or misconfigured.
    """
    from upturn.log.delta import DeltaLog
    from upturn.warehouse import Warehouse

    place = Home(Path(home or home_path()).resolve()).require()
    settings = load_settings(place)
    return StageContext(
        home=place,
        settings=settings,
        log=DeltaLog(place.events),
        warehouse=Warehouse(place, settings),
        clock=lambda: datetime.now(UTC),
        progress=progress,
    )


def stage_named(name: str) -> Stage:
    """Give the stage of that name; its module, with the heavy libraries it needs, is imported only now.

    Raises
    ------
    NotFoundError
        If there is no such stage.
    """
    if name not in DAILY_STAGES:
        raise NotFoundError(f"no stage {name!r}; the stages are {', '.join(DAILY_STAGES)}")
    return cast("Stage", getattr(importlib.import_module(f"upturn.stages.{name}"), name))


def run_stage(context: StageContext, name: str, day: date) -> StageCounts:
    """Run one stage for one day and record that it was done."""
    counts = stage_named(name)(context, day)
    complete(context, name, day, counts)
    structlog.get_logger().info("stage.completed", stage=name, day=day.isoformat(), **counts.as_dict())
    return counts


def run_stages(context: StageContext, day: date, names: Sequence[str] = DAILY_STAGES) -> dict[str, StageCounts]:
    """Run several stages for one day, in order; the counts by stage."""
    counts = {}
    for done, name in enumerate(names):
        context.progress(done, len(names), f"{day.isoformat()} {name}")
        counts[name] = run_stage(context, name, day)
    context.progress(len(names), len(names), f"{day.isoformat()} done")
    return counts


def rebuild(context: StageContext) -> StageCounts:
    """Make the working warehouse anew from the log, with everything that code derives, and publish it."""
    from upturn.stages.rebuild import rebuild as rebuild_all

    return rebuild_all(context)


def run_task(name: str, when: str, *, give_up: type[Exception]) -> dict[str, Any]:
    """Run what a task of a DAG stands for; its counts, ready for a message between tasks.

    Parameters
    ----------
    name : a daily stage (`when` is its day), `report` or `review` (`when` is an ISO week) or `rebuild`.
    give_up : the scheduler's exception for "do not retry": raised for a terminal error; a transient one is
        raised as it is.
    """
    from upturn.stages.report import report
    from upturn.stages.review import review

    try:
        context = open_context()
        if name == "rebuild":
            return rebuild(context).as_dict()
        if name == "report":
            return report(context, when).as_dict()
        if name == "review":
            return review(context, when).as_dict()
        return run_stage(context, name, date.fromisoformat(when)).as_dict()
    except TransientError:
        raise
    except UpturnError as error:
        raise give_up(str(error)) from error


def is_week_published(context: StageContext, week: str) -> bool:
    """Whether the last day of an ISO week such as `2026-W47` has been published."""
    last_day = date.fromisocalendar(int(week[:4]), int(week[6:]), 1) + timedelta(days=6)
    done = context.log.read(types=["stage.completed"])
    return f"publish/{last_day.isoformat()}" in set(done.column("subject").to_pylist())
