"""What a span's attributes and events say of a model's request, in the GenAI and in the OpenInference conventions.

Source: OpenTelemetry semantic conventions for generative AI 1.28 to 1.40, with what they deprecated on the way
(`gen_ai.prompt`, `gen_ai.completion`, `gen_ai.usage.prompt_tokens`, an event per message) and the indexed attributes of
OpenLLMetry (`gen_ai.prompt.0.content`); OpenInference semantic conventions of Arize.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from typing import Any, Final, Literal

from upturn.formats.exchanges import Exchange
from upturn.formats.message_parts import as_value
from upturn.formats.messages import last_assistant, read_messages
from upturn.formats.spans import Span

__all__ = ["attribute", "exchange_of"]

Attributes = dict[str, Any]
Kind = Literal["llm", "wrapper", "other"]

_OPERATIONS: Final[dict[str, Kind]] = {
    "chat": "llm", "text_completion": "llm", "generate_content": "llm", "completion": "llm", "responses": "llm",
    "invoke_agent": "wrapper", "create_agent": "other", "invoke_workflow": "wrapper", "execute_tool": "other",
    "embeddings": "other", "retrieval": "other",
}  # fmt: skip
_SPAN_KINDS: Final[dict[str, Kind]] = {
    "LLM": "llm", "AGENT": "wrapper", "CHAIN": "wrapper", "WORKFLOW": "wrapper", "TASK": "wrapper", "PROMPT": "other",
    "TOOL": "other", "RETRIEVER": "other", "EMBEDDING": "other", "RERANKER": "other", "GUARDRAIL": "other",
    "EVALUATOR": "other",
}  # fmt: skip
_INPUTS: Final = (
    "gen_ai.input.messages",
    "gen_ai.input_messages",
    "gen_ai.prompt",
    "llm.input_messages",
    "llm.prompts",
)
_OUTPUTS: Final = ("gen_ai.output.messages", "gen_ai.output_messages", "gen_ai.completion", "llm.output_messages")
_INPUT_TOKENS: Final = (
    "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt", "llm.usage.prompt_tokens",
)  # fmt: skip
_OUTPUT_TOKENS: Final = (
    "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion",
    "llm.usage.completion_tokens",
)  # fmt: skip
_EVENT_ROLES: Final = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
_LISTS: Final = tuple(f"{name}." for name in (*_INPUTS, *_OUTPUTS))
_NAMES: Final = frozenset((*_INPUTS, *_OUTPUTS))
_DEEPEST: Final = 16
_INDEX_DIGITS: Final = 6
_REMEMBERED: Final = 200
"""Characters of the longest name of which the path is remembered: they come again in every span."""


def exchange_of(span: Span, *, is_alone: bool = False) -> Exchange | None:
    """Give what was said in a span; None for one without a time.

    Parameters
    ----------
    span : with its attributes.
    is_alone : whether it is the only one of its trace in the record: then nobody needs the history it repeats.

    Raises
    ------
    RefusedRecordError
        If its messages can't be read.
    """
    start = span.start or span.end
    if start is None:
        return None
    attributes = _with_events(span)
    kind = _kind(span, attributes)
    exchange = Exchange(span.trace_id, span.span_id, span.parent_id, kind, start, span.end)
    exchange.error_type = _error(span)
    if kind == "other":
        return exchange
    listed = _listed(attributes)
    inputs, outputs = _first(attributes, listed, _INPUTS), _first(attributes, listed, _OUTPUTS, is_output=True)
    if inputs is None:
        inputs = _plain(attributes, "input.value", "traceloop.entity.input")
    if outputs is None:
        outputs = _plain(attributes, "output.value", "traceloop.entity.output")
    inputs = as_value(inputs)
    known = last_assistant(inputs) if is_alone and isinstance(inputs, list) else 0
    instructions = attribute(attributes, "gen_ai.system_instructions") if not known else None
    if instructions is not None:
        exchange.inputs = [{**turn, "role": "system"} for turn in read_messages(instructions, role="system")]
    exchange.inputs += read_messages(inputs[known:] if known else inputs, role="user")
    exchange.outputs = read_messages(outputs, role="assistant")
    if span.events:
        exchange.inputs += _from_events(span, is_output=False)
        exchange.outputs += _from_events(span, is_output=True)
    exchange.is_structured = not isinstance(inputs, str)
    exchange.input_tokens = attribute(attributes, *_INPUT_TOKENS)
    exchange.output_tokens = attribute(attributes, *_OUTPUT_TOKENS)
    return exchange


def attribute(attributes: Attributes, *names: str) -> Any:
    """Give the value of the first of these names that has one, None where none has."""
    for name in names:
        value = attributes.get(name)
        if value is not None and value != "":
            return value
    return None


def _listed(attributes: Attributes) -> dict[str, dict[str, Any]]:
    """Give what attributes such as `gen_ai.prompt.0.content` list, as a tree by prefix."""
    found: dict[str, dict[str, Any]] = {}
    for name, value in attributes.items():
        if not name.startswith(_LISTS):
            continue
        path = _path(name) if len(name) <= _REMEMBERED else _path.__wrapped__(name)
        if path is None:
            continue
        prefix, steps, last = path
        box = found.get(prefix)
        if box is None:
            box = found[prefix] = {}
        for step in steps:
            inner = box.get(step)
            if inner is None and step not in box:
                inner = box[step] = {}
            box = inner if isinstance(inner, dict) else {}
        box[last] = value
    return found


@lru_cache(maxsize=4096)
def _path(name: str) -> tuple[str, tuple[str, ...], str] | None:
    """Give the prefix of an indexed attribute, the steps to its value and the last one; None where it has no index."""
    path = name.split(".")
    depth = 2 if f"{path[0]}.{path[1]}" in _NAMES else 3
    steps = path[depth:]
    if not steps or not steps[0].isdecimal() or not steps[0].isascii() or len(steps) > _DEEPEST:
        return None
    return ".".join(path[:depth]), tuple(steps[:-1]), steps[-1]


def _as_lists(tree: Any) -> Any:
    """Give objects whose keys are all numbers as lists."""
    if not isinstance(tree, dict):
        return tree
    inner = {key: _as_lists(value) if isinstance(value, dict) else value for key, value in tree.items()}
    for key in inner:
        if not key.isdecimal() or len(key) > _INDEX_DIGITS:
            return inner
    return [inner[key] for key in sorted(inner, key=int)] if inner else inner


def _kind(span: Span, attributes: Attributes) -> Kind:
    """Give whether a model was asked: by the operation, else by the kind, else by what it holds."""
    operation = attribute(attributes, "gen_ai.operation.name", "llm.request.type")
    if operation == "invoke_agent" and span.is_remote:
        return "llm"
    if isinstance(operation, str) and operation in _OPERATIONS:
        return _OPERATIONS[operation]
    kind = attribute(attributes, "openinference.span.kind", "traceloop.span.kind")
    if isinstance(kind, str) and kind.upper() in _SPAN_KINDS:
        return _SPAN_KINDS[kind.upper()]
    prefixes = (*_INPUTS, *_OUTPUTS)
    is_request = any(name.startswith(prefixes) for name in attributes) or any(
        event.name in _EVENT_ROLES or event.name == "gen_ai.choice" for event in span.events
    )
    return "llm" if is_request else "other"


def _with_events(span: Span) -> Attributes:
    """Give the attributes with those of events that hold a whole request."""
    if not span.events:
        return span.attributes
    whole = ("gen_ai.client.inference.operation.details", "gen_ai.content.prompt", "gen_ai.content.completion")
    attributes = span.attributes
    for event in span.events:
        if event.name in whole:
            attributes = {**event.attributes, **attributes}
    return attributes


def _first(
    attributes: Attributes, listed: dict[str, dict[str, Any]], names: tuple[str, ...], *, is_output: bool = False
) -> Any:
    """Give the messages under the first of these names, whole or indexed.

    An output whose first numbers are missing was cut off by a limit on attributes: it is none.
    """
    for name in names:
        if attributes.get(name) not in (None, ""):
            return attributes[name]
        tree = listed.get(name)
        if tree and not (is_output and "0" not in tree):
            return _as_lists(tree)
    return None


def _plain(attributes: Attributes, *names: str) -> Any:
    return as_value(attribute(attributes, *names))


def _from_events(span: Span, *, is_output: bool) -> list[dict[str, Any]]:
    """Give what events of one message each say, in the order in which they happened.

    Their ids are of the moment, and of 16 bits of what is said where two have the same, not of the place: the same
    whichever other events of the span a record holds.
    """
    events = [event for event in span.events if (event.name == "gen_ai.choice") == is_output]
    if all(event.at is not None for event in events):
        events.sort(key=lambda event: event.at.timestamp() if event.at else 0.0)
    found: list[dict[str, Any]] = []
    numbers: defaultdict[str, count[int]] = defaultdict(count)
    for event in events:
        role = "assistant" if is_output else _EVENT_ROLES.get(event.name)
        if role is not None:
            body = as_value(event.body if isinstance(as_value(event.body), dict) else _said(event.attributes))
            inner = as_value(body.get("message", body)) if isinstance(body, dict) else body
            turns = read_messages({"role": role, **inner} if isinstance(inner, dict) else inner, role=role)
            if event.at is not None:
                moment = f"{span.span_id}:{event.name}:{event.at.isoformat()}"
                names = [f"{moment}:{_told_apart(turn)}" for turn in turns]
                turns = [
                    {"message_id": f"{name}:{next(numbers[name])}", **turn}
                    for name, turn in zip(names, turns, strict=True)
                ]
            found += turns
    return found


def _told_apart(turn: dict[str, Any]) -> str:
    """Give four hex digits of a turn: enough to tell two of one moment apart, too few to tell what was said."""
    return hashlib.blake2b(repr(sorted(turn.items())).encode("utf-8", "replace"), digest_size=2).hexdigest()


def _said(attributes: Attributes) -> dict[str, Any]:
    """Give an event's attributes as a message: those that hold JSON are read, `message.content` is `content`."""
    plain = {name.removeprefix("message."): value for name, value in attributes.items() if "gen_ai." not in name}
    message = {name: value if name == "content" else as_value(value) for name, value in plain.items()}
    if "id" in message and "tool_call_id" not in message:
        message["tool_call_id"] = message.pop("id")
    return message


def _error(span: Span) -> str | None:
    """Give the class of an error, never its message."""
    given = attribute(span.attributes, "error.type")
    if given is None:
        failed = "error" if span.has_failed else None
        given = next(_exceptions(span), failed) if span.events else failed
    return str(given)[:200] if given is not None else None


def _exceptions(span: Span) -> Iterator[str]:
    return (
        event.attributes["exception.type"]
        for event in span.events
        if event.name == "exception" and isinstance(event.attributes.get("exception.type"), str)
    )
