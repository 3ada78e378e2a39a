"""`measure`: what shipped suggestions did, held against their frozen prediction, and what new versions changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from upturn.domain.events import NewEvent
from upturn.domain.payloads import EffectMeasured
from upturn.impact.effect import NOT_MEASURABLE
from upturn.resources import load_sql
from upturn.stages.recording import record
from upturn.stages.stage import StageCounts, as_of
from upturn.stages.state import state_of
from upturn.stages.watch import version_events

if TYPE_CHECKING:
    import duckdb

    from upturn.domain.decision import SuggestionState
    from upturn.impact.effect import Effect
    from upturn.stages.stage import StageContext

__all__ = ["Look", "look_of", "measure"]

LOOK_EVERY_DAYS = 7
"""Effects are looked at once a week: each further look is another chance to be fooled."""
METRIC = "success_rate"
_SLOW = "latency_over_ms"
_KNOWN_KEYS = frozenset({"topic_ids", "assistant_id", "assistant_version", "channel", "persona", "tool"})
"""What an exposure rule may name to be applied to days that no cluster looked at, as `sql/suggest/effect.sql` does."""


@dataclass(frozen=True)
class Look:
    """One measurement that is due. Times are UTC."""

    suggestion_id: str
    shipped_at: datetime
    until: datetime
    is_final: bool
    prediction: dict[str, Any]
    """As it was frozen at acceptance."""
    why_not: str | None = None
    """Why it can't be measured; None: it can."""


def measure(context: StageContext, day: date) -> StageCounts:
    """Measure the suggestions whose weekly look, or the end of whose horizon, falls on `day`; watch new versions.

    The same day again measures the same.

    Returns
    -------
    Counts of shipped suggestions (read) and events; note `versions` counts the new versions that are watched.
    """
    settings = context.settings
    with context.warehouse.connect() as connection:
        rows = connection.execute(
            "select suggestion_id from suggestions where status = 'shipped' order by suggestion_id"
        ).fetchall()
        states = [state_of(connection, row[0]) for row in rows]
        looks = [look for state in states for look in (look_of(state, day, settings.timezone),) if look is not None]
        effects = [
            _effect(connection, look, draws=settings.bootstrap_draws, seed=settings.seed, window=settings.window_days)
            if look.why_not is None
            else (NOT_MEASURABLE, look.why_not)
            for look in looks
        ]
        events = [_measured(look, effect, method, day) for look, (effect, method) in zip(looks, effects, strict=True)]
        watched, compared = version_events(context, connection, day)
        result = record(context, [*events, *compared])
    return StageCounts(read=len(states), appended=result.appended, skipped=result.skipped, notes={"versions": watched})


def look_of(state: SuggestionState, day: date, timezone: str) -> Look | None:
    """Decide whether a shipped suggestion is looked at on `day`: weekly, and last at the end of its horizon.

    What can't be measured is looked at once, at the first look, to say so. None: not shipped, accepted without a
    prediction, or not due.
    """
    if state.shipped_at is None or not state.prediction:
        return None
    shipped_on = state.shipped_at.astimezone(ZoneInfo(timezone)).date()
    horizon = int(state.prediction["horizon_days"])
    age = (day - shipped_on).days
    why_not = _why_not(state.prediction.get("exposure_rules") or [])
    last = horizon if why_not is None else min(LOOK_EVERY_DAYS, horizon)
    if not 0 < age <= last or (age % LOOK_EVERY_DAYS and age != last):
        return None
    return Look(
        suggestion_id=state.suggestion_id,
        shipped_at=state.shipped_at,
        until=as_of(day, timezone),
        is_final=age == last,
        prediction=dict(state.prediction),
        why_not=why_not,
    )


def _why_not(rules: list[dict[str, Any]]) -> str | None:
    """Say why an exposure can't be told on days that no cluster looked at; None: it can."""
    if not rules:
        return "no rule says which conversations it touches"
    unknown = sorted({key for rule in rules for key in rule} - _KNOWN_KEYS)
    if unknown == [_SLOW]:
        return "it touches slow responses: those that it made fast can't be told from those that always were"
    return f"which conversations it touches can't be told on other days: by {', '.join(unknown)}" if unknown else None


def _effect(
    connection: duckdb.DuckDBPyConnection, look: Look, *, draws: int, seed: int, window: int
) -> tuple[Effect, str]:
    """Give the effect and how it was measured."""
    import numpy as np

    from upturn.impact.cohort import Cohort
    from upturn.impact.effect import MIN_USERS, measure_effect

    selected_last = date.fromisoformat(look.prediction["predicted_on"])
    selected_first = selected_last - timedelta(days=window - 1)
    exposure = look.prediction.get("exposure") or {}
    columns = connection.execute(
        load_sql("suggest/effect"),
        {
            "first_day": selected_first - timedelta(days=int(look.prediction["horizon_days"])),
            "until": look.until,
            "shipped_at": look.shipped_at,
            "selected_first": selected_first,
            "selected_last": selected_last,
            "exposure_rules": json.dumps(look.prediction["exposure_rules"]),
            **_place(exposure),
        },
    ).to_arrow_table()
    period, is_exposed = columns["period"].to_numpy().astype(str), columns["is_exposed"].to_numpy()
    user = columns["user_code"].to_numpy()
    unselected = (period == "fresh") | (period == "older")
    is_clean = len(np.unique(user[unselected & is_exposed])) >= MIN_USERS
    kept = (period == "after") | (unselected if is_clean else period != "after")
    codes = np.unique(user[kept], return_inverse=True)[1].astype(np.int64)
    cohort = Cohort(
        user=codes,
        stratum=columns["stratum_code"].to_numpy()[kept],
        success=columns["success"].to_numpy()[kept],
    )
    effect = measure_effect(
        cohort, is_exposed[kept], period[kept] == "after", draws=draws, seed=seed, is_final=look.is_final
    )
    return effect, _method(look, is_clean=is_clean)


def _place(exposure: dict[str, Any]) -> dict[str, Any]:
    """Give the segment that the fix is for. A version is no segment after the change: the fix ships in another."""
    dimension = exposure.get("dimension")
    if dimension in (None, "assistant_version"):
        return {"dimension": None, "value": None}
    return {"dimension": dimension, "value": exposure["value"]}


def _method(look: Look, *, is_clean: bool) -> str:
    window = (
        "the window that selected the cluster left out"
        if is_clean
        else "the window that selected the cluster is the only one before: part of a rise may be regression to the mean"
    )
    stage = "final" if look.is_final else "interim look, decided at 99.8 %"
    return f"difference in differences of success per exposed conversation, bootstrap over users; {window}; {stage}"


def _measured(look: Look, effect: Effect, method: str, day: date) -> NewEvent:
    return NewEvent(
        type="effect.measured",
        source="upturn",
        native_ids=(look.suggestion_id, METRIC),
        revision=day.isoformat(),
        subject=f"suggestion/{look.suggestion_id}",
        time=look.until.astimezone(UTC),
        payload=EffectMeasured(
            suggestion_id=look.suggestion_id,
            day=day,
            metric=METRIC,
            effect=effect.value,
            effect_low=effect.low,
            effect_high=effect.high,
            predicted=look.prediction.get("effect_on_exposed"),
            method=method,
            verdict=effect.verdict,
            measured_at=look.until,
            before_count=effect.before_count,
            after_count=effect.after_count,
        ),
    )
