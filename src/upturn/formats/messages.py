"""Messages in the dialects that traces hold them in, as canonical turns without a time.

Source: messages of OpenAI's Chat Completions and Responses APIs and Anthropic's Messages API, `contents` of Google's
`generateContent`, LangChain's messages (plain, serialised, and within `generations`), message `parts` of the
OpenTelemetry GenAI semantic conventions, `message.*` of OpenInference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from upturn.formats.message_parts import (
    CALLS,
    RESULTS,
    SILENT,
    as_value,
    is_definition,
    json_text,
    kind_of_part,
    nested,
    text_of,
    tool_call,
    tool_result,
    unwrapped,
)
from upturn.formats.parts import kept_part
from upturn.formats.registry import RefusedRecordError

__all__ = ["last_assistant", "read_messages"]

Turn = dict[str, Any]

_ROLES: Final = {
    "human": "user", "HumanMessage": "user", "HumanMessageChunk": "user",
    "ai": "assistant", "AIMessage": "assistant", "AIMessageChunk": "assistant",
    "model": "assistant", "bot": "assistant",
    "developer": "system", "SystemMessage": "system", "SystemMessageChunk": "system",
    "function": "tool", "ToolMessage": "tool", "ToolMessageChunk": "tool", "FunctionMessage": "tool",
}  # fmt: skip
_KNOWN: Final = frozenset({"user", "assistant", "system", "tool"})
_LISTS: Final = ("messages", "input_messages", "output_messages", "contents", "prompts")
_SAID: Final = (
    "input", "question", "query", "prompt", "user_input", "message", "output", "answer", "response", "result", "text",
    "completion", "reply", "content",
)  # fmt: skip
"""Under which names the text of an exchange lies where there are no messages."""
_SIMPLE: Final = frozenset({"role", "content", "parts", "finish_reason"})
_DEPTH: Final = 8


def read_messages(value: Any, *, role: str, depth: int = 0) -> list[Turn]:
    """Give the messages that a span's input or output holds, in order; none where it holds none.

    >>> read_messages('[{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]', role="user")
    [{'role': 'user', 'content': 'Hi'}]

    Parameters
    ----------
    value : text, JSON text, a message, or any of the shapes that hold messages.
    role : who says a text that names nobody.
    depth : how many shapes have been opened already.

    Raises
    ------
    RefusedRecordError
        If a tool call names no tool, or shapes are nested without end.
    """
    value = as_value(value)
    if depth > _DEPTH:
        raise RefusedRecordError("messages are nested too deeply")
    if isinstance(value, str):
        return [{"role": role, "content": value}] if value.strip() else []
    if isinstance(value, list):
        return list(_listed(value, role, depth))
    if not isinstance(value, dict):
        return []
    simple = _simple(value)
    return list(_opened(value, role, depth)) if simple is None else [simple]


def _listed(values: list[Any], role: str, depth: int) -> Iterator[Turn]:
    """Give messages of a list: messages, a batch of one list, pairs of role and text, or the parts of one message."""
    if len(values) == 2 and isinstance(values[0], str) and isinstance(values[1], str) and _role(values[0]) in _KNOWN:
        yield {"role": _role(values[0]), "content": values[1]}
    elif (
        values
        and not (isinstance(values[0], dict) and "role" in values[0])
        and all(isinstance(part, dict) and _is_part(part) for part in values)
    ):
        yield from _message({"role": role, "content": values})
    else:
        for value in values:
            simple = _simple(_inner(value)) if isinstance(value, dict) else None
            if simple is not None:
                yield simple
            else:
                yield from read_messages(value, role=role, depth=depth + 1)


def _inner(value: dict[str, Any]) -> dict[str, Any]:
    """Give the message itself where it is wrapped, as OpenInference does."""
    value = nested(value)
    inner = value.get("message") if len(value) == 1 else None
    return inner if isinstance(inner, dict) else value


def _simple(value: dict[str, Any]) -> Turn | None:
    """Give a message that is only somebody's text, as most are; None for every other."""
    if not value.keys() <= _SIMPLE:
        return None
    role, said, parts = value.get("role"), value.get("content"), value.get("parts")
    if said is None and isinstance(parts, list) and len(parts) == 1 and isinstance(parts[0], dict):
        part = parts[0]
        said = part.get("content") if part.get("type") == "text" and len(part) == 2 else None
    elif parts is not None:
        return None
    if not isinstance(said, str) or not said or role not in ("user", "assistant", "system"):
        return None
    return {"role": role, "content": said}


def last_assistant(values: list[Any]) -> int:
    """Give the place behind the last message of an assistant in a list of messages; 0 where there is none."""
    for place in range(len(values), 0, -1):
        value = values[place - 1]
        if isinstance(value, dict) and _speaker(_inner(value)) == "assistant":
            return place
    return 0


def _opened(value: dict[str, Any], role: str, depth: int) -> Iterator[Turn]:
    """Give messages of an object: a message, or what holds messages."""
    value = nested(value)
    if _speaker(value) is not None:
        yield from _message(value)
    elif (name := _name_of_list(value)) is not None:
        yield from _instructions(value)
        yield from read_messages(value[name], role=role, depth=depth + 1)
    elif isinstance(value.get("message"), dict):
        yield from read_messages(value["message"], role=role, depth=depth + 1)
    elif isinstance(content := value.get("content"), dict):
        yield from read_messages(content, role=role, depth=depth + 1)
    elif isinstance(value.get("parts"), list) or _is_part(value):
        yield from _message({"role": role, **value} if "parts" in value else {"role": role, "content": [value]})
    else:
        first = next((value[name] for name in ("choices", "generations", "candidates") if value.get(name)), None)
        if isinstance(first, list):
            yield from read_messages(_first(first), role=role, depth=depth + 1)
        elif said := next((value[name] for name in _SAID if value.get(name)), None):
            yield from _instructions(value)
            yield from read_messages(said, role=role, depth=depth + 1)


def _name_of_list(value: dict[str, Any]) -> str | None:
    for name in _LISTS:
        if isinstance(value.get(name), list):
            return name
    return None


def _first(choices: list[Any]) -> Any:
    """Give the first of several choices: the others were not said."""
    found = choices[0]
    return _first(found) if isinstance(found, list) and found else found


def _instructions(value: dict[str, Any]) -> Iterator[Turn]:
    """Give the system prompt that stands beside the messages."""
    config = value.get("config")
    boxes = [value, config] if isinstance(config, dict) else [value]
    for box in boxes:
        for name in ("system", "system_instruction", "systemInstruction", "instructions"):
            if isinstance(box.get(name), (str, dict, list)):
                yield from ({**turn, "role": "system"} for turn in read_messages(box[name], role="system", depth=1))


def _role(given: str) -> str:
    return _ROLES.get(given, given)


def _speaker(value: dict[str, Any]) -> str | None:
    """Give the role of a message, None for what is no message; unknown roles pass, to be refused with their field."""
    given = value.get("role")
    if isinstance(given, str):
        return _role(given)
    kind = value.get("type")
    if kind == "constructor" and isinstance(value.get("id"), list) and value["id"]:
        return _ROLES.get(str(value["id"][-1]))
    if not isinstance(kind, str):
        return None
    if kind in _ROLES or (kind in _KNOWN and ("content" in value or "data" in value)):
        return _role(kind)
    return {"function_call": "assistant", "function_call_output": "tool"}.get(kind)


def _message(value: dict[str, Any]) -> Iterator[Turn]:
    """Give the turns of one message: itself, and before it a turn per tool result it carries."""
    role = _speaker(value) or "user"
    inner = value.get("kwargs" if value.get("type") == "constructor" else "data")
    body = inner if isinstance(inner, dict) else value
    if role == "tool" and is_definition(body.get("content")):
        return
    turn: Turn = {"role": role}
    native = body.get("id")
    if isinstance(native, str) and value.get("type") not in ("function_call", "function_call_output"):
        turn["message_id"] = native
    said: list[str] = []
    kept: list[Turn] = []
    calls = [tool_call(call) for call in _calls_beside(body)]
    for part in _pieces(body):
        kind = kind_of_part(part)
        if kind in CALLS:
            calls.append(tool_call(part))
        elif kind in RESULTS:
            yield tool_result(part)
        elif (text := text_of(part)) is not None:
            said.append(text)
        elif kind not in SILENT and isinstance(part, dict):
            kept.append(kept_part(part))
    if not kept and not calls and not any(said):
        return
    turn["content"] = "\n".join(said) if said else None
    if kept:
        turn["parts"] = kept
    if calls:
        turn["tool_calls"] = calls
    if role == "tool":
        turn |= {key: body[key] for key in ("tool_call_id", "name") if isinstance(body.get(key), str)}
    yield turn


def _pieces(body: dict[str, Any]) -> list[Any]:
    """Give the parts of a message; text is one part."""
    if body.get("type") in ("function_call", "function_call_output"):
        return [body]
    for name in ("parts", "contents", "content"):
        found = body.get(name)
        if isinstance(found, list):
            if name == "content" and body.get("role", body.get("type")) == "tool" and not _are_parts(found):
                return [json_text(found)]
            return [unwrapped(part) for part in found]
        if isinstance(found, str):
            return [found]
        if isinstance(found, dict):
            return [found] if _is_part(found) else [json_text(found)]
    refusal = body.get("refusal", body.get("text"))
    return [refusal] if isinstance(refusal, str) else []


def _are_parts(values: list[Any]) -> bool:
    return all(isinstance(part, str) or (isinstance(part, dict) and _is_part(unwrapped(part))) for part in values)


def _is_part(value: dict[str, Any]) -> bool:
    """Whether an object is a part of a message, not a message: it has a kind, and names nobody who says it."""
    if "role" in value:
        return False
    if isinstance(value.get("type"), str):
        return _speaker(value) is None and "message" not in value
    return kind_of_part(value) is not None or (isinstance(value.get("text"), str) and len(value) <= 2)


def _calls_beside(body: dict[str, Any]) -> list[Any]:
    """Give the tool calls that stand beside the content, wherever LangChain or OpenAI put them."""
    extra = body.get("additional_kwargs")
    for box in (body, extra if isinstance(extra, dict) else {}):
        calls = box.get("tool_calls")
        if isinstance(calls, list) and calls:
            return calls
        if isinstance(box.get("function_call"), dict):
            return [box["function_call"]]
    return []
