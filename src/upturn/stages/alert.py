"""Holds the limits of `[[thresholds.alerts]]` against the last days: crossing one is an alert, once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from upturn.domain.crossing import Reading, crossings
from upturn.domain.events import NewEvent
from upturn.domain.payloads import AlertRaised
from upturn.resources import load_sql
from upturn.stages.recording import record
from upturn.stages.stage import StageCounts, as_of
from upturn.warehouse.recent import recent_marts

if TYPE_CHECKING:
    import duckdb

    from upturn.alert_limits import AlertLimit
    from upturn.stages.stage import StageContext

__all__ = ["alert"]

LOOK_BACK_DAYS: Final = 6
"""Days before `day` that are looked at again: what arrived late may have crossed a limit then."""
_REPEAT_CONTACT_DAYS: Final = 7
"""Days that `repeat_contact_rate` looks back."""


def alert(context: StageContext, day: date) -> StageCounts:
    """Append an `alert.raised` for each limit crossed on `day` or the six days before; the same crossing only once.

    Returns
    -------
    Counts of readings (read) and events; note `crossings` counts those of the seven days, new or known.
    """
    limits = context.settings.thresholds.limits
    if not limits:
        return StageCounts(notes={"crossings": 0})
    first = day - timedelta(days=LOOK_BACK_DAYS)
    start = first - timedelta(days=max(limit.window_days for limit in limits) + _REPEAT_CONTACT_DAYS)
    events, read = [], 0
    with context.warehouse.connect() as connection, recent_marts(connection, first_day=start, last_day=day) as recent:
        recent.execute("create temp table alert_measures as from conversation_measures")
        try:
            for limit in limits:
                readings = _readings(recent, limit, first=first - timedelta(days=1), last=day)
                read += len(readings)
                found = crossings(
                    readings,
                    is_beyond=limit.is_beyond,
                    min_conversations=limit.min_conversations,
                    first_day=first,
                )
                events += [_event(limit, one, context.settings.timezone) for one in found]
        finally:
            recent.execute("drop table temp.alert_measures")
    stored = record(context, events)
    return StageCounts(read=read, appended=stored.appended, skipped=stored.skipped, notes={"crossings": len(events)})


def _readings(connection: duckdb.DuckDBPyConnection, limit: AlertLimit, *, first: date, last: date) -> list[Reading]:
    parameters = {
        "metric": limit.metric,
        "statistic": limit.statistic,
        "segment": limit.segment,
        "window_days": limit.window_days,
        "first_day": first,
        "last_day": last,
    }
    return [Reading(*row) for row in connection.execute(load_sql("alerts/readings"), parameters).fetchall()]


def _event(limit: AlertLimit, reading: Reading, timezone: str) -> NewEvent:
    """Give the event of one crossing; its time is the newest conversation's, at the earliest the day's start."""
    raised_at = max(reading.newest_at, as_of(reading.day - timedelta(days=1), timezone))
    return NewEvent(
        type="alert.raised",
        source="upturn",
        native_ids=(limit.name, reading.segment or ""),
        revision=reading.day.isoformat(),
        subject=limit.name,
        time=raised_at,
        payload=AlertRaised(
            metric=limit.metric,
            segment=reading.segment,
            value=reading.value,
            threshold=limit.threshold,
            raised_at=raised_at,
            name=limit.name,
            statistic=limit.statistic,
            direction="above" if limit.above is not None else "below",
            segment_kind=limit.segment,
            mean=reading.mean,
            low=reading.low,
            high=reading.high,
            conversation_count=reading.conversation_count,
            last_day=reading.day,
            window_days=limit.window_days,
        ),
    )
