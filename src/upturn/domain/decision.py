"""What people decide on a suggestion: which move is legal from which state, and the state after all moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, get_args

from upturn.domain.errors import DecisionError, StaleDecisionError
from upturn.domain.suggestion import Status

__all__ = ["Move", "SuggestionState", "Verb", "apply_move", "fold", "require_seen"]

Verb = Literal["accepted", "rejected", "deferred", "assigned", "noted", "shipped", "reopened", "expired"]

_LEGAL: Final[Mapping[Verb, frozenset[Status]]] = {
    "accepted": frozenset({"pending", "deferred"}),
    "rejected": frozenset({"pending", "deferred", "accepted"}),
    "deferred": frozenset({"pending", "accepted"}),
    "assigned": frozenset({"pending", "deferred", "accepted", "shipped"}),
    "noted": frozenset(get_args(Status)),
    "shipped": frozenset({"accepted"}),
    "reopened": frozenset({"accepted", "rejected", "deferred", "shipped", "expired"}),
    "expired": frozenset({"pending", "deferred"}),
}
"""From which states each move is allowed."""

_LEADS_TO: Final[Mapping[Verb, Status]] = {
    "accepted": "accepted",
    "rejected": "rejected",
    "deferred": "deferred",
    "shipped": "shipped",
    "reopened": "pending",
    "expired": "expired",
}
"""Status after a move; assigned and noted leave it as it is."""

_ADVICE: Final[Mapping[Verb, str]] = {
    "accepted": "reopen it first",
    "rejected": "reopen it first",
    "deferred": "reopen it first",
    "assigned": "reopen it first",
    "noted": "",
    "shipped": "accept it first, so that its prediction is frozen before the effect can be seen",
    "reopened": "it is open already: accept, reject or defer it",
    "expired": "only a suggestion that nobody decided can expire",
}


@dataclass(frozen=True, kw_only=True)
class Move:
    """One decision on one suggestion."""

    verb: Verb
    actor: str
    decided_at: datetime
    reason: str | None = None
    assignee: str | None = None
    assistant_version: str | None = None
    prediction: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class SuggestionState:
    """Where a suggestion stands after the moves so far."""

    suggestion_id: str
    proposed_at: datetime
    status: Status = "pending"
    revision: int = 0
    """Number of moves so far: what somebody who decides has seen."""
    assignee: str | None = None
    accepted_at: datetime | None = None
    shipped_at: datetime | None = None
    assistant_version: str | None = None
    prediction: Mapping[str, Any] | None = None
    """Frozen at acceptance."""


def require_seen(state: SuggestionState, seen: int | None, moves: Sequence[Move] = ()) -> None:
    """Refuse a decision made on an older state than the present one, and say what changed.

    Parameters
    ----------
    seen : revision that the decision was made on; None: whoever decides looked just now.
    moves : all moves so far, in their order.

    Raises
    ------
    StaleDecisionError
        If somebody decided since.
    """
    if seen is not None and seen != state.revision:
        since = "; ".join(f"{move.actor} {move.verb} it on {move.decided_at:%Y-%m-%d %H:%M}" for move in moves[seen:])
        raise StaleDecisionError(
            f"suggestion {state.suggestion_id} moved on: you saw revision {seen}, it is at {state.revision} "
            f"({state.status}){f': {since}' if since else ''}; look at it again and decide anew"
        )


def apply_move(state: SuggestionState, move: Move) -> SuggestionState:
    """Give the state after `move`.

    Raises
    ------
    DecisionError
        If the move is not legal from this state, or is dated before what it builds on.
    """
    allowed = _LEGAL[move.verb]
    if state.status not in allowed:
        raise DecisionError(
            f"suggestion {state.suggestion_id} can't be {move.verb}: it is {state.status}, "
            f"expected {' or '.join(sorted(allowed))}; {_ADVICE[move.verb]}"
        )
    if move.verb == "assigned" and not move.assignee:
        raise DecisionError(f"suggestion {state.suggestion_id} can't be assigned to nobody: name who has it")
    _check_date(state, move)
    after = replace(state, revision=state.revision + 1, status=_LEADS_TO.get(move.verb, state.status))
    if move.verb == "assigned":
        return replace(after, assignee=move.assignee)
    if move.verb == "accepted":
        return replace(after, accepted_at=move.decided_at, prediction=move.prediction, shipped_at=None)
    if move.verb == "shipped":
        return replace(after, shipped_at=move.decided_at, assistant_version=move.assistant_version)
    if move.verb in ("reopened", "rejected", "deferred"):
        return replace(after, accepted_at=None, shipped_at=None, prediction=None)
    return after


def _check_date(state: SuggestionState, move: Move) -> None:
    if move.decided_at.tzinfo is None:
        raise DecisionError(
            f"suggestion {state.suggestion_id} can't be {move.verb} at {move.decided_at}: the time has no zone"
        )
    if move.verb == "shipped" and move.decided_at < state.proposed_at:
        raise DecisionError(
            f"suggestion {state.suggestion_id} can't have been shipped at {move.decided_at.isoformat()}: it was "
            f"proposed at {state.proposed_at.isoformat()}; give the time at which the change went live"
        )


def fold(state: SuggestionState, moves: Iterable[Move]) -> SuggestionState:
    """Give the state after all moves, in their order. No move leaves the state as it is.

    Raises
    ------
    DecisionError
        At the first illegal move.
    """
    for move in moves:
        state = apply_move(state, move)
    return state
