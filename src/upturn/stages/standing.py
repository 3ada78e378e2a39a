"""The suggestions there are: what they mean for the next proposal, and how they end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from upturn.domain.events import NewEvent
from upturn.domain.payloads import Decision
from upturn.domain.suggestion import OptimizationSuggestion, suggestion_id
from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "ACTOR",
    "Standing",
    "Term",
    "expired",
    "has_run_out",
    "heard_before",
    "read_standing",
    "term_of",
    "why_gone",
    "withdrawn",
]

ACTOR: Final = "upturn"


@dataclass(frozen=True)
class Standing:
    """A suggestion that exists, as far as the next proposal depends on it. Times are UTC."""

    status: str
    proposed_at: datetime
    expires_at: datetime
    reopened_at: datetime | None
    expired_at: datetime | None
    """When its expiry was recorded; None: never."""
    rule: str = ""
    cluster_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Term:
    """Under which id and between which instants a suggestion is proposed."""

    suggestion_id: str
    proposed_at: datetime
    expires_at: datetime


def term_of(rule: str, identity: str, standing: Mapping[str, Standing], *, now: datetime, days: int) -> Term | None:
    """Decide under which id, and until when, a finding is proposed; None: it was decided on, so it is left alone.

    A pending or deferred suggestion keeps its first day and its end; a reopened one gets a full term again. One that
    expired is proposed anew under an id of its own, with a term of its own: nobody said no.
    """
    term = timedelta(days=days)
    round_number = 1
    while True:
        name = suggestion_id(rule, identity, round_number)
        known = standing.get(name)
        if known is None:
            return Term(name, now, now + term)
        if known.status in ("accepted", "rejected", "shipped"):
            return None
        expires_at = known.expires_at
        if known.reopened_at is not None:
            expires_at = max(expires_at, known.reopened_at + term)
        if known.status != "expired" and expires_at > now:
            return Term(name, known.proposed_at, expires_at)
        round_number += 1


def has_run_out(standing: Standing, now: datetime) -> bool:
    """Whether the expiry is due and not recorded; a reopened one that is proposed again has a later end."""
    is_open = standing.status in ("pending", "deferred") or (standing.status == "expired" and not standing.expired_at)
    return is_open and standing.expires_at <= now and standing.reopened_at is None


def heard_before(standing: Mapping[str, Standing]) -> dict[str, set[str]]:
    """Give the rules of pending suggestions by cluster."""
    rules: dict[str, set[str]] = {}
    for each in standing.values():
        if each.status == "pending":
            for cluster_id in each.cluster_ids:
                rules.setdefault(cluster_id, set()).add(each.rule)
    return rules


def why_gone(standing: Standing, proposed: Sequence[OptimizationSuggestion], live: AbstractSet[str]) -> str:
    """Say why a pending suggestion is not proposed any more."""
    if not standing.cluster_ids or live.isdisjoint(standing.cluster_ids):
        return "its failures are no longer seen"
    clusters = set(standing.cluster_ids)
    better = [each for each in proposed if each.exposure and clusters & set(each.exposure["cluster_ids"])]
    if better:
        return f"another suggestion explains these failures better: {better[0].title}"
    return "what it rests on is no longer seen in its failures"


def read_standing(connection: duckdb.DuckDBPyConnection) -> dict[str, Standing]:
    """Read every suggestion by its id."""
    rows = connection.execute(load_sql("suggest/standing")).fetchall()
    return {
        name: Standing(
            rule=rule,
            cluster_ids=tuple(cluster_ids),
            status=status,
            proposed_at=proposed_at.astimezone(UTC),
            expires_at=expires_at.astimezone(UTC),
            reopened_at=_utc(reopened_at),
            expired_at=_utc(expired_at),
        )
        for name, rule, cluster_ids, status, proposed_at, expires_at, reopened_at, expired_at in rows
    }


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def expired(name: str, standing: Standing) -> NewEvent:
    """Give the event of a suggestion whose term is over."""
    return _end(name, "nobody decided on it in its term", standing.expires_at, standing.expires_at.isoformat())


def withdrawn(name: str, reason: str, now: datetime) -> NewEvent:
    """Give the event of a suggestion that no longer holds."""
    return _end(name, reason, now, f"withdrawn {now.isoformat()}")


def _end(name: str, reason: str, moment: datetime, revision: str) -> NewEvent:
    return NewEvent(
        type="suggestion.expired",
        source=ACTOR,
        native_ids=(name,),
        revision=revision,
        subject=f"suggestion/{name}",
        time=moment,
        payload=Decision(
            suggestion_id=name,
            actor=ACTOR,
            reason=reason,
            decided_at=moment,
            assignee=None,
            assistant_version=None,
            prediction=None,
        ),
    )
