"""Runs of LangSmith: a tree with `child_runs`, batches of `post` and `patch`, one run an object, and feedback.

A conversation is the thread that metadata names, else the trace. Source: LangSmith's run and feedback data formats, its
threads (metadata `session_id`, `thread_id`, `conversation_id`), and the batches that its SDKs send.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, Literal

from upturn.formats.exchanges import Exchange, told
from upturn.formats.instants import instant
from upturn.formats.message_parts import as_value
from upturn.formats.messages import read_messages
from upturn.formats.ratings import is_asked_of_users, opinion
from upturn.formats.registry import RefusedRecordError, SkippedRecord, log_format
from upturn.formats.span_conversations import responses

__all__ = ["langsmith"]

Record = dict[str, Any]

_KINDS: Final[dict[str, Literal["llm", "wrapper"]]] = {"llm": "llm", "chain": "wrapper", "agent": "wrapper"}
_THREADS: Final = ("session_id", "thread_id", "conversation_id")
_AUTHORS: Final = {"api": "user", "app": "annotator"}
_TIMED_ID: Final = re.compile(r"(\d{8}T\d{6})(\d{6})Z([0-9a-fA-F-]{36})")
_ERROR: Final = re.compile(r"([A-Za-z_][\w.]{0,99})\s*[(:]")
_MAYBE_TEXT: Final = ("extra", "metadata", "inputs", "outputs", "feedback", "feedback_stats", "tags", "child_run_ids")
"""Fields that exports to tables hold as JSON text."""
_MAX_DEPTH: Final = 100


def _looks_like_langsmith(record: Record) -> bool:
    """Whether it is a run, a batch of runs, or feedback on a run."""
    batches = [record[name] for name in ("post", "patch") if isinstance(record.get(name), list)]
    if batches:
        return any(isinstance(run, dict) and "dotted_order" in run for batch in batches for run in batch)
    return _is_run(record) or _is_feedback(record)


def _is_run(record: Record) -> bool:
    return isinstance(record.get("run_type"), str) and ("inputs" in record or "trace_id" in record)


def _is_feedback(record: Record) -> bool:
    return "run_id" in record and isinstance(record.get("key"), str) and ("score" in record or "value" in record)


@log_format(
    "langsmith",
    description="LangSmith's runs (trees, `post`/`patch` batches, one a line) and feedback",
    sniff=_looks_like_langsmith,
    is_trace=True,
)
def langsmith(record: Record) -> Iterable[Record]:
    """Give what a run, a tree or a batch of runs, or a piece of feedback tells of each conversation.

    Raises
    ------
    RefusedRecordError
        If it is none of these, or a run has no id or no time.
    SkippedRecord
        If nothing was said and no thread is named: an outermost run without its tree, a tool, a score of a model.
    """
    if _is_feedback(record):
        return (_late_feedback(record),)
    runs = list(_runs(record))
    if not runs:
        raise SkippedRecord("a batch without a run")
    traces: dict[str, list[Record]] = {}
    for run in runs:
        traces.setdefault(str(run["trace_id"]), []).append(run)
    is_tree = isinstance(record.get("child_runs"), list)
    records = [made for of_trace in traces.values() if (made := _conversation(of_trace, is_tree=is_tree)) is not None]
    if not records:
        raise SkippedRecord(_why_silent(runs))
    return records


def _runs(record: Record) -> Iterator[Record]:
    """Give runs with id, trace and parent; of a batch, patches over what they change."""
    if not isinstance(record.get("post"), list) and not isinstance(record.get("patch"), list):
        yield from _flattened(record, 0)
        return
    known: dict[str, Record] = {}
    for name in ("post", "patch"):
        given = record.get(name)
        for raw in given if isinstance(given, list) else ():
            for run in _flattened(raw, 0):
                before = known.setdefault(run["id"], {"parent_run_id": None, "start_time": None})
                before |= {key: value for key, value in run.items() if value is not None}
    yield from known.values()


def _flattened(raw: Any, depth: int) -> Iterator[Record]:
    """Give a run and the runs below it."""
    if not isinstance(raw, dict) or depth > _MAX_DEPTH:
        raise RefusedRecordError("a run is no object, or nested too deeply")
    raw = raw | {name: as_value(raw[name]) for name in _MAYBE_TEXT if isinstance(raw.get(name), str)}
    order = raw.get("dotted_order")
    steps = _TIMED_ID.findall(order) if isinstance(order, str) and len(order) < 10_000 else []
    run_id = raw.get("id") or (steps[-1][2] if steps else None)
    if not isinstance(run_id, str):
        raise RefusedRecordError("a run has no `id`")
    parent = raw.get("parent_run_id") or (steps[-2][2] if len(steps) > 1 else None)
    at = steps[-1] if steps else None
    yield {
        **raw,
        "id": run_id,
        "trace_id": raw.get("trace_id") or (steps[0][2] if steps else run_id),
        "parent_run_id": parent if isinstance(parent, str) else None,
        "start_time": raw.get("start_time") or (f"{at[0]}.{at[1][:3]}" if at else None),
    }
    for child in raw["child_runs"] if isinstance(raw.get("child_runs"), list) else ():
        for run in _flattened(child, depth + 1):
            yield run | {
                "parent_run_id": run["parent_run_id"] or run_id,
                "trace_id": raw.get("trace_id") or run["trace_id"],
            }


def _conversation(runs: list[Record], *, is_tree: bool) -> Record | None:
    """Give what the runs of one trace tell; None where nothing was said and no thread is named."""
    root = next((run for run in runs if run["parent_run_id"] is None), None)
    thread = next((name for run in runs if (name := _thread(run)) is not None), None)
    spans = [_exchange(run) for run in runs]
    has_all_spans = root is not None and (is_tree or _is_alone(root))
    turns = told(spans, has_all_spans=has_all_spans, has_history=root is not None and thread is None)
    if not turns and thread is None and not any(run.get("feedback") for run in runs):
        return None
    first = root or runs[0]
    given = {
        "user_id": _metadata_of(first).get("user_id"),
        "assistant_id": first.get("session_name"),
        "assistant_version": _metadata_of(first).get("revision_id"),
        "config_version": next((model for run in runs if (model := _model(run)) is not None), None),
    }
    record: Record = {name: value for name, value in given.items() if value not in (None, "")}
    record["conversation_id"] = thread or str(first["trace_id"])
    record["turns"] = [one.turn for one in turns]
    record["started_at"] = min(span.start for span in spans).isoformat()
    places = responses(turns)
    pieces = [piece for run in runs for piece in _objects(run.get("feedback"))]
    feedback = [(piece, _opinion(piece)) for piece in pieces]
    kept = [_placed(piece, said, places) for piece, said in feedback if said is not None]
    if kept:
        record["feedback"] = kept
    record["metadata"] = dict(_metadata(runs, [piece for piece, said in feedback if said is None]))
    return record


def _why_silent(runs: list[Record]) -> str:
    """Say what kind of runs told nothing of a conversation."""
    kinds = {_KINDS.get(str(run.get("run_type", "llm"))) for run in runs}
    if "llm" in kinds:
        return "a request to a model without recorded messages"
    if "wrapper" in kinds:
        return "an outermost run without the requests below it: export these, or whole trees"
    return "runs without messages, of no named thread"


def _is_alone(root: Record) -> bool:
    """Whether a run without its children in the record has none: it says so, or no tokens were used below it."""
    return root.get("child_run_ids") == [] or root.get("total_tokens") == 0


def _exchange(run: Record) -> Exchange:
    start, end = instant(run["start_time"]), instant(run.get("end_time"))
    if start is None:
        raise RefusedRecordError("a run has no `start_time` and no `dotted_order` that tells it")
    kind = _KINDS.get(str(run.get("run_type", "llm")), "other")
    exchange = Exchange(str(run["trace_id"]), run["id"], run["parent_run_id"], "other", start, end)
    exchange.error_type = _error(run.get("error"))
    if kind == "other":
        return exchange
    exchange.kind = "llm" if kind == "llm" else "wrapper"
    outputs = run.get("outputs")
    exchange.inputs = read_messages(run.get("inputs"), role="user")
    exchange.outputs = read_messages(outputs, role="assistant")
    usage = list(_usages(run, outputs)) if kind == "llm" else []
    exchange.input_tokens = _count(usage, "input_tokens", "prompt_tokens")
    exchange.output_tokens = _count(usage, "output_tokens", "completion_tokens")
    return exchange


def _usages(run: Record, outputs: Any) -> Iterator[Record]:
    """Give the objects in which counts of tokens may lie."""
    yield run
    held = outputs if isinstance(outputs, dict) else {}
    for box in (held, *(held.get(name) for name in ("usage_metadata", "usage", "llm_output"))):
        if isinstance(box, dict):
            yield box
            yield from (inner for name in ("token_usage", "usage") if isinstance(inner := box.get(name), dict))
    generations = held.get("generations")
    while isinstance(generations, list) and generations:
        generations = generations[0]
    message = generations.get("message") if isinstance(generations, dict) else None
    if isinstance(message, dict):
        inner = message.get("kwargs", message)
        if isinstance(inner, dict) and isinstance(inner.get("usage_metadata"), dict):
            yield inner["usage_metadata"]


def _count(boxes: list[Record], *names: str) -> int | None:
    found = (box[name] for box in boxes for name in names if isinstance(box.get(name), int))
    return next((count for count in found if not isinstance(count, bool) and count > 0), None)


def _error(given: Any) -> str | None:
    """Give the class of an error, never its message."""
    if not isinstance(given, str) or not given:
        return None
    named = _ERROR.match(given)
    return named[1] if named else "error"


def _metadata_of(run: Record) -> Record:
    extra = run.get("extra")
    boxes = (extra.get("metadata") if isinstance(extra, dict) else None, run.get("metadata"))
    return next((box for box in boxes if isinstance(box, dict)), {})


def _thread(run: Record) -> str | None:
    metadata = _metadata_of(run)
    given = (*(metadata.get(key) for key in _THREADS), run.get("thread_id"))
    names = (name for name in given if isinstance(name, (str, int)) and not isinstance(name, bool) and name)
    return next(map(str, names), None)


def _model(run: Record) -> Any:
    """Give the commit of a managed prompt, else the model that was asked."""
    inputs = run.get("inputs")
    metadata = _metadata_of(run)
    asked = inputs.get("model") if isinstance(inputs, dict) else None
    given = (metadata.get("lc_hub_commit_hash"), metadata.get("ls_model_name"), asked)
    return next((name for name in given if isinstance(name, str) and name), None)


def _objects(values: Any) -> list[Record]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _author(piece: Record) -> str | None:
    """Give who gave a piece of feedback; None for a model, also one whose verdict code sent in."""
    kind = source.get("type") if isinstance(source := piece.get("feedback_source"), dict) else "api"
    is_machine = kind == "api" and not is_asked_of_users(piece.get("key"), piece.get("value"))
    return _AUTHORS.get(kind) if isinstance(kind, str) and not is_machine else None


def _opinion(piece: Record) -> Record | None:
    """Give a person's opinion with its author; None for the scores of models, and those whose scale is not known."""
    author = _author(piece)
    if author is None:
        return None
    config = piece.get("feedback_config")
    bounds = (config.get("min"), config.get("max")) if isinstance(config, dict) else None
    score, label, comment = (piece.get(name) for name in ("score", "value", "comment"))
    said = opinion(piece.get("key"), value=score, label=label, comment=comment, bounds=bounds)
    return None if said is None else said | {"author": author}


def _placed(piece: Record, said: Record, places: dict[str, int]) -> Record:
    fields = (("feedback_id", "id"), ("created_at", "created_at"), ("updated_at", "modified_at"))
    said |= {ours: _timed(piece[theirs]) for ours, theirs in fields if piece.get(theirs) is not None}
    place = places.get(str(piece.get("run_id")))
    return said | ({"turn_index": place} if place is not None else {})


def _timed(given: Any) -> Any:
    """Give a time with its offset: LangSmith writes UTC without one."""
    moment = instant(given) if isinstance(given, str) and not given.isdigit() else None
    return moment.isoformat() if isinstance(moment, datetime) else given


def _late_feedback(piece: Record) -> Record:
    """Give feedback that stands alone, on the conversation that its trace is."""
    said = _opinion(piece)
    if said is None and _author(piece) is None:
        raise SkippedRecord("a score of a model, no feedback of a person")
    if said is None:
        raise RefusedRecordError("a score whose scale and direction are not known: no feedback that can be read")
    thread = _thread(piece)
    conversation_id = thread or piece.get("trace_id") or piece["run_id"]
    return {"conversation_id": conversation_id, "feedback": [_placed(piece, said, {})]}


def _metadata(runs: list[Record], scores: list[Record]) -> Iterator[tuple[str, Any]]:
    """Give trace, tags, and the scores that are no feedback."""
    yield from ((f"trace.{name}", True) for name in sorted({str(run["trace_id"]) for run in runs}))
    listed = [run["tags"] for run in runs if isinstance(run.get("tags"), list)]
    if tags := sorted({tag for tags in listed for tag in tags if isinstance(tag, str)}):
        yield "tags", tags
    yield from ((f"feedback_stats.{run['id']}", run["feedback_stats"]) for run in runs if run.get("feedback_stats"))
    if scores:
        keys = ("key", "score", "value", "run_id")
        kept = [{key: piece[key] for key in keys if piece.get(key) is not None} for piece in scores]
        yield f"scores.{runs[0]['id']}", kept
