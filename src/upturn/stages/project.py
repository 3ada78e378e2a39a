"""Project: the log's new events become tables, and conversations that idled out by the day's end are over."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from upturn.stages.stage import StageCounts, as_of

if TYPE_CHECKING:
    from upturn.stages.stage import StageContext

__all__ = ["project"]


def project(context: StageContext, day: date) -> StageCounts:
    """Bring the working warehouse up to the log and to the end of `day`. Nothing is appended."""
    moment = as_of(day, context.settings.timezone)
    with context.warehouse.connect() as connection:
        done = context.warehouse.catch_up(context.log, as_of=moment)
        row = connection.execute(
            "select count(*), count(*) filter (where is_open), coalesce(sum(turn_count), 0) "
            "from conversations where day = $day",
            {"day": day},
        ).fetchone()
    conversations, still_open, turns = row or (0, 0, 0)
    return StageCounts(
        read=done.event_count,
        notes={"conversations": int(conversations), "still_open": int(still_open), "turns": int(turns)},
    )
