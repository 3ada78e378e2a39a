"""Spans as exporters write them, one shape for all: OTLP's JSON, SDKs' console output, Phoenix's rows, and log events.

Source: OpenTelemetry Protocol 1.x, JSON encoding of ExportTraceServiceRequest and ExportLogsServiceRequest (ids in hex,
64-bit numbers as text); `ReadableSpan.to_json` of the Python SDK; ConsoleSpanExporter of the JavaScript SDK; Arize
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

__all__ = [
    "Event",
    "Span",
    "attribute_names",
    "flat_attributes",
    "holds_spans",
    "is_openinference",
    "lone_event",
    "spans_of",
]

Attributes = dict[str, Any]

_SCALARS: Final = ("stringValue", "boolValue", "doubleValue", "bytesValue")
_OPENINFERENCE: Final = ("openinference.", "llm.input_messages", "llm.output_messages", "llm.token_count")
_SNIFFED: Final = 50
_EXPORTS: Final = (
    ("resourceSpans", ("scopeSpans", "instrumentationLibrarySpans"), "spans"),
    ("resource_spans", ("scope_spans",), "spans"),
    ("resourceLogs", ("scopeLogs",), "logRecords"),
    ("resource_logs", ("scope_logs",), "log_records"),
)
"""Names of the lists around spans and log events: of resources, of scopes, of spans."""
_DEPTH: Final = 30


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
        names |= _names(span.get("attributes"))
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
        for group in _objects(record.get(outer)):
            resource = group.get("resource")
            attributes = resource.get("attributes") if isinstance(resource, dict) else None
            for name in scopes:
                for scope in _objects(group.get(name)):
                    yield from ((span, attributes) for span in _objects(scope.get(inner)))


def _objects(values: Any) -> Iterator[dict[str, Any]]:
    return (value for value in values if isinstance(value, dict)) if isinstance(values, list) else iter(())


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
    attributes = _attributes(raw.get("attributes"))
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
        events=[_event(event) for event in _objects(raw.get("events"))],
        resource=_attributes(resource),
        annotations=_annotations(raw),
    )
    if name is not None:
        at = _first_instant(raw, ("timeUnixNano", "observedTimeUnixNano", "time_unix_nano", "timestamp"))
        span.start = span.end = at
        span.events = [Event(name, at, attributes, _value(raw.get("body")))]
    return span


def _annotations(raw: dict[str, Any]) -> list[Any]:
    return [one for name in ("annotations", "span_annotations") for one in _objects(raw.get(name))]


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
        given = _attributes(raw.get("attributes")).get("event.name")
    return given if isinstance(given, str) and given else None


def _event_names(raw: dict[str, Any]) -> Iterator[str]:
    return (event["name"] for event in _objects(raw.get("events")) if isinstance(event.get("name"), str))


def _event(raw: dict[str, Any]) -> Event:
    name = raw.get("name")
    at = _first_instant(raw, ("timeUnixNano", "time_unix_nano", "timestamp", "time"))
    return Event(name if isinstance(name, str) else "", at, _attributes(raw.get("attributes")))


def _names(given: Any) -> set[str]:
    if isinstance(given, dict):
        return set(flat_attributes(given))
    return {pair["key"] for pair in _objects(given) if isinstance(pair.get("key"), str)}


def _attributes(given: Any) -> Attributes:
    """Give attributes by full name, from an object (nested or not) or from OTLP's list of keys and values."""
    if isinstance(given, dict):
        return flat_attributes(given)
    plain: Attributes = {}
    is_flat = True
    for pair in given if isinstance(given, list) else ():
        if isinstance(pair, dict) and isinstance(key := pair.get("key"), str):
            plain[key] = value = _value(pair.get("value"))
            is_flat = is_flat and not isinstance(value, dict)
    return plain if is_flat else flat_attributes(plain)


def flat_attributes(given: dict[str, Any], before: str = "", depth: int = 0) -> Attributes:
    """Give attributes of nested objects by their full names, joined with dots."""
    flat: Attributes = {}
    for key, value in given.items():
        if isinstance(value, dict) and value and depth < _DEPTH:
            flat |= flat_attributes(value, f"{before}{key}.", depth + 1)
        else:
            flat[f"{before}{key}"] = value
    return flat


def _value(given: Any, depth: int = 0) -> Any:
    """Give the value of OTLP's AnyValue; what is none is itself."""
    if not isinstance(given, dict) or depth > _DEPTH:
        return given
    for name in _SCALARS:
        if name in given:
            return given[name]
    if "intValue" in given:
        return _number(given["intValue"])
    listed, pairs = given.get("arrayValue"), given.get("kvlistValue")
    if isinstance(listed, dict):
        values = listed.get("values")
        return [_value(value, depth + 1) for value in values] if isinstance(values, list) else []
    if isinstance(pairs, dict):
        inner = _objects(pairs.get("values"))
        return {pair["key"]: _value(pair.get("value"), depth + 1) for pair in inner if isinstance(pair.get("key"), str)}
    return given


def _number(given: Any) -> Any:
    """Give a 64-bit number, which OTLP's JSON writes as text."""
    try:
        return int(given)
    except (ValueError, TypeError, OverflowError):
        return given
