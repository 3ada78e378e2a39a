"""Publish: readers get the day's warehouse, by one atomic rename."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from upturn.stages.stage import StageCounts

if TYPE_CHECKING:
    from upturn.stages.stage import StageContext

__all__ = ["publish"]


def publish(context: StageContext, day: date) -> StageCounts:  # noqa: ARG001  what is published is all that is known
    """Bring the working warehouse up to the log and put a read-only copy where readers look.

    Then, some times a year, the log's many small files become few.
    """
    done = context.warehouse.catch_up(context.log)
    context.warehouse.publish()
    context.log.tidy()
    return StageCounts(read=done.event_count, notes={"log_version": done.log_version})
