"""ShareGPT: conversations as lists of `from` and `value`, the common form of data for training chat models.

Source: FastChat's and LLaMA-Factory's dataset forms: `conversations` (also `conversation`, `items`, `messages`) of
`{from, value}`, with `system` and `tools` beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import orjson

from upturn.formats.raw_fields import first_of, known, objects, utc_text
from upturn.formats.registry import RefusedRecordError, log_format
from upturn.formats.training import example_id

__all__ = ["sharegpt"]

Record = dict[str, Any]

_LISTS: Final = ("conversations", "conversation", "items", "messages")
_ROLES: Final = {
    "human": "user", "user": "user", "prompter": "user",
    "gpt": "assistant", "assistant": "assistant", "chatgpt": "assistant", "bard": "assistant", "bing": "assistant",
    "claude": "assistant", "model": "assistant", "bot": "assistant",
    "function_call": "assistant", "tool_call": "assistant",
    "system": "system",
    "tool": "tool", "function": "tool", "observation": "tool", "function_response": "tool", "tool_response": "tool",
}  # fmt: skip
_CALLS: Final = ("function_call", "tool_call")
_IDS: Final = ("id", "conversation_id", "hash")
_TIMES: Final = ("created_at", "create_time", "timestamp")


def _looks_like_sharegpt(record: Record) -> bool:
    """Whether there is a list of messages with `from` and `value`."""
    return any(
        isinstance(record.get(name), list)
        and any(isinstance(turn, dict) and "from" in turn and "value" in turn for turn in record[name])
        for name in _LISTS
    )


@log_format(
    "sharegpt",
    description="ShareGPT: `conversations` of `from` and `value`",
    sniff=_looks_like_sharegpt,
)
def sharegpt(record: Record) -> Iterable[Record]:
    """Give the conversation; a message is known by its place in it. Without an id, a digest of all messages is one.

    Raises
    ------
    RefusedRecordError
        If there is no list of messages, or a `from` is not known.
    """
    name = next((name for name in _LISTS if record.get(name) is not None), None)
    if name is None:
        raise RefusedRecordError(f"no list of messages: expected one of {', '.join(_LISTS)}")
    messages = objects(record[name], name)
    turns = [_turn(message, f"{name}[{place}]", place) for place, message in enumerate(messages)]
    if isinstance(record.get("system"), str) and record["system"]:
        turns.insert(0, {"message_id": "system", "role": "system", "content": record["system"]})
    if not turns:
        raise RefusedRecordError(f"the list `{name}` is empty")
    native = first_of(record, _IDS)
    yield known(
        conversation_id=native if native is not None else example_id(messages),
        started_at=utc_text(first_of(record, _TIMES)),
        user_id=first_of(record, ("user_id", "user")),
        config_version=record.get("model"),
        turns=turns,
    )


def _turn(message: Record, where: str, place: int) -> Record:
    said_by = message.get("from")
    role = _ROLES.get(said_by.lower()) if isinstance(said_by, str) else None
    if role is None:
        raise RefusedRecordError(f"{where}.from is not known: expected one of {', '.join(_ROLES)}")
    turn = known(message_id=str(place), role=role, created_at=utc_text(first_of(message, _TIMES)))
    call = _call(message.get("value")) if said_by in _CALLS else None
    return turn | known(content=None if call else message.get("value"), tool_calls=call)


def _call(value: Any) -> list[Record] | None:
    """Give the calls that a text of JSON names; None where it is no such text: then it is what was said."""
    try:
        found = orjson.loads(value) if isinstance(value, str) else None
    except orjson.JSONDecodeError:
        return None
    listed = found if isinstance(found, list) else [found]
    calls = [call for call in listed if isinstance(call, dict) and isinstance(call.get("name"), str)]
    if len(calls) != len(listed):
        return None
    return [known(name=call["name"], arguments=call.get("arguments", call.get("parameters"))) for call in calls] or None
