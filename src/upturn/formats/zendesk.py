"""Zendesk: tickets with comments, audits, incremental ticket events, chats within them, satisfaction ratings.

Source: Zendesk's API reference (Tickets, Ticket Comments, Ticket Audits and their events, Incremental Exports,
Satisfaction Ratings, Via object); tables as Fivetran's connector writes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from upturn.formats.raw_fields import an_object, known, objects, text_of
from upturn.formats.registry import RefusedRecordError, Table, TableSet, log_format
from upturn.formats.zendesk_chats import chats

__all__ = ["zendesk"]

Record = dict[str, Any]

_STAFF: Final = ("agent", "admin")
_COMMENTS: Final = ("Comment", "VoiceComment", "FacebookComment", "Tweet")
_CHAT: Final = "ChatStartedEvent"
_PAGES: Final = ("tickets", "audits", "ticket_audits", "ticket_events", "satisfaction_ratings")
_SCORES: Final = {"good": "up", "bad": "down"}
_CHANNELS: Final = {"native_messaging": "messaging", "voice": "phone"}
_SYSTEM: Final = "-1"
"""Id of the author where Zendesk itself wrote."""
_TABLES: Final = (
    Table(
        "ticket",
        ("id", "requester_id", "created_at", "updated_at", "status", "priority", "subject", "via_channel"),
        is_required=True,
    ),
    Table("ticket_comment", ("id", "ticket_id", "user_id", "body", "public", "created"), is_required=True),
    Table("user", ("id", "role")),
    Table("ticket_chat", ("chat_id", "ticket_id", "user_id", "channel")),
    Table(
        "ticket_chat_event",
        ("chat_id", "created_at", "actor_id", "chat_index", "type", "message", "message_id", "original_message",
         "is_history_context", "filename", "mime_type", "size", "url"),
    ),
    Table("satisfaction_rating", ("id", "ticket_id", "score", "comment", "created_at", "updated_at")),
)  # fmt: skip
_TABLE_SET: Final = TableSet(
    _TABLES,
    steps=("zendesk_people", "zendesk_newest_tickets", "zendesk_comments", "zendesk_chat_messages"),
    queries=("zendesk_tickets", "zendesk_chats", "zendesk_refused"),
)


@dataclass
class _Ticket:
    """What a record says of one ticket."""

    native: str
    requester: str | None = None
    staff: Mapping[str, bool] = field(default_factory=dict)
    """Whether a person belongs to the staff, by id, as far as their roles are in the record."""
    turns: list[Record] = field(default_factory=list)
    chats: list[Record] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    first: Any = None
    """The earliest time in the record."""


def _looks_like_zendesk(record: Record) -> bool:
    """Whether it is a ticket, an audit, a ticket event, a rating, or a page of them."""
    if isinstance(record.get("ticket"), dict):
        return _has_requester(record["ticket"])
    if _has_requester(record) and ("via" in record or "comments" in record) and "id" in record:
        return True
    if "ticket_id" in record:
        events = record.get("child_events", record.get("events"))
        return isinstance(events, list) or ("score" in record and "requester_id" in record)
    return any(
        isinstance(record.get(name), list)
        and any(isinstance(one, dict) and _looks_like_zendesk(one) for one in record[name])
        for name in _PAGES
    )


def _has_requester(record: Record) -> bool:
    """Whether it names its requester, by an id or as the person that some exports put there."""
    return "requester_id" in record or isinstance(record.get("requester"), dict)


_USER_FIELDS: Final = (
    "requester_id", "requester.id", "submitter_id", "submitter.id", "author_id", "updater_id", "actor_id",
    "end_user_id", "collaborator_ids", "follower_ids", "email_cc_ids", "users.id",
)  # fmt: skip
"""Names of people's ids, staff's too: which of them are the user's is told by a whole ticket only."""


@log_format(
    "zendesk",
    description="Zendesk tickets with comments, audits, ticket events and ratings; tables of a connector",
    sniff=_looks_like_zendesk,
    table_set=_TABLE_SET,
    user_fields=_USER_FIELDS,
)
def zendesk(record: Record) -> Iterable[Record]:
    """Give each ticket and each chat that a record tells of. Private comments are counted, not kept.

    The requester is the user; other authors are agents, but for those whom `users` in the record calls end users, and
    Zendesk itself (rules, the id -1), which is `system`.

    Raises
    ------
    RefusedRecordError
        If there is no id of a ticket, or it can't be told who wrote a public comment.
    """
    staff = _staff(record)
    is_one = "id" in record or "ticket" in record
    page = None if is_one else next((name for name in _PAGES if isinstance(record.get(name), list)), None)
    if page and not record[page]:
        raise RefusedRecordError(f"the list `{page}` is empty")
    if page in ("audits", "ticket_audits"):
        yield from _audits(objects(record[page], page), staff)
    elif page:
        for one in objects(record[page], page):
            yield from _one(one, staff)
    else:
        yield from _one(record, staff)


def _staff(record: Record) -> dict[str, bool]:
    people = objects(record.get("users"), "users")
    return {str(one.get("id")): one.get("role") in _STAFF for one in people if isinstance(one.get("role"), str)}


def _one(record: Record, staff: Mapping[str, bool]) -> Iterator[Record]:
    if "ticket" in record or (_has_requester(record) and "score" not in record):
        yield from _whole(record, staff)
    elif "score" in record:
        ratings = _ratings([record])
        at = None if ratings else record.get("created_at")
        yield known(conversation_id=_id(record, "ticket_id"), started_at=at, feedback=ratings or None)
    else:
        yield from _audits([record], staff)


def _id(record: Record, name: str) -> str:
    native = text_of(record.get(name))
    if not native:
        raise RefusedRecordError(f"no `{name}` of the ticket")
    return native


def _whole(record: Record, staff: Mapping[str, bool]) -> Iterator[Record]:
    """Give a ticket with the comments and audits beside it; alone it has no turns: its description is a comment."""
    given = an_object(record.get("ticket"), "ticket") if "ticket" in record else record
    person = given.get("requester")
    requester = text_of(given.get("requester_id")) or (text_of(person.get("id")) if isinstance(person, dict) else None)
    ticket = _Ticket(_id(given, "id"), requester=requester, staff=staff)
    inner = {**given, **record}
    for place, comment in enumerate(objects(inner.get("comments"), "comments")):
        _comment(ticket, comment, comment.get("created_at"), f"comments[{place}]")
    for audit in objects(inner.get("audits"), "audits"):
        _audit(ticket, audit, has_comments="comments" in inner)
    rated = [given.get("satisfaction_rating"), *objects(record.get("satisfaction_ratings"), "satisfaction_ratings")]
    about = known(
        subject=given.get("subject"),
        status=given.get("status"),
        priority=given.get("priority"),
        tags=given.get("tags") or None,
        left_out=dict(ticket.left_out) or None,
    )
    yield known(
        conversation_id=ticket.native,
        user_id=requester,
        channel=_channel(given.get("via")),
        is_internal=True if requester and staff.get(requester) else None,
        started_at=given.get("created_at"),
        updated_at=given.get("updated_at"),
        metadata=about or None,
        turns=ticket.turns,
        feedback=_ratings([one for one in rated if isinstance(one, dict)]) or None,
    )
    yield from ticket.chats


def _audits(audits: list[Record], staff: Mapping[str, bool]) -> Iterator[Record]:
    """Give what audits, or ticket events of an incremental export, add to their tickets."""
    tickets: dict[str, _Ticket] = {}
    for audit in audits:
        native = _id(audit, "ticket_id")
        ticket = tickets.setdefault(native, _Ticket(native, staff=staff))
        _audit(ticket, audit, has_comments=False)
    for ticket in tickets.values():
        yield known(
            conversation_id=ticket.native, user_id=ticket.requester, started_at=ticket.first, turns=ticket.turns
        )
        yield from ticket.chats


def _audit(ticket: _Ticket, audit: Record, *, has_comments: bool) -> None:
    at = audit.get("created_at", audit.get("timestamp"))
    ticket.first = at if ticket.first is None else ticket.first
    name = "child_events" if "child_events" in audit else "events"
    events = objects(audit.get(name), name)
    for event in events:
        if ticket.requester is None and event.get("field_name") == "requester_id":
            ticket.requester = text_of(event.get("value"))
    for place, event in enumerate(events):
        kind = event.get("type", event.get("event_type"))
        if kind == _CHAT:
            ticket.chats += chats(an_object(event.get("value"), "value"), ticket.native, ticket.requester)
        elif kind in _COMMENTS and not has_comments:
            said = {"author_id": audit.get("author_id", audit.get("updater_id")), "via": audit.get("via"), **event}
            _comment(ticket, said, event.get("created_at", at), f"{name}[{place}]")


def _comment(ticket: _Ticket, comment: Record, at: Any, where: str) -> None:
    if comment.get("public") is not True:
        ticket.left_out["private comment"] += 1
        return
    attached = objects(comment.get("attachments"), f"{where}.attachments")
    parts = [
        {
            "type": "attachment",
            **{name: one[name] for name in ("file_name", "content_type", "size", "content_url") if name in one},
        }
        for one in attached
    ]
    ticket.turns.append(
        known(
            message_id=comment.get("id"),
            role=_role(ticket, comment, where),
            content=next((comment[name] for name in ("body", "plain_body") if comment.get(name) is not None), None),
            parts=parts or None,
            created_at=at,
        )
    )


def _role(ticket: _Ticket, comment: Record, where: str) -> str:
    author = text_of(comment.get("author_id"))
    if author == _SYSTEM or _channel(comment.get("via")) == "rule":
        return "system"
    if author is not None and author in ticket.staff:
        return "agent" if ticket.staff[author] else "user"
    if author is None or ticket.requester is None:
        raise RefusedRecordError(
            f"{where}: who wrote it can't be told: export the ticket with its `requester_id`, or its `users`, beside it"
        )
    return "user" if author == ticket.requester else "agent"


def _channel(via: Any) -> str | None:
    """Give the channel of a `via`: an object, or its words in an incremental export of events."""
    named = via.get("channel") if isinstance(via, dict) else via
    return _CHANNELS.get(named.lower(), named.lower()) if isinstance(named, str) and named else None


def _ratings(given: list[Record]) -> list[Record]:
    """Give good and bad ratings as thumbs; offers without an answer are none."""
    return [
        known(
            feedback_id=one.get("id"),
            kind="csat",
            value=value,
            scale="thumb",
            comment=one.get("comment"),
            author="user",
            created_at=one.get("created_at"),
            updated_at=one.get("updated_at"),
        )
        for one in given
        if (value := _SCORES.get(str(one.get("score")))) is not None
    ]
