"""Rasa: trackers with their events, and the single events that an event broker writes.

Source: Rasa's documentation of events, tracker stores and event brokers (`event`, `timestamp`, `sender_id`), and
`rasa.shared.core.events`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from upturn.formats.rasa_sessions import BrokerSessions, session_name
from upturn.formats.raw_fields import an_object, known, objects, text_of, utc_text
from upturn.formats.registry import Place, RefusedRecordError, SkippedRecord, in_threads, log_format

__all__ = ["rasa"]

Record = dict[str, Any]

_ROLES: Final = {"user": "user", "bot": "assistant", "agent": "agent"}
"""The events in which somebody said something."""
_PARTS: Final = ("image", "attachment", "buttons", "quick_replies", "elements", "custom")
_NO_TOOLS: Final = (
    "utter_", "validate_", "action_default_", "action_extract_slots", "action_listen", "action_session_", "action_back",
    "action_restart", "action_deactivate_loop", "action_revert_fallback", "action_two_stage_fallback",
    "action_unlikely_intent", "action_send_text",
)  # fmt: skip
"""Beginnings of the names of actions that call nothing outside of the dialogue."""


def _looks_like_rasa(record: Record) -> bool:
    """Whether there is a `sender_id` with one event, or with a list of them."""
    events = record.get("events")
    has_events = isinstance(events, list) and any(isinstance(event, dict) and "event" in event for event in events)
    return "sender_id" in record and (has_events or isinstance(record.get("event"), str))


@log_format(
    "rasa",
    description="Rasa trackers (`sender_id` with `events`) and lines of its event broker",
    sniff=_looks_like_rasa,
    user_fields=("sender_id",),
)
def rasa(record: Record) -> Iterable[Record]:
    """Give each session of a tracker as a conversation, or what one event of a broker adds to its sender's.

    The sender is the user. A conversation is known by a keyed digest of the sender with the second at which its session
    started, where the tracker, or the broker's file before the event, tells it: a sender may be a telephone number, and
    ids of conversations are stored as they are. Read without a home, whose key it is, the digest is a plain one.

    Raises
    ------
    RefusedRecordError
        If there is no sender, no event, or an event without its time.
    SkippedRecord
        If it is one event in which nobody spoke.
    """
    return _conversations(record, None, _unkeyed)


@in_threads("rasa", BrokerSessions)
def _in_session(record: Record, place: Place) -> Iterable[Record]:
    return _conversations(record, place.thread, place.hide or _unkeyed)


def _unkeyed(text: str) -> str:
    """Give what stands for a digest under a home's key where there is no home and nothing is stored."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _conversations(record: Record, session: str | None, hide: Callable[[str], str]) -> Iterator[Record]:
    sender = text_of(record.get("sender_id"))
    if not sender:
        raise RefusedRecordError("no `sender_id`: it is the id of the conversation")
    known_by = hide(f"rasa:{sender}".encode("utf-8", "replace").decode())
    if "events" not in record:
        if isinstance(record.get("event"), str) and _role(record) is None:
            raise SkippedRecord("an event in which nobody spoke")
        yield _conversation(sender, [record], place=0, native=_native(known_by, session), is_whole=False)
        return
    events = objects(record["events"], "events")
    if not events:
        raise RefusedRecordError("the tracker has no events")
    place = 0
    for held in _sessions(events):
        started = next((event for event in held if event.get("event") == "session_started"), None)
        name = _session_name(started) if started else None
        yield _conversation(sender, held, place=place, native=_native(known_by, name), is_whole=True)
        place += len(held)


def _sessions(events: list[Record]) -> Iterator[list[Record]]:
    """Split events before each `session_started` that follows somebody's words."""
    session: list[Record] = []
    for event in events:
        if event.get("event") == "session_started" and any(_role(earlier) for earlier in session):
            yield session
            session = []
        session.append(event)
    yield session


def _role(event: Record) -> str | None:
    kind = event.get("event")
    return _ROLES.get(kind) if isinstance(kind, str) else None


def _native(known_by: str, session: str | None) -> str:
    return f"{known_by}-{session}" if session else known_by


def _conversation(sender: str, events: list[Record], *, place: int, native: str, is_whole: bool) -> Record:
    turns: list[Record] = []
    left_out: Counter[str] = Counter()
    actions: list[Record] = []
    for offset, event in enumerate(events):
        kind, role = event.get("event"), _role(event)
        if not isinstance(kind, str):
            raise RefusedRecordError(f"events[{place + offset}] has no name in `event`")
        if role is None:
            left_out[kind] += 1
            actions += [{"name": name} for name in [event.get("name")] if kind == "action" and _is_tool(name)]
            continue
        turn = _turn(event, role, f"events[{place + offset}]")
        if role == "assistant" and actions and is_whole:
            turn["tool_calls"] = actions
        actions = []
        turns.append(turn)
    spoken = [event for event in events if _role(event)]
    about = [an_object(event.get("metadata"), "metadata") for event in events]
    channel = next((event["input_channel"] for event in spoken if event.get("input_channel")), None)
    return known(
        conversation_id=native,
        user_id=sender,
        started_at=turns[0].get("created_at") if turns else utc_text(events[0].get("timestamp")),
        channel=channel,
        assistant_id=_said(about, "assistant_id"),
        config_version=_said(about, "model_id"),
        metadata={"left_out": dict(left_out)} if left_out and is_whole else None,
        turns=turns,
    )


def _session_name(started: Record) -> str:
    name = session_name(started)
    if name is None:
        raise RefusedRecordError("a `session_started` event has no `timestamp`")
    return name


def _turn(event: Record, role: str, where: str) -> Record:
    if event.get("timestamp") is None:
        raise RefusedRecordError(f"{where} has no `timestamp`")
    data = an_object(event.get("data"), f"{where}.data")
    parts = [_part(name, data[name]) for name in _PARTS if data.get(name)]
    return known(
        message_id=event.get("message_id"),
        role=role,
        content=event.get("text"),
        parts=parts or None,
        created_at=utc_text(event["timestamp"]),
    )


def _part(name: str, value: Any) -> Record:
    if name == "image" and isinstance(value, str):
        return {"type": "image", "url": value}
    return {"type": name, name: value}


def _is_tool(name: Any) -> bool:
    return isinstance(name, str) and bool(name) and not name.startswith(_NO_TOOLS)


def _said(about: list[Record], name: str) -> Any:
    return next((one[name] for one in about if one.get(name)), None)
