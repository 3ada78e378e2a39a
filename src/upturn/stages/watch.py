"""Holds new versions against those before them, once a day for a window's length: what got worse is an alert, once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from upturn.domain.events import NewEvent
from upturn.domain.payloads import AlertRaised, VersionCompared
from upturn.resources import load_sql
from upturn.stages.stage import as_of
from upturn.warehouse.recent import recent_marts

if TYPE_CHECKING:
    import duckdb

    from upturn.impact.version_watch import Comparison
    from upturn.stages.stage import StageContext

__all__ = ["VersionPair", "version_events"]


@dataclass(frozen=True)
class VersionPair:
    """A version that came lately and the one before it."""

    assistant_id: str
    dimension: str
    """assistant_version or config_version."""
    version: str
    version_before: str
    first_day: date
    """Of the new version, in the team's time zone."""


def version_events(
    context: StageContext, connection: duckdb.DuckDBPyConnection, day: date
) -> tuple[int, list[NewEvent]]:
    """Give how many pairs of versions are watched on `day`, and their events: one comparison each, and the alerts.

    An alert has the same identity on every day, so that it is appended once for a pair and a metric.
    """
    horizon = context.settings.window_days
    found = connection.execute(load_sql("watch/pairs"), {"day": day, "horizon_days": horizon}).fetchall()
    pairs = [VersionPair(*row) for row in found]
    if not pairs:
        return 0, []
    first = min(pair.first_day for pair in pairs) - timedelta(days=horizon)
    events: list[NewEvent] = []
    with recent_marts(connection, first_day=first, last_day=day) as recent:
        _measure(recent, pairs)
        try:
            for pair in pairs:
                compared, newest_at = _compare(recent, pair, horizon)
                if newest_at is not None:
                    events += _events(pair, compared, newest_at=newest_at, day=day, timezone=context.settings.timezone)
        finally:
            recent.execute("drop table if exists temp.version_measures; drop table if exists temp.version_pairs")
    return len(pairs), events


def _measure(recent: duckdb.DuckDBPyConnection, pairs: list[VersionPair]) -> None:
    """Measure the conversations of these versions only, all of them once."""
    recent.execute(
        "create or replace temp table version_pairs "
        "(assistant_id varchar, dimension varchar, version varchar, version_before varchar)"
    )
    recent.executemany(
        "insert into version_pairs values (?, ?, ?, ?)",
        [(pair.assistant_id, pair.dimension, pair.version, pair.version_before) for pair in pairs],
    )
    recent.execute(f"delete from conversations where conversation_id in ({load_sql('watch/others')})")
    recent.execute(f"create or replace temp table version_measures as {load_sql('watch/measures')}")


def _compare(
    recent: duckdb.DuckDBPyConnection, pair: VersionPair, horizon: int
) -> tuple[list[Comparison], datetime | None]:
    import numpy as np

    from upturn.impact.version_watch import MetricSeen, compare_versions

    parameters = {
        "assistant_id": pair.assistant_id,
        "dimension": pair.dimension,
        "version": pair.version,
        "version_before": pair.version_before,
        "first_day": pair.first_day,
        "horizon_days": horizon,
    }
    rows = recent.execute(load_sql("watch/observations"), parameters).to_arrow_table()
    metrics = rows["metric"].to_numpy().astype(str)
    user, number = rows["user_code"].to_numpy(), rows["day_number"].to_numpy()
    is_new, value = rows["is_new"].to_numpy(), rows["value"].to_numpy()
    names, starts = np.unique(metrics, return_index=True)
    parts = zip(names.tolist(), starts.tolist(), [*starts.tolist()[1:], len(metrics)], strict=True)
    seen = {
        name: MetricSeen(user[start:end], number[start:end], is_new[start:end], value[start:end])
        for name, start, end in parts
    }
    newest = rows["newest_at"][0].as_py() if len(rows) else None
    return compare_versions(seen), newest


def _events(
    pair: VersionPair, compared: list[Comparison], *, newest_at: datetime, day: date, timezone: str
) -> list[NewEvent]:
    from upturn.impact.version_watch import LEVEL

    place = (pair.assistant_id, pair.dimension, pair.version, pair.version_before)
    comparison = NewEvent(
        type="version.compared",
        source="upturn",
        native_ids=place,
        revision=day.isoformat(),
        subject=pair.assistant_id,
        time=as_of(day, timezone),
        payload=VersionCompared(
            assistant_id=pair.assistant_id,
            dimension=pair.dimension,
            version=pair.version,
            version_before=pair.version_before,
            first_day=pair.first_day,
            day=day,
            level=LEVEL,
            differences=[_row(one) for one in compared],
        ),
    )
    flagged = [_alert(pair, one, newest_at=newest_at, day=day) for one in compared if one.is_flagged]
    return [comparison, *flagged]


def _row(one: Comparison) -> dict[str, object]:
    found = one.difference
    return {
        "metric": one.metric,
        "method": one.method,
        "difference": _finite(found.value) if found else None,
        "low": _finite(found.low) if found else None,
        "high": _finite(found.high) if found else None,
        "value": _finite(found.mean) if found else None,
        "value_before": _finite(found.mean_before) if found else None,
        "n": one.n,
        "n_before": one.n_before,
        "verdict": one.verdict,
        "is_flagged": one.is_flagged,
    }


def _finite(number: float) -> float | None:
    return round(number, 6) if math.isfinite(number) else None


def _alert(pair: VersionPair, one: Comparison, *, newest_at: datetime, day: date) -> NewEvent:
    found = one.difference
    if found is None:
        raise ValueError(f"{one.metric} of {pair.version} is flagged without a difference")
    return NewEvent(
        type="alert.raised",
        source="upturn",
        native_ids=("regression", pair.assistant_id, pair.dimension, pair.version, pair.version_before, one.metric),
        revision="",
        subject="regression",
        time=newest_at,
        payload=AlertRaised(
            metric=one.metric,
            segment=f"{pair.assistant_id} {pair.version}",
            value=round(found.mean, 6),
            threshold=round(found.mean_before, 6),
            raised_at=newest_at,
            name="regression",
            direction="above" if found.value > 0 else "below",
            segment_kind="version",
            conversation_count=one.n,
            last_day=day,
            kind="regression",
            version_before=pair.version_before,
            difference=round(found.value, 6),
            difference_low=_finite(found.low),
            difference_high=_finite(found.high),
            method=one.method,
        ),
    )
