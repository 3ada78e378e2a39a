"""Parts of a message: its text, the tools it calls, what tools gave back; whatever the dialect.

Source: content parts of OpenAI's APIs, content blocks of Anthropic's Messages API, parts of Google's `generateContent`,
message parts of the OpenTelemetry GenAI semantic conventions, `message_content` and `tool_call` of OpenInference.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import orjson

from upturn.formats.registry import RefusedRecordError

__all__ = [
    "CALLS",
    "RESULTS",
    "SILENT",
    "as_value",
    "is_definition",
    "json_text",
    "kind_of_part",
    "nested",
    "text_of",
    "tool_call",
    "tool_result",
    "unwrapped",
]

CALLS: Final = frozenset({"tool_call", "tool_use", "function_call", "functionCall", "server_tool_use"})
RESULTS: Final = frozenset(
    {"tool_call_response", "tool_result", "function_response", "functionResponse", "function_call_output"}
)
SILENT: Final = frozenset({"reasoning", "thinking", "redacted_thinking", "thought"})
"""What a model thinks is not said to anybody: it is no part of the turn."""
_DOTTED: Final = ("message.", "message_content.", "tool_call.")


def as_value(value: Any) -> Any:
    r"""Give the value that JSON text holds, where it is an object, a list or text once more; else the value itself.

    >>> as_value('"{\\"a\\": 1}"'), as_value("hello"), as_value("17")
    ({'a': 1}, 'hello', '17')
    """
    for _ in range(3):
        if not isinstance(value, str) or value[:1] not in ("{", "[", '"'):
            break
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            break
    return value


def unwrapped(part: Any) -> Any:
    """Give what OpenInference calls `message_content` of a part, its image as an address."""
    part = nested(part)
    inner = part.get("message_content") if isinstance(part, dict) else None
    if not isinstance(inner, dict):
        return part
    for kind in ("image", "audio", "video"):
        media = inner.get(kind)
        if isinstance(media, dict) and isinstance(media.get(kind), dict):
            return {"type": kind, "url": media[kind].get("url")}
    return inner


def nested(value: Any) -> Any:
    """Give an object of OpenInference whose names are joined with dots as objects within it; others as they are.

    >>> nested({"message.role": "user", "message.content": "Hi"})
    {'message': {'role': 'user', 'content': 'Hi'}}
    """
    if not isinstance(value, dict) or "role" in value or "message" in value or "type" in value:
        return value
    if not any(isinstance(key, str) and key.startswith(_DOTTED) for key in value):
        return value
    tree: dict[str, Any] = {}
    for key, inner in value.items():
        *path, last = key.split(".")[:16]
        box = tree
        for step in path:
            found = box.setdefault(step, {})
            box = found if isinstance(found, dict) else {}
        box[last] = inner
    return tree


def kind_of_part(part: Any) -> str | None:
    """Give a part's type; Google's parts have none but a field of that name."""
    if not isinstance(part, dict):
        return None
    if isinstance(part.get("type"), str):
        return str(part["type"])
    untyped = ("function_call", "functionCall", "function_response", "functionResponse")
    found = next((name for name in untyped if isinstance(part.get(name), dict)), None)
    return found or ("thought" if part.get("thought") is True else None)


def text_of(part: Any) -> str | None:
    """Give what a part says; None where it is no text."""
    if isinstance(part, str):
        return part
    if not isinstance(part, dict) or kind_of_part(part) not in (None, "text", "input_text", "output_text", "refusal"):
        return None
    return next((part[name] for name in ("text", "content", "refusal") if isinstance(part.get(name), str)), None)


def tool_call(call: Any) -> dict[str, Any]:
    """Give one call; arguments are parsed where they are a JSON object, and kept as text where not."""
    call = nested(call)
    call = call.get("tool_call", call) if isinstance(call, dict) else {}
    call = call if isinstance(call, dict) else {}
    boxes = [call.get(name) for name in ("function", "function_call", "functionCall", "custom")]
    inner = next((box for box in boxes if isinstance(box, dict)), call)
    name = inner.get("name", call.get("name"))
    if not isinstance(name, str):
        raise RefusedRecordError("a tool call names no tool")
    arguments = next((inner[key] for key in ("arguments", "args", "input") if inner.get(key) is not None), None)
    if isinstance(arguments, str) and arguments.startswith("{"):
        with suppress(orjson.JSONDecodeError):
            arguments = orjson.loads(arguments)
    return {"id": _id(call.get("call_id", call.get("id", inner.get("id")))), "name": name, "arguments": arguments}


def tool_result(part: dict[str, Any]) -> dict[str, Any]:
    """Give the turn of one tool result, `response` or `result`, `content` or `output`."""
    inner = next((part[name] for name in ("function_response", "functionResponse") if name in part), part)
    box = inner if isinstance(inner, dict) else part
    said = next((box[key] for key in ("response", "result", "content", "output") if box.get(key) is not None), None)
    if isinstance(said, list) and said and all(text_of(piece) is not None for piece in said):
        said = "\n".join(text_of(piece) or "" for piece in said)
    turn: dict[str, Any] = {
        "role": "tool",
        "content": said if isinstance(said, str) or said is None else json_text(said),
    }
    found = next((box[key] for key in ("tool_use_id", "tool_call_id", "call_id", "id") if box.get(key)), None)
    turn |= {"tool_call_id": _id(found)} if found else {}
    return turn | ({"name": box["name"]} if isinstance(box.get("name"), str) else {})


def json_text(value: Any) -> str:
    """Give a value that a tool returned as JSON text.

    Raises
    ------
    RefusedRecordError
        If it holds a number that JSON readers disagree on, or text that is no Unicode.
    """
    try:
        return orjson.dumps(value).decode()
    except TypeError as error:
        raise RefusedRecordError("a message holds a number or text that JSON can't hold") from error


def _id(value: Any) -> Any:
    """Give the id of a call; some frameworks make a list of ids, of which the last names the call."""
    value = as_value(value)
    return value[-1] if isinstance(value, list) and value and isinstance(value[-1], str) else value


def is_definition(content: Any) -> bool:
    """Whether what calls itself a tool's message only describes the tool, as some exporters list them."""
    content = as_value(content)
    if not isinstance(content, dict) or content.get("type") != "function":
        return False
    described = content.get("function")
    return isinstance(described, dict) and ("parameters" in described or "description" in described)
