"""`review`: what waits for a decision, and how a decision is recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from upturn.domain.decision import Move, Verb, apply_move, require_seen
from upturn.domain.errors import NotFoundError
from upturn.domain.events import EventType, NewEvent
from upturn.domain.payloads import Decision
from upturn.domain.ranking import rank
from upturn.report.suggestion_page import SuggestionPage, suggestion_page
from upturn.resources import load_sql
from upturn.stages.recording import record
from upturn.stages.stage import StageCounts
from upturn.stages.state import moves_of, state_of

if TYPE_CHECKING:
    import duckdb

    from upturn.stages.stage import StageContext

__all__ = ["decide", "look_at", "pending", "review", "ship"]


@dataclass(frozen=True)
class _Waiting:
    """A row of `sql/suggest/waiting.sql` as the ranking looks at it."""

    suggestion_id: str
    severity: str | None
    impact_estimate: float | None
    impact_low: float | None
    impact_high: float | None
    opportunity: float | None
    implementation_effort: str
    row: dict[str, Any]


def review(context: StageContext, day: date) -> StageCounts:
    """Count what waits for a decision at the end of the week that ends with `day`. It changes nothing."""
    waiting = [row for row in pending(context) if row["proposed_at"].date() <= day]
    severe = sum(row["severity"] in ("critical", "high") for row in waiting)
    return StageCounts(read=len(waiting), notes={"pending": len(waiting), "severe": severe})


def pending(context: StageContext) -> list[dict[str, Any]]:
    """Give what waits for a decision, best first; `revision` is what `decide` takes as `seen`."""
    with context.warehouse.connect() as connection:
        result = connection.execute(load_sql("suggest/waiting"))
        columns = [column[0] for column in result.description]
        rows = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
    fields = tuple(name for name in _Waiting.__dataclass_fields__ if name != "row")
    return [item.row for item in rank(_Waiting(**{name: row[name] for name in fields}, row=row) for row in rows)]


def look_at(context: StageContext, suggestion_id: str) -> SuggestionPage:
    """Give all there is to know of a suggestion before deciding on it.

    Raises
    ------
    NotFoundError
        If no suggestion, or more than one, has that id or begins so.
    """
    with context.warehouse.connect() as connection:
        name = _resolve(connection, suggestion_id)
        page = suggestion_page(connection, name)
    if page is None:
        raise NotFoundError(_missing(name))
    return page


def decide(  # noqa: PLR0913 - a decision is these seven words
    context: StageContext,
    suggestion_id: str,
    decision: Verb,
    *,
    actor: str,
    at: datetime,
    reason: str | None = None,
    assignee: str | None = None,
    assistant_version: str | None = None,
    seen: int | None = None,
) -> NewEvent:
    """Record a decision and give its event. Accepting freezes the suggestion's prediction.

    The working warehouse is held from reading the state until the event is in the log, so of two people who decide
    at once the second sees what the first decided.

    Parameters
    ----------
    suggestion_id : the id, or a prefix that no other suggestion has.
    at : when it was decided or, for `shipped`, went live; aware.
    seen : revision that the decision was made on, as `pending` gave it; None: whoever decides looked just now.

    Raises
    ------
    NotFoundError
        If no suggestion, or more than one, has that id.
    DecisionError
        If the suggestion's state or the date does not allow it.
    StaleDecisionError
        If somebody decided since `seen`.
    """
    with context.warehouse.connect() as connection:
        context.warehouse.catch_up(context.log)
        name = _resolve(connection, suggestion_id)
        state = state_of(connection, name)
        require_seen(state, seen, moves_of(connection, name))
        prediction = _freeze(connection, name, context.settings.window_days) if decision == "accepted" else None
        move = Move(
            verb=decision,
            actor=actor,
            decided_at=at,
            reason=reason,
            assignee=assignee,
            assistant_version=assistant_version,
            prediction=prediction,
        )
        apply_move(state, move)
        event = _event(name, move, revision=state.revision + 1)
        record(context, [event])
    return event


def ship(
    context: StageContext, suggestion_id: str, *, version: str | None, actor: str, at: datetime, seen: int | None = None
) -> NewEvent:
    """Record that an accepted suggestion went live `at` with an assistant version: its effect is measured from then on.

    Raises
    ------
    NotFoundError, DecisionError, StaleDecisionError
        As `decide`; what was not accepted, or went live before it was proposed, can't be shipped.
    """
    return decide(context, suggestion_id, "shipped", actor=actor, at=at, assistant_version=version, seen=seen)


def _missing(suggestion_id: str) -> str:
    return f"no suggestion has the id {suggestion_id}: `upturn review list` shows those that wait"


def _resolve(connection: duckdb.DuckDBPyConnection, prefix: str) -> str:
    rows = connection.execute(
        "select suggestion_id from suggestions where starts_with(suggestion_id, $1) order by suggestion_id", [prefix]
    ).fetchall()
    names = [row[0] for row in rows]
    if not prefix or not names:
        raise NotFoundError(_missing(prefix or "''"))
    if len(names) > 1 and prefix not in names:
        raise NotFoundError(f"{len(names)} suggestions begin with {prefix}: give more of the id, such as {names[0]}")
    return prefix if prefix in names else str(names[0])


def _freeze(connection: duckdb.DuckDBPyConnection, name: str, horizon_days: int) -> dict[str, Any]:
    """Give the prediction that the effect will be held against, and which conversations it is about."""
    result = connection.execute(load_sql("suggest/prediction"), {"suggestion_id": name})
    columns = [column[0] for column in result.description]
    row = result.fetchone()
    frozen = dict(zip(columns, row or (), strict=True))
    for key in ("exposure", "exposure_rules"):
        frozen[key] = json.loads(frozen[key]) if frozen[key] else None
    frozen["predicted_on"] = frozen["predicted_on"].isoformat() if frozen["predicted_on"] else None
    return {**frozen, "horizon_days": horizon_days}


def _event(name: str, move: Move, *, revision: int) -> NewEvent:
    kind: EventType = f"suggestion.{move.verb}"  # type: ignore[assignment]
    return NewEvent(
        type=kind,
        source="review",
        native_ids=(name,),
        revision=str(revision),
        subject=f"suggestion/{name}",
        time=move.decided_at,
        payload=Decision(
            suggestion_id=name,
            actor=move.actor,
            reason=move.reason,
            decided_at=move.decided_at,
            assignee=move.assignee,
            assistant_version=move.assistant_version,
            prediction=dict(move.prediction) if move.prediction is not None else None,
        ),
    )
