"""Publish: readers get the day's warehouse, by one atomic rename."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from upturn.stages.retain import retain
from upturn.stages.stage import StageCounts

if TYPE_CHECKING:
    from upturn.stages.stage import StageContext

__all__ = ["publish"]


def publish(context: StageContext, day: date) -> StageCounts:
    """Bring the working warehouse up to the log and put a read-only copy where readers look.

    What is older than the home keeps it goes first. Then, some times a year, the log's many small files become few.
    """
    forgotten = retain(context, day)
    with context.warehouse.connect():  # opened once: opening and closing cost by what the file holds
        done = context.warehouse.catch_up(context.log)
        context.warehouse.publish()
    context.log.tidy()
    notes = {"log_version": done.log_version}
    if forgotten is not None:
        notes["events_past_retention"] = len(forgotten.removed)
    return StageCounts(read=done.event_count, notes=notes)
