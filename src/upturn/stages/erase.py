"""Erases a person or conversations: asked for in one event, taken out of the log in one commit, cleaned everywhere."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from upturn.domain.errors import UpturnError
from upturn.domain.events import NewEvent
from upturn.domain.payloads import SubjectErased, SubjectErasing
from upturn.log.encode import event_table
from upturn.privacy.pseudonym import known_pseudonymizers
from upturn.privacy.tombstones import Tombstones, tombstone_key
from upturn.resources import load_sql
from upturn.stages.cleaning import clean
from upturn.stages.erasure_requests import erasure_requests
from upturn.stages.forgetting import Forgetting, events_at, forget_conversations, take_out

if TYPE_CHECKING:
    import duckdb

    from upturn.stages.stage import StageContext

__all__ = ["Subject", "erase", "finish_erasing", "preview"]


@dataclass(frozen=True)
class Subject:
    """Who and what is to be erased, as the source knows them."""

    user_id: str | None = None
    conversation_ids: tuple[str, ...] = ()


def preview(context: StageContext, subject: Subject) -> dict[str, Any]:
    """Give the counts of what `erase` would remove now. Nothing is written."""
    key = tombstone_key(context.home, is_made=False) or secrets.token_bytes(32)
    with events_at(context.log) as (connection, _):
        return _found(connection, _named(context, subject, Tombstones(key, frozenset())))[0].counts()


def erase(context: StageContext, subject: Subject) -> dict[str, Any]:
    """Erase a person with all conversations, or some conversations; the counts of what was removed.

    First the request is recorded, as keyed digests: from then on a killed erasure is finished by the next run. One
    that finds nothing leaves its tombstones all the same, so that nothing comes later.

    Raises
    ------
    UpturnError
        If neither a user nor a conversation is named.
    HomeBusyError, DiskFullError, LogConflictError
        If the warehouse is held, or the disk full; what is left to do is done by the next run.
    """
    if not subject.user_id and not subject.conversation_ids:
        raise UpturnError("nobody to erase: expected the id of a user, or of a conversation")
    finish_erasing(context)
    named = _named(context, subject, Tombstones(tombstone_key(context.home, is_made=True) or b"", frozenset()))
    with events_at(context.log) as (connection, version):
        tombstones = sorted(named.digests | _found(connection, named)[1])
    erasure_id = hashlib.sha256(f"{version}\x1f{tombstones}".encode()).hexdigest()[:16]
    request = NewEvent(
        type="subject.erasing",
        source="upturn",
        native_ids=(erasure_id,),
        revision="1",
        subject=f"erasure/{erasure_id}",
        time=context.clock(),
        payload=SubjectErasing(erasure_id=erasure_id, tombstones=tombstones),
    )
    context.log.append(event_table([request], recordedtime=context.clock()))
    return finish_erasing(context) or {}


def finish_erasing(context: StageContext, *, is_late: bool = False) -> dict[str, Any] | None:
    """Do what was asked for and is not done, and clean what was not cleaned; None where there was nothing to do.

    Every run begins with it. Where nobody was ever erased it costs a look for two files.

    Parameters
    ----------
    is_late : whether something of the erased may have come in by an ingest that ran meanwhile.
    """
    tombstones, waiting = erasure_requests(context)
    found: Forgetting | None = None
    if tombstones is not None and (waiting or is_late):
        found = take_out(context, lambda connection, version: _decided(context, connection, version))
    if found is None and not context.home.forgetting.exists():
        return None
    cleaned = clean(context, tombstones)
    return {**(found or Forgetting()).counts(), "cleaned": cleaned}


def _decided(
    context: StageContext, connection: duckdb.DuckDBPyConnection, version: int
) -> tuple[Forgetting, NewEvent] | None:
    """Decide on the log as it is at `version`; None where nothing is asked for and nothing is found."""
    tombstones, waiting = erasure_requests(context)
    if tombstones is None:
        return None
    found, digests = _found(connection, tombstones)
    if not waiting and not found:
        return None
    event = NewEvent(
        type="subject.erased",
        source="upturn",
        native_ids=tuple(waiting) or ("late",),
        revision=str(version),
        subject=f"erasure/{waiting[0] if waiting else 'late'}",
        time=context.clock(),
        payload=SubjectErased(erasure_ids=waiting, tombstones=sorted(digests), **found.counts()),
    )
    return found, event


def _named(context: StageContext, subject: Subject, stones: Tombstones) -> Tombstones:
    """Give the tombstones of what a person named: the user under every key, the conversations."""
    digests = {stones.digest("conversation", one) for one in subject.conversation_ids}
    if subject.user_id:
        digests.add(stones.digest("user", subject.user_id))
        for pseudonyms in known_pseudonymizers(context.home, context.settings):
            digests.add(stones.digest("pseudonym", pseudonyms.user_key(subject.user_id)))
    return stones.having(digests)


def _found(connection: duckdb.DuckDBPyConnection, stones: Tombstones) -> tuple[Forgetting, set[str]]:
    """Decide what goes, and give the tombstones of the conversations that it is about."""
    rows = connection.execute(load_sql("erasure/known")).fetchall()
    user_keys = stones.covered("pseudonym", {key for _, key in rows if key})
    theirs = {one for one, key in rows if key in user_keys}
    theirs |= stones.covered("conversation", {one for one, _ in rows} - theirs)
    digests = {stones.digest("conversation", one) for one in theirs}
    complete = stones.having(digests)
    found = forget_conversations(
        connection, theirs, user_keys=user_keys, is_theirs=lambda text: complete.in_text(text.encode())
    )
    return found, digests
