"""Retention: what is older than the home keeps it goes, in weekly steps: never late, up to six days early."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from upturn.domain.events import NewEvent
from upturn.domain.payloads import RetentionApplied
from upturn.resources import load_sql
from upturn.stages.cleaning import clean
from upturn.stages.erasure_requests import standing_tombstones
from upturn.stages.forgetting import Forgetting, forget_conversations, take_out
from upturn.stages.stage import as_of

if TYPE_CHECKING:
    import duckdb

    from upturn.settings import RetentionSettings
    from upturn.stages.stage import StageContext

__all__ = ["kept_from", "retain"]

_EVENT_KINDS: Final = ("conversations", "feedback", "quarantine", "unparseable", "runs")


def kept_from(settings: RetentionSettings, day: date) -> dict[str, date]:
    """Give the first day that is kept of each kind, for all days of `day`'s week; a kind without an end is left out.

    >>> from upturn.settings import RetentionSettings
    >>> kept_from(RetentionSettings(conversations_days=28), date(2026, 11, 24))["conversations"]  # to Sunday the 29th
    datetime.date(2026, 11, 2)
    """
    monday_after = day + timedelta(days=8 - day.isoweekday())
    days = settings.model_dump()
    kinds = (*_EVENT_KINDS, "reports")
    return {kind: monday_after - timedelta(days=days[f"{kind}_days"]) for kind in kinds if days[f"{kind}_days"]}


def retain(context: StageContext, day: date) -> Forgetting | None:
    """Take out what is older than `day`'s week may keep, and clean what was made of it; None where nothing is due.

    Where nothing is due it costs one query on the working warehouse.
    """
    kept = kept_from(context.settings.retention, day)
    _remove_reports(context, kept.get("reports"))
    if not _is_due(context, kept):
        return None
    found = take_out(context, lambda connection, version: _decided(context, connection, version, day, kept))
    if found is not None:
        clean(context, standing_tombstones(context))
    return found


def _decided(
    context: StageContext,
    connection: duckdb.DuckDBPyConnection,
    version: int,
    day: date,
    kept: Mapping[str, date],
) -> tuple[Forgetting, NewEvent] | None:
    instants = _instants(context, kept)
    silent: list[str] = []
    if "conversations" in kept:
        rows = connection.execute(load_sql("erasure/silent"), {"kept_from": instants["conversations"]}).fetchall()
        silent = [one for (one,) in rows]
    found = forget_conversations(connection, silent)
    limits = {kind: instants[kind] for kind in _EVENT_KINDS if kind != "conversations"}
    found.removed.update(connection.execute(load_sql("erasure/old_events"), limits).fetchall())
    if not found:
        return None
    event = NewEvent(
        type="retention.applied",
        source="upturn",
        native_ids=(day.isoformat(),),
        revision=str(version),
        subject=f"retention/{day.isoformat()}",
        time=context.clock(),
        payload=RetentionApplied(day=day, kept_from=dict(kept), **found.counts()),
    )
    return found, event


def _is_due(context: StageContext, kept: Mapping[str, date]) -> bool:
    if not any(kind in kept for kind in _EVENT_KINDS):
        return False
    with context.warehouse.connect() as connection:
        context.warehouse.catch_up(context.log)
        row = connection.execute(load_sql("erasure/due"), _instants(context, kept)).fetchone()
    return row is not None and bool(row[0])


def _instants(context: StageContext, kept: Mapping[str, date]) -> dict[str, datetime | None]:
    """Give when the first kept day of each kind begins, for the team; None: all is kept."""
    found: dict[str, Any] = dict.fromkeys(_EVENT_KINDS)
    for kind in _EVENT_KINDS:
        if kind in kept:
            found[kind] = as_of(kept[kind] - timedelta(days=1), context.settings.timezone)
    return found


def _remove_reports(context: StageContext, first: date | None) -> None:
    if first is None:
        return
    for path in context.home.reports.glob("*-W*.*"):
        try:
            sunday = date.fromisocalendar(int(path.stem[:4]), int(path.stem[6:]), 7)
        except ValueError:
            continue  # no report of ours
        if sunday < first:
            path.unlink()
