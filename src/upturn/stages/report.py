"""`report`: the week as HTML, Markdown and JSON, and its list published once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upturn.domain.events import NewEvent
from upturn.domain.payloads import ListPublished
from upturn.domain.ranking import Rankable, weekly_list
from upturn.report.gather import ReportScope, gather, reads_up_to
from upturn.report.listed import pending_candidates
from upturn.report.week import Week
from upturn.report.write import write_report
from upturn.stages.recording import record
from upturn.stages.stage import StageCounts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from upturn.stages.stage import StageContext

__all__ = ["render_again", "report"]


def report(context: StageContext, week: str) -> StageCounts:
    """Write `HOME/reports/WEEK.{html,md,json}` and freeze the week's list as `list.published`.

    The first list that a finished week was shown with stays, and readers see it in `weekly_rankings`; a later call
    renders it again with the figures it was published with. A week that is not over in the warehouse is rendered as
    preliminary and publishes nothing.

    Raises
    ------
    ConfigurationError
        If `week` is no ISO week.
    DiskFullError
        If a file could not be written; those of an earlier call are whole.
    """
    scope = _scope(context, week)
    chosen = scope.week
    with context.warehouse.connect() as connection:
        appended = skipped = 0
        end = chosen.end(scope.timezone)
        waiting = pending_candidates(connection, week=chosen.name, week_end=end)
        if waiting and reads_up_to(connection, scope):
            result = record(context, [_published(chosen.name, end, waiting)])
            appended, skipped = result.appended, result.skipped
        found = gather(connection, scope)
    if appended:
        context.warehouse.publish()
    paths = write_report(context.home.reports, found)
    return StageCounts(
        read=found.headline.conversation_count if found.headline else 0,
        appended=appended,
        skipped=skipped,
        notes={"suggestions": len(found.suggestions), **{path.suffix[1:]: str(path) for path in paths}},
    )


def render_again(context: StageContext, week: str) -> None:
    """Write a week's files anew from the warehouse as it is; its published list stays, and nothing is published.

    Raises
    ------
    ConfigurationError, DiskFullError
        As `report`.
    """
    with context.warehouse.connect() as connection:
        found = gather(connection, _scope(context, week))
    write_report(context.home.reports, found)


def _scope(context: StageContext, week: str) -> ReportScope:
    return ReportScope(
        week=Week.parse(week),
        timezone=context.settings.timezone,
        latency_threshold_ms=context.settings.thresholds.latency_ms,
        window_days=context.settings.window_days,
    )


def _published(week: str, end: datetime, waiting: Sequence[Rankable]) -> NewEvent:
    return NewEvent(
        type="list.published",
        source="upturn",
        native_ids=(week,),
        revision="1",
        subject=f"week/{week}",
        time=end,
        payload=ListPublished(week=week, ranking=weekly_list(waiting)),
    )
