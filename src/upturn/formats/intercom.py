"""Intercom: conversations with their source and parts, pages and webhooks of them, parts alone.

Source: Intercom's API reference (Conversation, Conversation part, AI agent, webhook topics); tables as Fivetran's
connector writes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from upturn.formats.html_text import html_text
from upturn.formats.raw_fields import an_object, an_option, known, objects, text_of, utc_text
from upturn.formats.registry import RefusedRecordError, Table, TableSet, log_format

__all__ = ["intercom"]

Record = dict[str, Any]

_ROLES: Final = {
    "user": "user", "lead": "user", "contact": "user", "visitor": "user", "admin": "agent", "team": "agent",
    "bot": "assistant", "operator": "assistant", "fin": "assistant",
}  # fmt: skip
_SAID: Final = ("comment", "quick_reply", "assignment", "assign_and_reopen", "open", "close")
"""Parts whose body the customer sees; one without a body, and every other kind, is a step of staff and is counted."""
_CHANNELS: Final = {"conversation": "chat"}
_OUTCOMES: Final = {
    "confirmed_resolution": "resolved",
    "routed_to_team": "escalated",
    "escalated": "escalated",
    "abandoned": "abandoned",
    "negative_feedback": "unresolved",
}
"""What became of the assistant's answer. `assumed_resolution` is Intercom's guess from silence: no outcome."""
_TABLES: Final = (
    Table(
        "conversation_history",
        ("id", "created_at", "updated_at", "state", "source_type", "source_id", "source_body", "source_author_id",
         "source_author_type", "source_delivered_as", "conversation_rating_value", "conversation_rating_remark",
         "conversation_rating_created_at", "_fivetran_active"),
        is_required=True,
    ),
    Table(
        "conversation_part_history",
        ("id", "conversation_id", "author_id", "author_type", "part_type", "body", "created_at", "updated_at",
         "_fivetran_active"),
        is_required=True,
    ),
    Table("conversation_contact_history", ("conversation_id", "contact_id", "conversation_updated_at")),
)  # fmt: skip
_TABLE_SET: Final = TableSet(
    _TABLES,
    steps=("intercom_newest_conversations", "intercom_newest_parts", "intercom_messages", "intercom_left_out"),
    queries=("intercom_conversations", "intercom_refused"),
)


def _looks_like_intercom(record: Record) -> bool:
    """Whether it is a conversation with a source or parts, a part alone, a page, or a webhook with one."""
    if record.get("type") == "notification_event":
        inner = record.get("data")
        item = inner.get("item") if isinstance(inner, dict) else None
        return isinstance(item, dict) and _looks_like_intercom(item)
    if record.get("type") == "conversation.list":
        return True
    if "part_type" in record and "conversation_id" in record:
        return True
    is_conversation = record.get("type") in ("conversation", None)
    return is_conversation and (
        isinstance(record.get("conversation_parts"), (dict, list))
        or isinstance(record.get("conversation_message"), dict)
        or (isinstance(record.get("source"), dict) and "delivered_as" in record["source"])
    )


_USER_FIELDS: Final = (
    "contacts.id", "contacts.external_id", "contact_id", "author.id", "author_id", "source_author_id", "customer.id",
    "customers.id", "user.id",
)  # fmt: skip
"""Names of people's ids, staff's too: an author is told from an agent by the type beside it only."""


@log_format(
    "intercom",
    description="Intercom conversations with their parts, pages and webhooks of them; tables of a connector",
    sniff=_looks_like_intercom,
    table_set=_TABLE_SET,
    user_fields=_USER_FIELDS,
)
def intercom(record: Record) -> Iterable[Record]:
    """Give each conversation; bodies lose their HTML, notes among staff and steps without words are counted.

    Raises
    ------
    RefusedRecordError
        If there is no id, or the author of something that was said is of no known type.
    """
    if record.get("type") == "notification_event":
        record = an_object(an_object(record.get("data"), "data").get("item"), "data.item")
    if "conversations" in record:
        listed = objects(record["conversations"], "conversations")
        if not listed:
            raise RefusedRecordError("the list `conversations` is empty")
        for one in listed:
            yield _conversation(one)
    elif "part_type" in record:
        turn = _part(record, "part")
        native = text_of(record.get("conversation_id"))
        if not native:
            raise RefusedRecordError("no `conversation_id` of the part")
        yield known(
            conversation_id=native, started_at=utc_text(record.get("created_at")), turns=[turn] if turn else None
        )
    else:
        yield _conversation(record)


def _conversation(record: Record) -> Record:
    native = text_of(record.get("id"))
    if not native:
        raise RefusedRecordError("no `id` of the conversation")
    parts = record.get("conversation_parts")
    listed = objects(parts.get("conversation_parts") if isinstance(parts, dict) else parts, "conversation_parts")
    source = an_object(record.get("source") or record.get("conversation_message"), "source")
    turns = list(_opening(source, record))
    left_out: Counter[str] = Counter()
    for place, part in enumerate(listed):
        turn = _part(part, f"conversation_parts[{place}]")
        if turn is None:
            left_out[text_of(part.get("part_type")) or "part"] += 1
        else:
            turns.append(turn)
    agent = an_object(record.get("ai_agent"), "ai_agent")
    tags = an_object(record.get("tags"), "tags").get("tags")
    statistics = an_object(record.get("statistics"), "statistics")
    about = known(
        state=record.get("state"),
        title=record.get("title"),
        delivered_as=source.get("delivered_as"),
        tags=[tag.get("name") for tag in objects(tags, "tags")] or None,
        left_out=dict(left_out) or None,
    )
    return known(
        conversation_id=native,
        user_id=_contact(record, source),
        channel=_channel(source),
        started_at=utc_text(record.get("created_at")),
        updated_at=utc_text(record.get("updated_at")),
        ended_at=utc_text(statistics.get("last_close_at")) if record.get("state") == "closed" else None,
        outcome=an_option(agent.get("resolution_state"), _OUTCOMES),
        metadata=about or None,
        turns=turns,
        feedback=list(_ratings(native, record, agent)) or None,
    )


def _channel(source: Record) -> Any:
    kind = source.get("type")
    return _CHANNELS.get(kind, kind) if isinstance(kind, str) else None


def _contact(record: Record, source: Record) -> str | None:
    given = record.get("contacts")
    contacts = objects(given.get("contacts") if isinstance(given, dict) else given, "contacts")
    first = contacts[0] if contacts else an_object(record.get("user"), "user")
    if (native := text_of(first.get("id"))) is not None:
        return native
    author = an_object(source.get("author"), "source.author")
    return text_of(author.get("id")) if _ROLES.get(str(author.get("type"))) == "user" else None


def _opening(source: Record, record: Record) -> Iterator[Record]:
    """Give the message that opened the conversation; none where it has no words and no files."""
    turn = _turn(source, "source", record.get("created_at")) if source else None
    if turn:
        yield turn


def _part(part: Record, where: str) -> Record | None:
    return _turn(part, where, part.get("created_at")) if part.get("part_type") in _SAID else None


def _turn(said: Record, where: str, at: Any) -> Record | None:
    body = said.get("body")
    attached = objects(said.get("attachments"), f"{where}.attachments")
    if not body and not attached:
        return None
    author = an_object(said.get("author"), f"{where}.author")
    role = "assistant" if author.get("from_ai_agent") is True else an_option(author.get("type"), _ROLES)
    if role is None:
        raise RefusedRecordError(f"{where}.author.type is not known: expected one of {', '.join(_ROLES)}")
    parts = [
        {
            "type": "attachment",
            **{name: one[name] for name in ("name", "content_type", "filesize", "url") if name in one},
        }
        for one in attached
    ]
    return known(
        message_id=said.get("id"),
        role=role,
        content=html_text(body) if isinstance(body, str) else body,
        parts=parts or None,
        created_at=utc_text(at),
    )


def _ratings(native: str, record: Record, agent: Record) -> Iterator[Record]:
    """Give the rating of the conversation and that of the AI agent, 1 to 5, as the customer's."""
    given = an_object(record.get("conversation_rating"), "conversation_rating")
    at = utc_text(given.get("created_at"))
    yield from _rating(f"rating-{native}", given.get("rating"), given.get("remark"), created_at=at)
    yield from _rating(f"ai-rating-{native}", agent.get("rating"), agent.get("rating_remark"), channel="ai_agent")


def _rating(feedback_id: str, value: Any, remark: Any, **rest: Any) -> Iterator[Record]:
    if value is None and remark is None:
        return
    kind = "comment" if value is None else "csat"
    scale = None if value is None else "1-5"
    yield known(feedback_id=feedback_id, kind=kind, value=value, scale=scale, comment=remark, author="user", **rest)
