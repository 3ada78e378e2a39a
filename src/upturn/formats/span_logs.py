"""Log events that files hold one a record: those of one span make sense only together, as its request."""

from __future__ import annotations

from typing import Any, Final

import orjson

from upturn.formats.reading import RawChunk
from upturn.formats.spans import lone_event

__all__ = ["gathered"]

_TELLING: Final = (b'"eventName"', b'"event_name"', b'"event.name"')


def gathered(chunk: RawChunk) -> RawChunk:
    """Give a chunk in which the log events of each span are one record, at the place of the first of them.

    Each request tells all messages so far, an event for each: only beside the others can be told which are new. Other
    records, such as spans and exports of several, stay what they are; so does what can't be parsed.

    Returns
    -------
    The chunk itself where it holds no two such events of one span.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    events: dict[int, tuple[dict[str, Any], Any]] = {}
    for place, text in enumerate(chunk.texts):
        if not any(name in text for name in _TELLING):
            continue
        try:
            record = orjson.loads(text)
        except orjson.JSONDecodeError:
            continue
        found = lone_event(record) if isinstance(record, dict) else None
        if found is not None:
            span, event, resource = found
            groups.setdefault(span, []).append(place)
            events[place] = event, resource
    several = {places[0]: places for places in groups.values() if len(places) > 1}
    if not several:
        return chunk
    later = {place for places in several.values() for place in places[1:]}
    kept = [place for place in range(len(chunk.texts)) if place not in later]
    texts = [
        _export([events[one] for one in several[place]]) if place in several else chunk.texts[place] for place in kept
    ]
    return RawChunk([chunk.lines[place] for place in kept], texts, chunk.breaks)


def _export(events: list[tuple[dict[str, Any], Any]]) -> bytes:
    """Give log events as OTLP exports them, each under its own resource."""
    groups = [
        {"resource": {"attributes": resource}, "scopeLogs": [{"logRecords": [event]}]} for event, resource in events
    ]
    return orjson.dumps({"resourceLogs": groups})
