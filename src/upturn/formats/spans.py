"""Spans as exporters write them, one shape for all: OTLP's JSON, SDKs' console output, Phoenix's rows, and log events.

Source: OpenTelemetry Protocol 1.x, JSON encoding of ExportTraceServiceRequest and ExportLogsServiceRequest (ids in
hex); `ReadableSpan.to_json` of the Python SDK; ConsoleSpanExporter of the JavaScript SDK; Arize
Phoenix's spans as JSON and as data frame rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from upturn.formats.instants import instant
from upturn.formats.span_attributes import Attributes, attributes_of, flat_attributes, names_of, objects_of, value_of

__all__ = [
    "Event",
    "Span",
    "attribute_names",
    "holds_spans",
    "is_openinference",
    "lone_event",
    "spans_of",
]

_OPENINFERENCE: Final = ("openinference.", "llm.input_messages", "llm.output_messages", "llm.token_count")
_SNIFFED: Final = 50
_EXPORTS: Final = (
    ("resourceSpans", ("scopeSpans", "instrumentationLibrarySpans"), "spans"),
    ("resource_spans", ("scope_spans",), "spans"),
    ("resourceLogs", ("scopeLogs",), "logRecords"),
    ("resource_logs", ("scope_logs",), "log_records"),
)
"""Names of the lists around spans and log events: of resources, of scopes, of spans."""


@dataclass(slots=True)
class Event:
    """Something that happened within a span."""

    name: str
    at: datetime | None
    attributes: Attributes
    body: Any = None


@dataclass(slots=True)
class Span:
    """One operation, its attributes by their full names."""

    trace_id: str
    span_id: str
    parent_id: str | None
    start: datetime | None
    end: datetime | None
    attributes: Attributes
    is_remote: bool = False
    """Whether it is a client's side of a call to another system."""
    has_failed: bool = False
    events: list[Event] = field(default_factory=list)
    resource: Attributes = field(default_factory=dict)
    annotations: list[Any] = field(default_factory=list)


def attribute_names(record: dict[str, Any]) -> set[str]:
    """Give names of attributes and events of the first spans of a record; none where it holds no spans."""
    names: set[str] = set()
    for place, raw in enumerate(_raw_spans(record)):
        if place >= _SNIFFED:
            break
        span, _ = raw
        names |= names_of(span.get("attributes"))
        names |= {"openinference.span.kind"} if isinstance(span.get("span_kind"), str) else set()
        names |= {key.removeprefix("attributes.") for key in span if key.startswith("attributes.")}
        names |= {f"event:{name}" for name in (_event_name(span), *_event_names(span)) if name}
    return names


def is_openinference(names: set[str]) -> bool:
    """Whether attributes are named by OpenInference: such spans may hold names of other conventions beside."""
    return any(name.startswith(_OPENINFERENCE) for name in names)


def spans_of(record: dict[str, Any]) -> list[Span]:
    """Give the spans that a record holds; log events of one span are its events. What is no span is left out."""
    found: list[Span] = []
    of_logs: dict[tuple[str, str], Span] = {}
    for raw, resource in _raw_spans(record):
        span = _span(raw, resource)
        if span is None:
            continue
        key = (span.trace_id, span.span_id)
        if _event_name(raw) is None:
            found.append(span)
        elif key in of_logs:
            of_logs[key].events += span.events
            of_logs[key].attributes |= span.attributes
        else:
            of_logs[key] = span
    return found + list(of_logs.values())


def holds_spans(record: dict[str, Any]) -> bool | None:
    """Whether there is a span or log event in a record, readable or not; None where it is no export of any."""
    if next(_raw_spans(record), None) is not None:
        return True
    return False if any(isinstance(record.get(outer), list) for outer, _, _ in _EXPORTS) else None


def lone_event(record: dict[str, Any]) -> tuple[tuple[str, str], dict[str, Any], Any] | None:
    """Give trace and span, the log event and its resource's attributes of a record that holds one log event only.

    None for any other: spans, exports of several events, what is no export.
    """
    raw = list(islice(_raw_spans(record), 2))
    if len(raw) != 1 or _event_name(raw[0][0]) is None:
        return None
    event, resource = raw[0]
    span = _span(event, None)
    return ((span.trace_id, span.span_id), event, resource) if span else None


def _raw_spans(record: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    """Give raw spans and log records with the attributes of their resource."""
    if _is_span(record):
        resource = record.get("resource")
        yield record, resource.get("attributes") if isinstance(resource, dict) else None
        return
    for outer, scopes, inner in _EXPORTS:
        for group in objects_of(record.get(outer)):
            resource = group.get("resource")
            attributes = resource.get("attributes") if isinstance(resource, dict) else None
            for name in scopes:
                for scope in objects_of(group.get(name)):
                    yield from ((span, attributes) for span in objects_of(scope.get(inner)))


def _is_span(record: dict[str, Any]) -> bool:
    """Whether a record is one span: ids of a span and of its trace, and attributes."""
    context = record.get("context")
    has_ids = (
        (isinstance(context, dict) and "span_id" in context)
        or ("context.span_id" in record)
        or ("spanId" in record and "traceId" in record)
        or ("span_id" in record and "trace_id" in record)
        or ("id" in record and "traceId" in record and "timestamp" in record)
    )
    return has_ids and (
        isinstance(record.get("attributes"), (dict, list)) or any(key.startswith("attributes.") for key in record)
    )


def _span(raw: dict[str, Any], resource: Any) -> Span | None:
    context = raw.get("context") if isinstance(raw.get("context"), dict) else raw.get("spanContext")
    ids = context if isinstance(context, dict) else raw
    trace_id = _hex(ids.get("trace_id", ids.get("traceId", raw.get("context.trace_id"))))
    span_id = _hex(ids.get("span_id", ids.get("spanId", raw.get("context.span_id", raw.get("id")))))
    attributes = attributes_of(raw.get("attributes"))
    for key, value in raw.items():
        if key.startswith("attributes.") and value is not None:
            attributes |= flat_attributes({key.removeprefix("attributes."): value})
    name = _event_name(raw)
    if not trace_id or not (span_id or name):
        return None
    kind = raw.get("kind")
    status = raw.get("status")
    code = status.get("code", status.get("status_code")) if isinstance(status, dict) else raw.get("status_code", status)
    start = _first_instant(raw, ("startTimeUnixNano", "start_time_unix_nano", "start_time", "startTime", "timestamp"))
    if isinstance(raw.get("span_kind"), str):
        attributes.setdefault("openinference.span.kind", raw["span_kind"])
    span = Span(
        trace_id,
        span_id or trace_id,
        _parent(raw),
        start,
        _end(raw, start),
        attributes,
        is_remote=kind == 3 or (isinstance(kind, str) and kind.upper().endswith("CLIENT")),
        has_failed=code == 2 or (isinstance(code, str) and code.upper().endswith("ERROR")),
        events=[_event(event) for event in objects_of(raw.get("events"))],
        resource=attributes_of(resource),
        annotations=_annotations(raw),
    )
    if name is not None:
        at = _first_instant(raw, ("timeUnixNano", "observedTimeUnixNano", "time_unix_nano", "timestamp"))
        span.start = span.end = at
        span.events = [Event(name, at, attributes, value_of(raw.get("body")))]
    return span


def _annotations(raw: dict[str, Any]) -> list[Any]:
    return [one for name in ("annotations", "span_annotations") for one in objects_of(raw.get(name))]


def _parent(raw: dict[str, Any]) -> str | None:
    context = raw.get("parentSpanContext")
    given = context.get("spanId") if isinstance(context, dict) else None
    for name in ("parentSpanId", "parent_span_id", "parent_id", "parentId"):
        given = given or raw.get(name)
    return _hex(given) or None


def _hex(value: Any) -> str:
    """Give an id as text; the Python SDK writes `0x` before it."""
    return value.removeprefix("0x") if isinstance(value, str) and len(value) <= 256 else ""


def _first_instant(raw: dict[str, Any], names: tuple[str, ...]) -> datetime | None:
    for name in names:
        if name in raw and (found := instant(raw[name])) is not None:
            return found
    return None


def _end(raw: dict[str, Any], start: datetime | None) -> datetime | None:
    end = _first_instant(raw, ("endTimeUnixNano", "end_time_unix_nano", "end_time", "endTime"))
    duration = raw.get("duration")
    if end is None and start is not None and isinstance(duration, (int, float)) and not isinstance(duration, bool):
        with suppress(OverflowError, ValueError):
            return start + timedelta(microseconds=duration)
    return end


def _event_name(raw: dict[str, Any]) -> str | None:
    """Give the name of a log event, None for a span."""
    given = raw.get("eventName", raw.get("event_name"))
    if not isinstance(given, str) and ("body" in raw or "timeUnixNano" in raw):
        given = attributes_of(raw.get("attributes")).get("event.name")
    return given if isinstance(given, str) and given else None


def _event_names(raw: dict[str, Any]) -> Iterator[str]:
    return (event["name"] for event in objects_of(raw.get("events")) if isinstance(event.get("name"), str))


def _event(raw: dict[str, Any]) -> Event:
    name = raw.get("name")
    at = _first_instant(raw, ("timeUnixNano", "time_unix_nano", "timestamp", "time"))
    return Event(name if isinstance(name, str) else "", at, attributes_of(raw.get("attributes")))
