"""`stage.completed`: which stage did what for which day, so that a day's completeness can be asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from upturn.domain.events import NewEvent
from upturn.domain.payloads import StageCompleted
from upturn.log.encode import event_table

if TYPE_CHECKING:
    from upturn.stages.stage import StageContext, StageCounts

__all__ = ["complete"]


def complete(context: StageContext, stage: str, day: date, counts: StageCounts) -> None:
    """Record that `stage` was done for `day`: the first time always, later only where it changed something.

    So a day that is run twice adds nothing. A later record has the log version it was made at as its revision; that of
    a stage which reads files (note `inputs`) has what it read, so that it is recorded once for each state of them.
    """
    inputs = counts.notes.get("inputs")
    payload = StageCompleted(
        stage=stage,
        day=day,
        read=counts.read,
        appended=counts.appended,
        skipped=counts.skipped,
        quarantined=counts.quarantined,
        notes=dict(counts.notes),
    )
    first = NewEvent(
        type="stage.completed",
        source="upturn",
        native_ids=(stage, day.isoformat()),
        revision="first" if inputs is None else f"inputs {inputs}",
        subject=f"{stage}/{day.isoformat()}",
        time=datetime.combine(day, datetime.min.time(), UTC),
        payload=payload,
    )
    is_first = context.log.append(event_table([first], recordedtime=context.clock())).appended > 0
    if not is_first and inputs is None and (counts.appended > 0 or counts.quarantined > 0):
        again = replace(first, revision=str(context.log.version))
        context.log.append(event_table([again], recordedtime=context.clock()))
