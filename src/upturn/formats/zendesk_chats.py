"""Chats and messaging conversations within Zendesk's audits, as conversations of their own.

Source: Zendesk's ticket audit events (`ChatStartedEvent` with its `history`); Sunshine Conversations' messages, which
stand in `original_message` (`author.type`, `source.type`, `content`).
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import orjson

from upturn.formats.raw_fields import an_object, known, objects, text_of, utc_text
from upturn.formats.registry import RefusedRecordError

__all__ = ["chats"]

Record = dict[str, Any]

_SAID: Final = ("ChatMessage", "ChatFileAttachment")
_CHANNELS: Final = {"native_messaging": "messaging"}
_ACTORS: Final = {
    "agent": "agent", "end-user": "user", "end_user": "user", "visitor": "user", "system": "system",
    "trigger": "system",
}  # fmt: skip


def chats(chat: Record, ticket: str, requester: str | None) -> list[Record]:
    """Give the chat as one conversation, named after the chat: several tickets may be made of one; none without an id.

    What repeats an earlier chat (`is_history_context`), and events in which nobody said anything, are counted.

    Raises
    ------
    RefusedRecordError
        If it can't be told who wrote a message.
    """
    native = text_of(chat.get("chat_id"))
    events = objects(chat.get("history"), "history")
    if not native or not events:
        return []
    turns: list[Record] = []
    left_out: Counter[str] = Counter()
    for place, event in enumerate(events):
        kind = str(event.get("type"))
        if kind not in _SAID or event.get("is_history_context") is True:
            left_out["history" if kind in _SAID else kind] += 1
            continue
        turns.append(_turn(event, f"history[{place}]"))
    channel = chat.get("channel")
    return [
        known(
            conversation_id=native,
            user_id=text_of(chat.get("user_id")) or requester,
            channel=_CHANNELS.get(channel, channel) if isinstance(channel, str) else "chat",
            started_at=_time(events[0]),
            metadata=known(ticket_ids=[ticket], left_out=dict(left_out) or None),
            turns=turns,
        )
    ]


def _turn(event: Record, where: str) -> Record:
    original = _original(event)
    inner = an_object(original.get("content"), f"{where}.content")
    text = inner.get("text")
    said = event.get("message") or (text.get("text") if isinstance(text, dict) else None)
    parts = [{"type": kind} for kind in inner if kind != "text"]
    if event.get("filename") is not None:
        named = ("filename", "mime_type", "size", "url")
        parts = [{"type": "attachment", **{name: event[name] for name in named if event.get(name) is not None}}]
    return known(
        message_id=event.get("message_id") or original.get("id"),
        role=_role(event, original, where),
        content=said,
        parts=parts or None,
        created_at=_time(event),
    )


def _time(event: Record) -> Any:
    return utc_text(event.get("timestamp", event.get("created_at")))


def _original(event: Record) -> Record:
    given = event.get("original_message")
    try:
        found = orjson.loads(given) if isinstance(given, str) and given else given
    except orjson.JSONDecodeError:
        found = None
    return found if isinstance(found, dict) else {}


def _role(event: Record, original: Record, where: str) -> str:
    if an_object(original.get("source"), f"{where}.source").get("type") == "zd:answerBot":
        return "assistant"
    told = event.get("actor_type")
    if isinstance(told, str) and told in _ACTORS:
        return _ACTORS[told]
    if an_object(original.get("author"), f"{where}.author").get("type") == "USER":
        return "user"
    actor = text_of(event.get("actor_id"))
    if actor in ("__system", "__trigger"):
        return "system"
    if not actor:
        raise RefusedRecordError(f"{where}: who wrote it can't be told: it has no `actor_id`")
    return "agent" if actor.startswith("agent:") else "user"
