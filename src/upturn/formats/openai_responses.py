"""Responses and items of OpenAI's Responses and Conversations API, as turns.

Source: OpenAI API reference: Responses (`input`, `output`, `previous_response_id`, `conversation`), the item types.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Any, Final

import orjson

from upturn.formats.raw_fields import an_object, first_of, known, objects, text_of, utc_text
from upturn.formats.registry import RefusedRecordError

__all__ = ["is_response", "item_turns", "looks_like_items", "response"]

Record = dict[str, Any]

_SHARED_IDS: Final = ("conversation_id", "thread_id", "session_id")
_ROLES: Final = {"developer": "system"}
_CALLS: Final = {"function_call": "arguments", "custom_tool_call": "input", "mcp_call": "arguments"}
_OUTPUTS: Final = ("function_call_output", "custom_tool_call_output", "local_shell_call_output", "shell_call_output")
_HOSTED: Final = ("action", "queries", "code")
"""What a call of one of OpenAI's own tools was about."""
_SPOKEN: Final = {"input_text": "text", "output_text": "text", "text": "text", "refusal": "refusal"}


def is_response(record: Record) -> bool:
    """Whether the record is a response of the Responses API."""
    return record.get("object") == "response" and isinstance(record.get("output"), list)


def looks_like_items(record: Record) -> bool:
    """Whether the record is a conversation with a list of `items` of the Conversations API."""
    given = record.get("items")
    items = given.get("data") if isinstance(given, dict) else given
    return isinstance(items, list) and any(isinstance(item, dict) and _is_item(item) for item in items)


def _is_item(item: Record) -> bool:
    kind = item.get("type")
    if not isinstance(kind, str | None):
        return False
    return kind in _CALLS or kind in _OUTPUTS or (kind in ("message", None) and "role" in item and "content" in item)


def response(record: Record, thread: str | None = None) -> Record:
    """Give what a response adds to its conversation: the input since the last answer, and the output.

    A response that names no conversation belongs to `thread`, the first response of its chain; without one it is a
    conversation of its own, under its id, with all of its input and its instructions.

    Raises
    ------
    RefusedRecordError
        If it has no id, or input and output are no items.
    """
    about = an_object(record.get("metadata"), "metadata")
    conversation = record.get("conversation")
    shared = conversation.get("id") if isinstance(conversation, dict) else conversation
    shared = shared if shared is not None else first_of({**record, **about}, _SHARED_IDS)
    shared = shared if shared is not None else thread
    native = shared if shared is not None else record.get("id")
    if native is None:
        raise RefusedRecordError("no `id` of the response, and no `conversation`")
    at = utc_text(record.get("created_at"))
    given = _input(record)
    made = [place for place, item in enumerate(given) if _is_made_by_the_model(item)]
    new = given[made[-1] + 1 :] if made and shared is not None else given
    turns, left_out = item_turns([*new, *objects(record.get("output"), "output")], called_in=given, at=at)
    instructions = record.get("instructions")
    if isinstance(instructions, str) and shared is None:
        turns.insert(0, known(role="system", content=instructions, created_at=at))
        instructions = None
    _finish(record, turns, at)
    named = known(
        instructions=instructions if isinstance(instructions, str) else None,
        previous_response_id=record.get("previous_response_id"),
        left_out=left_out or None,
    )
    return known(
        conversation_id=native,
        started_at=at,
        user_id=first_of(record, ("user", "safety_identifier")),
        config_version=record.get("model"),
        metadata=({name: value for name, value in about.items() if name not in _SHARED_IDS} | named) or None,
        turns=turns,
    )


def _input(record: Record) -> list[Record]:
    given = first_of(record, ("input", "input_items"))
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}]
    return objects(given.get("data") if isinstance(given, dict) else given, "input")


def _is_made_by_the_model(item: Record) -> bool:
    kind = text_of(item.get("type")) or "message"
    return item.get("role") == "assistant" or kind == "reasoning" or kind.endswith("_call")


def _finish(record: Record, turns: list[Record], at: Any) -> None:
    """Note tokens and error at the last answer; a failed response without an answer is an empty one."""
    usage = an_object(record.get("usage"), "usage")
    error = an_object(record.get("error"), "error").get("code")
    error = error or an_object(record.get("incomplete_details"), "incomplete_details").get("reason")
    if not turns or turns[-1].get("role") != "assistant":
        if error is None:
            return
        turns.append(known(role="assistant", created_at=at))
    turns[-1] |= known(
        input_tokens=usage.get("input_tokens"), output_tokens=usage.get("output_tokens"), error_type=error
    )


def item_turns(
    items: list[Record], *, called_in: list[Record] | None = None, at: Any = None
) -> tuple[list[Record], dict[str, int]]:
    """Give the turns that items are, and how many items of each other type were left out.

    Calls that follow each other are one turn of the assistant. Reasoning is left out.

    Parameters
    ----------
    called_in : items before these, where the names of called tools are found.
    at : time of items that have none.

    Raises
    ------
    RefusedRecordError
        If the type of an item is no text.
    """
    tools = {text_of(item.get("call_id")): item.get("name") for item in (*(called_in or ()), *items) if "name" in item}
    turns: list[Record] = []
    left_out: Counter[str] = Counter()
    for place, item in enumerate(items):
        kind = item.get("type", "message")
        if not isinstance(kind, str):
            raise RefusedRecordError(f"items[{place}].type is no text")
        moment = known(created_at=utc_text(item.get("created_at")) or at)
        if kind == "message":
            turns.append(moment | _message(item))
        elif kind in _OUTPUTS:
            turns.append(moment | _output(item, tools))
        elif kind.endswith("_call"):
            call = _call(item, kind)
            if turns and "is_of_calls" in turns[-1]:
                turns[-1]["tool_calls"].append(call)
            else:
                turns.append(moment | known(message_id=item.get("id"), role="assistant", tool_calls=[call]))
                turns[-1]["is_of_calls"] = True
            if kind == "mcp_call" and first_of(item, ("output", "error")) is not None:
                turns.append(moment | _output({**item, "call_id": item.get("id"), "id": None}, tools))
        else:
            left_out[kind] += 1
    for turn in turns:
        turn.pop("is_of_calls", None)
    return turns, dict(left_out)


def _message(item: Record) -> Record:
    role = item.get("role")
    content = item.get("content")
    turn = known(message_id=item.get("id"), role=_ROLES.get(role, role) if isinstance(role, str) else role)
    return turn | known(content=_spoken(content) if isinstance(content, list) else content)


def _spoken(parts: list[Any]) -> Any:
    """Give parts that are all text as one text, a line each; others as typed parts."""
    read = [_text_part(part) for part in parts]
    if all(isinstance(part, dict) and part.get("type") == "text" for part in read):
        return "\n".join(part["text"] for part in read)
    return read


def _text_part(part: Any) -> Any:
    kind = part.get("type") if isinstance(part, dict) else None
    if isinstance(kind, str) and kind in _SPOKEN and isinstance(part.get(_SPOKEN[kind]), str):
        return {"type": "text", "text": part[_SPOKEN[kind]]}
    return part


def _call(item: Record, kind: str) -> Record:
    """Give one call; those of OpenAI's own tools are named after their type."""
    name = item.get("name") if kind in _CALLS else kind.removesuffix("_call")
    arguments = item.get(_CALLS[kind]) if kind in _CALLS else first_of(item, _HOSTED)
    if isinstance(arguments, str) and arguments.startswith("{"):
        with suppress(orjson.JSONDecodeError):
            arguments = orjson.loads(arguments)
    return {"id": first_of(item, ("call_id", "id")), "name": name, "arguments": arguments}


def _output(item: Record, tools: dict[str | None, Any]) -> Record:
    """Give a tool's answer; without an id of its own it is known by the call that it answers."""
    call = text_of(item.get("call_id"))
    native = item.get("id") or (f"{call}.output" if call else None)
    output = first_of(item, ("output", "error"))
    content = _spoken(output) if isinstance(output, list) else output
    if isinstance(content, dict):
        try:
            content = orjson.dumps(content).decode()
        except TypeError as error:
            raise RefusedRecordError("a tool's output can't be written as JSON") from error
    name = tools.get(call) or item.get("name")
    return known(message_id=native, role="tool", content=content, tool_call_id=call, name=name)
