"""A look at the day that is still running: what arrived, what the rules say of it, which limits it crossed.

No stage is recorded as done and no judge is asked: the day's own run comes later and finds its facts known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from upturn.domain.errors import NotFoundError
from upturn.stages.alert import alert
from upturn.stages.append import append
from upturn.stages.detect import detect
from upturn.stages.ingest import ingest
from upturn.stages.score import score_changed
from upturn.stages.stage import StageCounts
from upturn.stages.validate import validate

if TYPE_CHECKING:
    from datetime import date, datetime

    from upturn.stages.stage import StageContext

__all__ = ["near_real_time"]


def near_real_time(context: StageContext, step: str, moment: datetime) -> StageCounts:
    """Do one step for the day that `moment` (UTC, aware) falls on in the team's time zone.

    Parameters
    ----------
    step : `ingest` (to the log, through validation), `rules` (tables as of `moment`, rule scores, failures) or
        `thresholds` (alerts, then publish).

    Raises
    ------
    NotFoundError
        If there is no such step.
    """
    day = moment.astimezone(ZoneInfo(context.settings.timezone)).date()
    if step == "ingest":
        return _take_in(context, day)
    if step == "rules":
        return _apply_rules(context, day, moment)
    if step == "thresholds":
        return _watch(context, day)
    raise NotFoundError(f"no step {step!r}; the steps are ingest, rules, thresholds")


def _take_in(context: StageContext, day: date) -> StageCounts:
    """Bring into the log what the day's sources hold by now; what it has is skipped."""
    taken = ingest(context, day)
    validate(context, day)
    stored = append(context, day)
    return StageCounts(
        read=taken.read, appended=stored.appended, skipped=stored.skipped, quarantined=stored.quarantined
    )


def _apply_rules(context: StageContext, day: date, moment: datetime) -> StageCounts:
    """Project up to `moment`, not to the day's end: conversations that are going on stay open."""
    done = context.warehouse.catch_up(context.log, as_of=moment)
    with context.warehouse.connect() as connection:
        scored = score_changed(connection, context.settings.thresholds)
    found = detect(context, day)
    return StageCounts(read=done.event_count, notes={"responses": scored.responses, **found.notes})


def _watch(context: StageContext, day: date) -> StageCounts:
    """Raise what is to be raised and let readers have the tables."""
    raised = alert(context, day)
    context.warehouse.publish()
    return raised
