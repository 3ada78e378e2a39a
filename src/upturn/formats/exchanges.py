"""What the spans of traces say, as turns: each message once, although every request repeats those before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final, Literal, NamedTuple

__all__ = ["Exchange", "Told", "told"]

Turn = dict[str, Any]
Signature = tuple[Any, ...]

_NESTED_REQUESTS: Final = 100
"""How far around a request another is looked for that holds the same messages."""


@dataclass(slots=True)
class Exchange:
    """One span: what went in, what came out, and when."""

    trace_id: str
    span_id: str
    parent_id: str | None
    kind: Literal["llm", "wrapper", "other"]
    """llm: a model's request; wrapper: an agent or chain, which may repeat its requests' text; other: tools, search."""
    start: datetime
    end: datetime | None
    inputs: list[Turn] = field(default_factory=list)
    outputs: list[Turn] = field(default_factory=list)
    is_structured: bool = True
    """Whether the input came as messages, not as one text."""
    input_tokens: Any = None
    output_tokens: Any = None
    error_type: str | None = None

    @property
    def has_messages(self) -> bool:
        """Whether something was said in it."""
        return bool(self.inputs or self.outputs)


class Told(NamedTuple):
    """One turn, and the span that told it first."""

    at: datetime
    turn: Turn
    span_id: str
    trace_id: str
    is_response: bool


def told(exchanges: Iterable[Exchange], *, has_all_spans: bool, has_history: bool) -> list[Told]:
    """Give the turns that spans of one conversation tell, by time, each once.

    Turns come from the models' requests; where one lies within another, from the inner, unless only the outer holds
    messages. Of a request's messages those are new that follow the last assistant message which the trace, or the
    history that it began with, has told before. Agents and chains speak only where no request below them does.

    Parameters
    ----------
    exchanges : in any order, of any number of traces.
    has_all_spans : whether the traces are here as a whole: then an agent or chain without requests below it is what
        was said, and gives the answer to a request that recorded none. Otherwise those may lie in other records.
    has_history : whether nothing was said before: then a first request's history is told by nothing else.
    """
    traces: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        traces.setdefault(exchange.trace_id, []).append(exchange)
    found: list[Told] = []
    for spans in traces.values():
        found += _of_trace(_chosen(spans, has_all_spans=has_all_spans), has_history=has_history)
    found.sort(key=lambda one: one.at)
    return found


def _of_trace(chosen: list[Exchange], *, has_history: bool) -> Iterator[Told]:
    chosen.sort(key=lambda span: (span.start, span.span_id))
    seen: dict[Signature, int] = {}
    known: int | None = 0 if has_history else None
    for span in chosen:
        said = [place for place, turn in enumerate(span.inputs) if turn["role"] == "assistant"]
        known = len(said) if known is None else known
        cut = said[min(known, len(said)) - 1] + 1 if said and known else 0
        yield from _new(span, span.inputs, seen, cut=cut, at=span.start)
        known = max(known, len(said)) + sum(turn["role"] == "assistant" for turn in span.outputs)
        outputs = span.outputs
        if not outputs and span.error_type is not None and span.kind == "llm":
            outputs = [{"role": "assistant", "content": None}]
        yield from _responses(span, outputs, seen)


def _new(span: Exchange, turns: list[Turn], seen: dict[Signature, int], *, cut: int, at: datetime) -> Iterator[Told]:
    """Give the turns from `cut` on that were not seen as often before, and count all of them as seen.

    Their ids count from the last assistant turn: so they stay the same where the history before it is left out.
    """
    here: dict[Signature, int] = {}
    moment = at.isoformat()
    first = next((place + 1 for place in range(len(turns) - 1, -1, -1) if turns[place]["role"] == "assistant"), 0)
    for place, turn in enumerate(turns):
        mark = _signature(turn)
        here[mark] = here.get(mark, 0) + 1
        if place >= cut and here[mark] > seen.get(mark, 0):
            yield Told(at, _timed(span, turn, moment, f"in:{place - first}"), span.span_id, span.trace_id, False)
    for mark, count in here.items():
        seen[mark] = max(seen.get(mark, 0), count)


def _responses(span: Exchange, outputs: list[Turn], seen: dict[Signature, int]) -> Iterator[Told]:
    """Give what came out; a state that repeats what went in gives only what is new."""
    at = span.end or span.start
    if any(turn["role"] in ("user", "system") for turn in outputs):
        new = list(_new(span, outputs, seen, cut=0, at=at))
        turns = [one.turn for one in new]
    else:
        moment = at.isoformat()
        turns = [_timed(span, turn, moment, f"out:{place}") for place, turn in enumerate(outputs)]
        for turn in outputs:
            mark = _signature(turn)
            seen[mark] = seen.get(mark, 0) + 1
    last = next((turn for turn in reversed(turns) if turn["role"] == "assistant"), None)
    if last is not None:
        if span.end is not None and span.end >= span.start:
            last["latency_ms"] = round((span.end - span.start).total_seconds() * 1000, 3)
        last |= {
            name: value
            for name in ("input_tokens", "output_tokens", "error_type")
            if (value := getattr(span, name)) is not None
        }
    yield from (Told(at, turn, span.span_id, span.trace_id, turn is last) for turn in turns)


def _timed(span: Exchange, turn: Turn, moment: str, place: str) -> Turn:
    """Give a turn with its time and an id that stays the same when the span is exported again."""
    return {"message_id": f"{span.span_id}:{place}", **turn, "created_at": moment}


def _signature(turn: Turn) -> Signature:
    called, parts = turn.get("tool_calls"), turn.get("parts")
    calls = tuple([call["name"] for call in called]) if called else ()
    return (turn["role"], turn.get("content") or "", calls, str(parts) if parts else "")


def _chosen(spans: list[Exchange], *, has_all_spans: bool) -> list[Exchange]:
    """Give the spans that speak, once for each exchange."""
    requests = [span for span in spans if span.kind == "llm" and (span.has_messages or span.error_type is not None)]
    if len(spans) == 1 and (requests or not has_all_spans):
        return requests
    by_id = {span.span_id: span for span in spans}
    silent: set[str] = set()
    for span in requests:
        for outer in islice(_ancestors(span, by_id), _NESTED_REQUESTS):
            if outer.kind == "llm" and outer.has_messages:
                silent.add(outer.span_id if span.is_structured or not outer.is_structured else span.span_id)
    chosen = [span for span in requests if span.span_id not in silent]
    if not has_all_spans:
        return chosen
    wrappers = [span for span in spans if span.kind == "wrapper" and span.has_messages]
    if not chosen:
        ids = {span.span_id for span in wrappers}
        return [span for span in wrappers if not any(outer.span_id in ids for outer in _ancestors(span, by_id))]
    last = max(chosen, key=lambda span: (span.start, span.span_id))
    if not last.outputs and last.error_type is None and (reply := _reply(wrappers, last)) is not None:
        chosen.append(reply)
    return chosen


def _reply(wrappers: list[Exchange], last: Exchange) -> Exchange | None:
    """Give the answer of the agent around a request of which no output was recorded."""
    after = [span for span in wrappers if span.outputs and span.end is not None and span.end >= last.start]
    after = [span for span in after if span.outputs[-1]["role"] == "assistant"]
    if not after:
        return None
    best = max(after, key=lambda span: (span.is_structured, span.end, span.span_id))
    at = best.end or best.start
    return Exchange(best.trace_id, best.span_id, best.parent_id, "llm", at, None, outputs=best.outputs[-1:])


def _ancestors(span: Exchange, by_id: dict[str, Exchange]) -> Iterator[Exchange]:
    """Give the spans around a span that are known, from the inside; a circle ends."""
    passed = {span.span_id}
    while span.parent_id in by_id and span.parent_id not in passed:
        span = by_id[span.parent_id]
        passed.add(span.span_id)
        yield span
