"""Spans of one record become canonical records, one per conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from upturn.formats.exchanges import Told, told
from upturn.formats.registry import RefusedRecordError, SkippedRecord
from upturn.formats.span_messages import attribute, exchange_of
from upturn.formats.spans import Span, holds_spans, spans_of

__all__ = ["ASKED_MODEL", "CONVERSATION", "USER", "conversations_of", "responses"]

Record = dict[str, Any]

_ASSOCIATED: Final = "traceloop.association.properties."
CONVERSATION: Final = (
    "gen_ai.conversation.id", "session.id", "langfuse.session.id", "gen_ai.thread.id", f"{_ASSOCIATED}conversation_id",
    f"{_ASSOCIATED}thread_id", f"{_ASSOCIATED}session_id", f"{_ASSOCIATED}chat_id",
)  # fmt: skip
"""Attributes that name the conversation, the first that is there."""
USER: Final = ("user.id", "enduser.id", "langfuse.user.id", f"{_ASSOCIATED}user_id", "enduser.pseudo.id")
"""Attributes that name the user."""
ASKED_MODEL: Final = ("gen_ai.request.model", "llm.model_name", "gen_ai.response.model", "llm.request.model")
"""Attributes that name the model."""
_FIELDS: Final = {
    "user_id": USER,
    "assistant_id": ("gen_ai.agent.name", "gen_ai.agent.id", "agent.name"),
    "assistant_version": ("gen_ai.agent.version",),
    "config_version": ("gen_ai.prompt.version", "llm.prompt_template.version", *ASKED_MODEL),
}
_UNNAMED: Final = "unknown_service"


def conversations_of(
    record: Record, *, beside: Callable[[list[Span], dict[str, int]], Record] | None = None
) -> list[Record]:
    """Give a record per conversation: turns, users, assistants, and what `beside` makes of its spans.

    A span without a conversation's id takes that of its trace, else the trace is the conversation.

    Parameters
    ----------
    record : spans of any number of traces, or one.
    beside : gives other fields, from the spans of a conversation and the place of each span's response among its turns.

    Raises
    ------
    RefusedRecordError
        If none of its spans can be read, or nothing was said in those that can and one of them has no time.
    SkippedRecord
        If nothing was said in them and they name no conversation: HTTP calls, searches and tools of others' traces.
    """
    spans = spans_of(record)
    if not spans:
        if holds_spans(record) is False:
            raise SkippedRecord("an export without a span")
        raise RefusedRecordError("no span with ids of itself and of its trace")
    names: dict[str, str] = {}
    own = [_named(span) for span in spans]
    count: dict[str, int] = {}
    for span, name in zip(spans, own, strict=True):
        count[span.trace_id] = count.get(span.trace_id, 0) + 1
        if name is not None:
            names.setdefault(span.trace_id, name)
    grouped: dict[str, list[Span]] = {}
    for span, name in zip(spans, own, strict=True):
        grouped.setdefault(name or names.get(span.trace_id) or span.trace_id, []).append(span)
    records = []
    for conversation_id, group in grouped.items():
        made = _record(conversation_id, group, count, beside)
        if made["turns"] or made.get("feedback") or (conversation_id in own and made.get("started_at")):
            records.append(made)
    if not records:
        if any(span.start is None and span.end is None for span in spans):
            raise RefusedRecordError("a span has no time")
        read = (exchange_of(span) for span in spans)
        if any(exchange is not None and exchange.kind == "llm" for exchange in read):
            raise SkippedRecord("requests to a model without recorded messages, of no named conversation")
        raise SkippedRecord("spans without messages, of no named conversation")
    return records


def responses(turns: list[Told]) -> dict[str, int]:
    """Give the place of each span's response among the turns, by the span's id."""
    return {one.span_id: place for place, one in enumerate(turns) if one.is_response}


def _record(
    conversation_id: str,
    spans: list[Span],
    count: dict[str, int],
    beside: Callable[[list[Span], dict[str, int]], Record] | None,
) -> Record:
    read = (exchange_of(span, is_alone=count[span.trace_id] == 1) for span in spans)
    found = [exchange for exchange in read if exchange is not None]
    turns = told(found, has_all_spans=False, has_history=False)
    record: Record = {"conversation_id": conversation_id, "turns": [one.turn for one in turns]}
    if found:
        record["started_at"] = min(exchange.start for exchange in found).isoformat()
    ordered = spans
    if len(spans) > 1:
        ordered = sorted(spans, key=lambda one: (one.parent_id is not None, one.start.timestamp() if one.start else 0))
    for name, attributes in _FIELDS.items():
        value = _first_given(ordered, attributes)
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            record[name] = value
    service = next((span.resource for span in spans if span.resource), {})
    for name, key in (("assistant_id", "service.name"), ("assistant_version", "service.version")):
        value = service.get(key)
        if isinstance(value, str) and value and not value.startswith(_UNNAMED):
            record.setdefault(name, value)
    record["metadata"] = {f"trace.{name}": True for name in sorted({span.trace_id for span in spans})}
    extra = beside(spans, responses(turns)) if beside else {}
    record["metadata"] |= extra.pop("metadata", {})
    return record | extra


def _first_given(spans: list[Span], names: tuple[str, ...]) -> Any:
    for span in spans:
        if (given := attribute(span.attributes, *names)) is not None:
            return given
    return None


def _named(span: Span) -> str | None:
    value = attribute(span.attributes, *CONVERSATION)
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
