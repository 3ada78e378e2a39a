"""Amazon Connect: chat transcripts, Contact Lens' analysis files and its real-time segments.

Source: Amazon Connect's administrator guide (chat transcripts, Contact Lens output files and segment streams) and API
reference (`Item`, `RealTimeContactAnalysisSegmentTranscript`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from upturn.formats.raw_fields import an_object, known, objects, text_of
from upturn.formats.registry import RefusedRecordError, log_format

__all__ = ["amazon_connect"]

Record = dict[str, Any]

_ROLES: Final = {
    "CUSTOMER": "user",
    "AGENT": "agent",
    "SUPERVISOR": "agent",
    "CUSTOM_BOT": "assistant",
    "SYSTEM": "system",
}
_BOT: Final = "BOT"
"""Display name under which a Lex bot speaks in the role SYSTEM; a flow's own prompts have another."""
_CHANNELS: Final = {"CHAT": "chat", "VOICE": "phone", "EMAIL": "email"}
_SEGMENTS: Final = ("Transcript", "Attachments", "Event", "Categories", "Issues", "PostContactSummary", "Utterance")
_ENDED: Final = "chat.ended"


@dataclass(frozen=True)
class _Item:
    """A message, attachment or event, whatever file it came from."""

    kind: str
    """MESSAGE, ATTACHMENT, EVENT, or the name of another segment."""
    body: Record
    where: str

    @property
    def time(self) -> Any:
        time = an_object(self.body.get("Time"), f"{self.where}.Time").get("AbsoluteTime")
        return self.body.get("AbsoluteTime", time)


def _looks_like_connect(record: Record) -> bool:
    """Whether there is a transcript of participants, or a list of segments."""
    spoken, segments = record.get("Transcript"), record.get("Segments")
    if isinstance(spoken, list) and any(isinstance(item, dict) and "ParticipantId" in item for item in spoken):
        return True
    return isinstance(segments, list) and any(isinstance(one, dict) and _segment(one) for one in segments)


@log_format(
    "amazon_connect",
    description="Amazon Connect chat transcripts, Contact Lens analysis files and real-time segments",
    sniff=_looks_like_connect,
)
def amazon_connect(record: Record) -> Iterable[Record]:
    """Give the contact, or what a stream of segments adds to it. Display names are left out.

    Raises
    ------
    RefusedRecordError
        If there is no `ContactId`, nothing was said in a known role, or an item is no object.
    """
    native = an_object(record.get("CustomerMetadata"), "CustomerMetadata").get("ContactId") or record.get("ContactId")
    if native is None:
        raise RefusedRecordError("no `ContactId`, beside the transcript or in `CustomerMetadata`")
    roles = {
        text_of(one.get("ParticipantId")): one.get("ParticipantRole")
        for one in objects(record.get("Participants"), "Participants")
    }
    turns: list[Record] = []
    left_out: Counter[str] = Counter()
    ended = None
    for item in _items(record):
        if item.kind in ("MESSAGE", "ATTACHMENT"):
            turns.append(_turn(item, roles))
            continue
        name = _event(item)
        left_out[name] += 1
        ended = item.time if name == _ENDED else ended
    categories = an_object(record.get("Categories"), "Categories").get("MatchedCategories")
    about = known(
        locale=record.get("LanguageCode"),
        initial_contact_id=record.get("InitialContactId"),
        categories=categories or None,
        left_out=dict(left_out) or None,
    )
    channel = record.get("Channel")
    yield known(
        conversation_id=native,
        channel=_CHANNELS.get(channel) if isinstance(channel, str) else "chat",
        started_at=turns[0].get("created_at") if turns else None,
        ended_at=ended,
        metadata=about or None,
        turns=turns,
    )


def _items(record: Record) -> Iterator[_Item]:
    for place, body in enumerate(objects(record.get("Transcript"), "Transcript")):
        yield _Item(text_of(body.get("Type")) or "MESSAGE", body, f"Transcript[{place}]")
    for place, segment in enumerate(objects(record.get("Segments"), "Segments")):
        where = f"Segments[{place}]"
        name = _segment(segment)
        if name is None:
            raise RefusedRecordError(f"{where} is of no known kind: expected one of {', '.join(_SEGMENTS)}")
        kind = {"Transcript": "MESSAGE", "Attachments": "ATTACHMENT", "Event": "EVENT"}.get(name, name)
        yield _Item(kind, an_object(segment[name], f"{where}.{name}"), f"{where}.{name}")


def _segment(segment: Record) -> str | None:
    return next((name for name in _SEGMENTS if name in segment), None)


def _event(item: _Item) -> str:
    """Give a name to count an event by: `chat.ended`, `participant.joined`, or the kind of segment."""
    kind = item.body.get("ContentType", item.body.get("EventType"))
    return kind.rpartition("connect.event.")[2] if item.kind == "EVENT" and isinstance(kind, str) else item.kind


def _turn(item: _Item, roles: dict[str | None, Any]) -> Record:
    body = item.body
    speaker = text_of(body.get("ParticipantId"))
    told = body.get("ParticipantRole") or roles.get(speaker) or speaker
    role = _ROLES.get(told) if isinstance(told, str) else None
    if role is None:
        raise RefusedRecordError(f"{item.where}.ParticipantRole is not known: expected one of {', '.join(_ROLES)}")
    if told == "SYSTEM" and body.get("DisplayName") == _BOT:
        role = "assistant"
    attached = [_attachment(one) for one in objects(body.get("Attachments"), f"{item.where}.Attachments")]
    content, part = _spoken(body)
    return known(
        message_id=body.get("Id"),
        role=role,
        content=content,
        parts=(attached + part) or None,
        created_at=item.time,
    )


def _attachment(attached: Record) -> Record:
    return {
        "type": "attachment",
        **known(
            name=attached.get("AttachmentName"),
            content_type=attached.get("ContentType"),
            id=attached.get("AttachmentId"),
        ),
    }


def _spoken(body: Record) -> tuple[Any, list[Record]]:
    """Give the text of a message; of a menu or an answer to one, its title, and the whole as a part."""
    content, kind = body.get("Content"), body.get("ContentType")
    if not isinstance(kind, str) or not kind.startswith("application/vnd.amazonaws.connect.message.interactive"):
        return content, []
    try:
        menu = orjson.loads(content) if isinstance(content, str) else None
    except orjson.JSONDecodeError:
        return content, []
    inner = menu
    for name in ("data", "content"):
        inner = inner.get(name) if isinstance(inner, dict) else None
    title = inner.get("title") if isinstance(inner, dict) else None
    return (title if isinstance(title, str) else None), [{"type": "interactive", "interactive": menu}]
