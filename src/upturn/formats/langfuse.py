"""Traces of Langfuse with their observations and scores: exports of the page and to blob storage, the API's JSON.

A conversation is the session, else the trace. Source: Langfuse's data model; its public API (`GET /api/public/traces`
and `/traces/{id}`); its fields of blob storage exports; OpenTelemetry attributes that its ingestion keeps in metadata.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from upturn.formats.exchanges import Exchange, told
from upturn.formats.instants import instant
from upturn.formats.message_parts import as_value
from upturn.formats.messages import read_messages
from upturn.formats.ratings import is_asked_of_users, opinion
from upturn.formats.registry import RefusedRecordError, SkippedRecord, Table, TableSet, log_format
from upturn.formats.span_attributes import flat_attributes
from upturn.formats.span_conversations import responses
from upturn.formats.span_messages import attribute, exchange_of
from upturn.formats.spans import Span

__all__ = ["langfuse"]

Record = dict[str, Any]

_KINDS: Final = {"GENERATION": "llm", "AGENT": "wrapper", "CHAIN": "wrapper", "SPAN": "wrapper"}
_AUTHORS: Final = {"ANNOTATION": "annotator", "API": "user"}
_TECHNICAL: Final = ("attributes", "resourceAttributes", "scope")
_USERS: Final = frozenset({"userid", "user_id", "user.id", "user", "langfuse_user_id", "enduser.id"})
_OBSERVED: Final = (
    "id", "trace_id", "environment", "type", "parent_observation_id", "start_time", "end_time", "metadata", "level",
    "input", "output", "provided_model_name", "usage_details", "prompt_name", "prompt_version", "updated_at",
    "user_id", "session_id", "trace_name", "tags", "release",
)  # fmt: skip
_TABLE_SET: Final = TableSet(
    (
        Table(
            "traces",
            ("id", "timestamp", "name", "environment", "metadata", "user_id", "session_id", "release", "version",
             "tags", "input", "output", "updated_at"),
        ),
        Table("observations", _OBSERVED),
        Table("observations_v2", _OBSERVED),
        Table(
            "scores",
            ("id", "timestamp", "trace_id", "observation_id", "session_id", "dataset_run_id", "name", "value", "source",
             "comment", "data_type", "string_value", "updated_at"),
        ),
    ),
    steps=("langfuse_observations", "langfuse_observed", "langfuse_traces", "langfuse_scores"),
    queries=("langfuse_records", "langfuse_other_scores", "langfuse_refused"),
    is_canonical=False,
    is_in_folders=True,
    enough=(("observations_v2",), ("traces", "observations")),
    beside=("manifests",),
)  # fmt: skip
_NO_NUMBER: Final = ("CATEGORICAL", "TEXT")
"""Kinds of scores whose `value` is the place of a category, or 0."""
_SIGNS: Final = frozenset({"projectId", "htmlPath", "sessionId", "scores", "totalCost"})


def _looks_like_langfuse(record: Record) -> bool:
    """Whether it is a trace with observations, or a page of such traces."""
    if isinstance(record.get("data"), list) and isinstance(record.get("meta"), dict):
        return any(isinstance(one, dict) and _is_trace(one) for one in record["data"])
    return (isinstance(record.get("trace"), dict) and isinstance(record.get("observations"), list)) or _is_trace(record)


def _is_trace(record: Record) -> bool:
    return isinstance(record.get("observations"), list) and "timestamp" in record and not _SIGNS.isdisjoint(record)


@log_format(
    "langfuse",
    description="Langfuse's traces with `observations` and `scores`; folders of a blob storage export",
    sniff=_looks_like_langfuse,
    is_trace=True,
    table_set=_TABLE_SET,
)
def langfuse(record: Record) -> Iterable[Record]:
    """Give the conversation that a trace belongs to, or each trace of a page.

    Raises
    ------
    RefusedRecordError
        If there is no trace, it has no id, or its messages can't be read.
    SkippedRecord
        If nothing was said in it and it names no session, or the page holds no trace.
    """
    if isinstance(record.get("data"), list):
        if record["data"] and not any(isinstance(one, dict) for one in record["data"]):
            raise RefusedRecordError("the page holds no trace")
        made = [_conversation(one, one.get("observations")) for one in record["data"] if isinstance(one, dict)]
    else:
        trace = record.get("trace", record)
        if not isinstance(trace, dict):
            raise RefusedRecordError("`trace` is no object")
        if "id" not in trace and isinstance(trace.get("scores"), list) and not record.get("observations"):
            return [_feedback_alone(trace)]
        made = [_conversation(trace, record.get("observations"))]
    found = [one for one in made if one is not None]
    if not found:
        raise SkippedRecord("traces without messages, of no session" if made else "a page without a trace")
    return found


def _conversation(trace: Record, observations: Any) -> Record | None:
    """Give what a trace tells; None where nothing was said in it and no session is named."""
    trace_id = trace.get("id")
    if not isinstance(trace_id, str) or not trace_id:
        raise RefusedRecordError("the trace has no `id`")
    listed = [one for one in observations if isinstance(one, dict)] if isinstance(observations, list) else []
    spans = [span for one in listed if (span := _exchange(one, trace_id)) is not None]
    if not any(span.has_messages for span in spans):
        spans += _of_trace(trace, trace_id, spans)
    session = trace.get("sessionId")
    turns = told(spans, has_all_spans=True, has_history=not session)
    record: Record = {"conversation_id": session or trace_id, "turns": [one.turn for one in turns]}
    record["started_at"] = trace.get("timestamp") or min((span.start.isoformat() for span in spans), default=None)
    given = {
        "user_id": trace.get("userId"),
        "assistant_id": trace.get("name"),
        "assistant_version": trace.get("release"),
        "config_version": trace.get("version") or next(_prompts(listed), None) or _model(listed),
    }
    record |= {name: value for name, value in given.items() if value not in (None, "")}
    raw = trace.get("scores")
    scores = [one for one in raw if isinstance(one, dict)] if isinstance(raw, list) else []
    places = responses(turns)
    feedback = [piece for one in scores if (piece := _feedback(one, places, is_session=bool(session))) is not None]
    if feedback:
        record["feedback"] = feedback
    elif not turns and not session:
        return None
    record["metadata"] = dict(_metadata(trace, trace_id, [one for one in scores if not _is_said(one)]))
    return record


def _feedback_alone(trace: Record) -> Record:
    """Give what people said of a session, where no trace of it is told."""
    session = trace.get("sessionId")
    scores = [one for one in trace["scores"] if isinstance(one, dict)]
    found = [piece for one in scores if (piece := _feedback(one, {}, is_session=False)) is not None]
    if not session:
        raise SkippedRecord("scores of no conversation")
    if not found:
        raise SkippedRecord("scores of a session that are no feedback of a person")
    return {"conversation_id": session, "feedback": found}


def _exchange(one: Record, trace_id: str) -> Exchange | None:
    """Give one observation: its own input and output, or what attributes in its metadata say better."""
    start, end = instant(one.get("startTime")), instant(one.get("endTime"))
    if start is None or not isinstance(one.get("id"), str):
        return None
    kind = _KINDS.get(str(one.get("type")), "other")
    parent = one.get("parentObservationId")
    told_here = Exchange(trace_id, one["id"], parent if isinstance(parent, str) else None, "other", start, end)
    if one.get("level") == "ERROR":
        told_here.error_type = "error"
    if kind == "other":
        return told_here
    told_here.kind = "llm" if kind == "llm" else "wrapper"
    told_here.inputs = read_messages(one.get("input"), role="user")
    told_here.outputs = read_messages(one.get("output"), role="assistant")
    told_here.is_structured = not isinstance(as_value(one.get("input")), str)
    if kind == "llm":
        _read_attributes(one, told_here)
        told_here.input_tokens, told_here.output_tokens = _usage(one)
    return told_here


def _read_attributes(one: Record, exchange: Exchange) -> None:
    """Take messages from OpenTelemetry attributes where the observation itself has none, or only text."""
    metadata = as_value(one.get("metadata"))
    given = as_value(metadata.get("attributes")) if isinstance(metadata, dict) else None
    if not isinstance(given, dict):
        return
    attributes = flat_attributes(given)
    exchange.error_type = attribute(attributes, "error.type") or exchange.error_type
    if exchange.inputs and exchange.outputs and not _is_text_of_objects(one.get("input")):
        return
    named = {**attributes, "gen_ai.operation.name": "chat"}
    span = Span(exchange.trace_id, exchange.span_id, exchange.parent_id, exchange.start, exchange.end, named)
    better = exchange_of(span)
    if better is not None:
        is_better = bool(better.inputs) and (not exchange.inputs or _is_text_of_objects(one.get("input")))
        exchange.inputs = better.inputs if is_better else exchange.inputs
        exchange.is_structured = better.is_structured if is_better else exchange.is_structured
        exchange.outputs = exchange.outputs or better.outputs


def _is_text_of_objects(given: Any) -> bool:
    """Whether messages came as text that only a program's printer made: a list of texts."""
    value = as_value(given)
    messages = value.get("messages") if isinstance(value, dict) else None
    return isinstance(messages, list) and bool(messages) and all(isinstance(one, str) for one in messages)


def _of_trace(trace: Record, trace_id: str, spans: list[Exchange]) -> Iterator[Exchange]:
    """Give the trace itself as what was said, where no observation holds messages."""
    start = instant(trace.get("timestamp"))
    if start is None:
        return
    ends = [span.end for span in spans if span.end is not None]
    exchange = Exchange(trace_id, f"trace:{trace_id}", None, "wrapper", start, max(ends, default=None))
    exchange.inputs = read_messages(trace.get("input"), role="user")
    exchange.outputs = read_messages(trace.get("output"), role="assistant")
    yield exchange


def _usage(one: Record) -> tuple[Any, Any]:
    """Give tokens in and out: `usageDetails`, else the older `usage` or the counts beside it."""
    boxes = [box for name in ("usageDetails", "usage") if isinstance(box := one.get(name), dict)]
    names = (("input", "promptTokens", "prompt_tokens"), ("output", "completionTokens", "completion_tokens"))
    found = [
        next((box[key] for box in (*boxes, one) for key in keys if _is_count(box.get(key))), None) for keys in names
    ]
    return found[0], found[1]


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _prompts(listed: list[Record]) -> Iterator[str]:
    """Give the versions of managed prompts, as `name:version`."""
    for one in listed:
        if isinstance(one.get("promptName"), str) and one.get("promptVersion") is not None:
            yield f"{one['promptName']}:{one['promptVersion']}"


def _model(listed: list[Record]) -> Any:
    """Give the model of the first request that names one."""
    requests = [one for one in listed if one.get("type") == "GENERATION" and one.get("model")]
    return min(requests, key=lambda one: str(one.get("startTime")), default={}).get("model")


def _is_of_person(score: Record) -> bool:
    source, label = score.get("source"), score.get("stringValue", score.get("value"))
    return source == "ANNOTATION" or (source == "API" and is_asked_of_users(score.get("name"), label))


def _opinion(score: Record) -> Record | None:
    if not _is_of_person(score):
        return None
    config = score.get("config")
    bounds = (config.get("minValue"), config.get("maxValue")) if isinstance(config, dict) else None
    value, said, comment = score.get("value"), score.get("stringValue"), score.get("comment")
    if score.get("dataType") == "TEXT":
        comment, said = comment or said, None
    return opinion(
        score.get("name"),
        value=None if score.get("dataType") in _NO_NUMBER else value,
        label=said if "stringValue" in score else value,
        comment=comment,
        bounds=bounds,
    )


def _is_said(score: Record) -> bool:
    said = _opinion(score)
    return said is not None and said["kind"] != "comment"


def _feedback(score: Record, places: dict[str, int], *, is_session: bool) -> Record | None:
    """Give a person's score: by whom, and about which response."""
    said = _opinion(score)
    if said is None:
        return None
    said |= {"author": _AUTHORS[score["source"]]}
    fields = (("feedback_id", "id"), ("created_at", "timestamp"), ("updated_at", "updatedAt"))
    said |= {ours: score[theirs] for ours, theirs in fields if score.get(theirs) is not None}
    place = places.get(str(score.get("observationId")))
    if place is None and is_session and score.get("sessionId") is None:
        place = max(places.values(), default=None)
    return said | ({"turn_index": place} if place is not None else {})


def _metadata(trace: Record, trace_id: str, scores: list[Record]) -> Iterator[tuple[str, Any]]:
    """Give what else is known of the trace; scores of models, and those whose scale is not known, as they are."""
    given = as_value(trace.get("metadata"))
    if isinstance(given, dict):
        yield from ((key, one) for key, one in given.items() if key not in _TECHNICAL and key.lower() not in _USERS)
    yield f"trace.{trace_id}", True
    for key in ("tags", "environment"):
        if trace.get(key):
            yield key, trace[key]
    if trace.get("leftOut"):
        yield f"left_out.{trace_id}", trace["leftOut"]
    if scores:
        keys = ("name", "value", "stringValue", "dataType", "source", "observationId")
        kept = [{key: score[key] for key in keys if score.get(key) is not None} for score in scores]
        notes = [score.get("comment") if not _is_of_person(score) else None for score in scores]
        yield (
            f"scores.{trace_id}",
            [one | ({"comment": note} if note else {}) for one, note in zip(kept, notes, strict=True)],
        )
