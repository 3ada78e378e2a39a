"""The only place that builds adapters: from the path of a home to a context, from a stage's name to its work."""

from __future__ import annotations

import hashlib
import importlib
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import structlog

from upturn.domain.errors import NotFoundError, TransientError, UpturnError
from upturn.home import Home
from upturn.schedule import DAILY_STAGES, INTAKE_STAGES, home_path
from upturn.settings import load_settings
from upturn.stages.completion import complete
from upturn.stages.stage import Progress, Stage, StageContext, StageCounts, silent

if TYPE_CHECKING:
    from upturn.formats.sources import LogFile
    from upturn.stages.given import Given
    from upturn.stages.preview import ShownRecord

__all__ = [
    "finish_what_was_killed",
    "is_week_published",
    "open_context",
    "preview_records",
    "read_late_files",
    "run_near_task",
    "run_stage",
    "run_stages",
    "run_task",
    "stage_named",
    "take_in",
]


def open_context(home: Path | None = None, *, progress: Progress = silent) -> StageContext:
    """Build the adapters of a home.

    Raises
    ------
    NotFoundError, HomeVersionError, ConfigurationError
        If the home is missing, newer than this upturn, or misconfigured.
    """
    from upturn.failures.detection import detect_failures
    from upturn.log.home_log import home_log
    from upturn.stages.score import score_changed
    from upturn.warehouse import Warehouse

    place = Home(Path(home or home_path()).resolve()).require()
    settings = load_settings(place)
    log = home_log(place, settings)
    derive = [partial(work, thresholds=settings.thresholds) for work in (score_changed, detect_failures)]
    return StageContext(
        home=place,
        settings=settings,
        log=log,
        warehouse=Warehouse(place, settings, log=log, derive=derive),
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
    """Run one stage for one day and record that it was done; an erasure that was killed is finished first."""
    finish_what_was_killed(context)
    if name == "ingest":
        _remove_abandoned(context.home.staging)
    counts = stage_named(name)(context, day)
    complete(context, name, day, counts)
    structlog.get_logger().info("stage.completed", stage=name, day=day.isoformat(), **counts.as_dict())
    return counts


def finish_what_was_killed(context: StageContext) -> None:
    """Finish an erasure or a retention that was killed midway; where nothing is to be done it costs two looks."""
    if context.home.forgetting.exists() or context.home.tombstone_key.exists():
        from upturn.stages.erase import finish_erasing

        if (done := finish_erasing(context)) is not None:
            structlog.get_logger().info("erasure.finished", **done)


def run_stages(context: StageContext, day: date, names: Sequence[str] = DAILY_STAGES) -> dict[str, StageCounts]:
    """Run several stages for one day, in order; the counts by stage."""
    counts = {}
    for done, name in enumerate(names):
        context.progress(done, len(names), f"{day.isoformat()} {name}")
        counts[name] = run_stage(context, name, day)
    context.progress(len(names), len(names), f"{day.isoformat()} done")
    return counts


def read_late_files(context: StageContext, day: date) -> StageCounts:
    """Take into the log what came late for days before `day` that are published; the run of `day` works it up.

    Returns
    -------
    Records read, events appended and records refused, with the note `days`: the late days, by comma.
    """
    from upturn.stages.pending import late_days

    late = late_days(context, day)
    done = [run_stages(context, one, INTAKE_STAGES) for one in late]
    return StageCounts(
        read=sum(counts["ingest"].read for counts in done),
        appended=sum(counts["append"].appended for counts in done),
        quarantined=sum(counts["append"].quarantined for counts in done),
        notes={"days": ", ".join(one.isoformat() for one in late)},
    )


def take_in(
    context: StageContext, given: Given, *, log_format: str | None = None, mapping: Path | None = None
) -> dict[str, StageCounts]:
    """Take any files, objects or rows into the log now: stage, validate, append; the counts by stage.

    The batch is named by what it holds, so that the same files again record nothing new; its folder carries this
    process's token, so that two processes with the same files do not meet.

    Raises
    ------
    InputError
        If a path names nothing or a file named itself is of no known format.
    """
    from upturn.formats.claims import claim
    from upturn.stages.append import append_batch
    from upturn.stages.given import given_files
    from upturn.stages.ingest import ingest_paths
    from upturn.stages.validate import validate_batch

    finish_what_was_killed(context)
    _remove_abandoned(context.home.staging)
    with given_files(context.home, context.settings, given) as files:
        batch = f"{_batch_name(files, given.source, mapping)}.{claim(context.home.staging)}"
        folder = context.home.staging / batch
        taken = ingest_paths(context, files, format=log_format, mapping=mapping, source=given.source, batch=batch)
    counts = {"ingest": taken}
    counts["validate"] = validate_batch(context, folder, context.clock().date())
    counts["append"] = append_batch(context, folder)
    return counts


def preview_records(
    home: Path, given: Given, *, log_format: str | None, mapping: Path | None, count: int
) -> Iterator[ShownRecord]:
    """Give the first records of what is given and what they would become, fit for a screen; the home need not exist."""
    from upturn.stages.given import given_files
    from upturn.stages.preview import preview_paths

    place = Home(home.resolve())
    settings = load_settings(place)
    with given_files(place, settings, given) as files:
        yield from preview_paths(place, settings, files, format=log_format, mapping=mapping, count=count)


def _batch_name(files: Sequence[LogFile], source: str, mapping: Path | None) -> str:
    """Name a batch by its source, its mapping, and by names and versions of what it was given."""
    digest = hashlib.sha256(source.encode())
    if mapping is not None and mapping.is_file():
        digest.update(b"\0mapping\0" + mapping.read_bytes())
    for name, version in sorted((one.label or str(one.path), one.version) for one in files):
        digest.update(f"\0{name}\0{version}".encode())
    return f"files-{digest.hexdigest()[:12]}"


def _remove_abandoned(staging: Path) -> None:
    """Remove what killed processes staged: their files are where they were, and staged text must not linger."""
    from upturn.formats.staging import is_abandoned

    for pattern in ("*files-*.*", ".*.claim", ".*.lock"):
        for left in filter(is_abandoned, staging.glob(pattern)):
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


def run_task(name: str, when: str, *, give_up: type[Exception]) -> dict[str, Any]:
    """Run what a task of a DAG stands for; its counts, ready for a message between tasks.

    Parameters
    ----------
    name : a daily stage or `late_files` (`when` is its day), `report` or `review` (`when` is an ISO week) or `rebuild`.
    give_up : the scheduler's exception for "do not retry": raised for a terminal error; a transient one is
        raised as it is.
    """
    from upturn.stages.rebuild import rebuild
    from upturn.stages.report import report
    from upturn.stages.review import review

    try:
        context = open_context()
        finish_what_was_killed(context)
        if name == "rebuild":
            return rebuild(context).as_dict()
        if name == "late_files":
            return read_late_files(context, date.fromisoformat(when)).as_dict()
        if name == "report":
            return report(context, when).as_dict()
        if name == "review":
            return review(context, _last_day(when)).as_dict()
        return run_stage(context, name, date.fromisoformat(when)).as_dict()
    except TransientError:
        raise
    except UpturnError as error:
        raise give_up(str(error)) from error


def run_near_task(step: str, moment: str, *, give_up: type[Exception]) -> dict[str, Any]:
    """Run one step of the near-real-time DAG as of `moment` (ISO 8601 with an offset); its counts. As `run_task`."""
    from upturn.stages.near_real_time import near_real_time

    try:
        context = open_context()
        finish_what_was_killed(context)
        return near_real_time(context, step, datetime.fromisoformat(moment)).as_dict()
    except TransientError:
        raise
    except UpturnError as error:
        raise give_up(str(error)) from error


def is_week_published(context: StageContext, week: str) -> bool:
    """Whether the last day of an ISO week such as `2026-W47` has been published."""
    done = context.log.read(types=["stage.completed"])
    return f"publish/{_last_day(week).isoformat()}" in set(done.column("subject").to_pylist())


def _last_day(week: str) -> date:
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 7)
