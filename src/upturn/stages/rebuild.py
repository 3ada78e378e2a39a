"""Rebuild: the warehouse made anew from the log, with all that code derives from it, and published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upturn.stages.stage import StageCounts

if TYPE_CHECKING:
    from upturn.stages.stage import StageContext

__all__ = ["rebuild"]


def rebuild(context: StageContext) -> StageCounts:
    """Make the working warehouse anew, score and judge every conversation by the rules again, and publish.

    Readers keep the old warehouse until the new one is whole. Nothing is appended.
    """
    done = context.warehouse.rebuild(context.log)
    context.warehouse.publish()
    return StageCounts(read=done.event_count, notes={"log_version": done.log_version})
