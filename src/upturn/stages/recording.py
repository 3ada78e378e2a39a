"""How a stage writes what it decided: append to the log, then let the working warehouse catch up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from upturn.log.encode import event_table

if TYPE_CHECKING:
    from upturn.domain.events import NewEvent
    from upturn.log.port import AppendResult
    from upturn.stages.stage import StageContext

__all__ = ["record"]


def record(context: StageContext, events: Iterable[NewEvent]) -> AppendResult:
    """Append `events` and project them, so that the next stage reads its tables with them in.

    The second time the same events are given, nothing is appended.
    """
    result = context.log.append(event_table(events, recordedtime=context.clock()))
    context.warehouse.catch_up(context.log)
    return result
