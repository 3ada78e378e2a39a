"""Conversations as lists of chat-completion messages, with fields about the conversation beside them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

import orjson

from upturn.formats.registry import RefusedRecordError, log_format

__all__ = ["openai_chat"]

Record = dict[str, Any]

_ROLES: Final = {"developer": "system", "function": "tool"}
_IDS: Final = ("conversation_id", "id", "thread_id", "session_id")
_RENAMED: Final = {"model": "config_version", "user": "user_id", "created": "started_at", "created_at": "started_at"}
"""Fields of the chat-completions world that stand for canonical ones, where those are missing."""
_PER_TURN: Final = (
    "created_at",
    "latency_ms",
    "error_type",
    "input_tokens",
    "output_tokens",
    "updated_at",
    "message_id",
)


def _looks_like_chat(record: Record) -> bool:
    """Whether there are `messages` with roles."""
    messages = record.get("messages")
    return isinstance(messages, list) and any(isinstance(turn, dict) and "role" in turn for turn in messages)


@log_format(
    "openai_chat",
    description="chat-completion `messages` with the conversation's fields beside them",
    sniff=_looks_like_chat,
)
def openai_chat(record: Record) -> Iterable[Record]:
    """Give the conversation that the messages are.

    Raises
    ------
    RefusedRecordError
        If there are no messages or no id: a digest of the messages would change with every new one.
    """
    messages = record.get("messages")
    if not isinstance(messages, list):
        raise RefusedRecordError("no list of `messages`")
    plain = {key: value for key, value in record.items() if key != "messages"}
    for name in _IDS:
        if plain.get(name) is not None:
            plain["conversation_id"] = plain.pop(name)
            break
    else:
        raise RefusedRecordError(f"no id of the conversation: give one of {', '.join(_IDS)}")
    for theirs, ours in _RENAMED.items():
        if theirs in plain and plain.get(ours) is None:
            plain[ours] = plain.pop(theirs)
    plain["turns"] = [_turn(message, place) for place, message in enumerate(messages)]
    return (plain,)


def _turn(message: Any, place: int) -> Record:
    """Give one message as a turn; `function_call` and `refusal` are what they stand for."""
    if not isinstance(message, dict):
        raise RefusedRecordError(f"messages[{place}] is no object")
    role = message.get("role")
    turn: Record = {"role": _ROLES.get(role, role) if isinstance(role, str) else role}
    content = message.get("content")
    turn["content"] = message.get("refusal") if content is None else content
    for key in _PER_TURN:
        if key in message:
            turn[key] = message[key]
    if "id" in message and "message_id" not in message:
        turn["message_id"] = message["id"]
    calls = message.get("tool_calls")
    if calls or message.get("function_call"):
        turn["tool_calls"] = [_call(call, place) for call in calls or [{"function": message["function_call"]}]]
    if turn["role"] == "tool":
        turn["tool_call_id"] = message.get("tool_call_id")
        turn["name"] = message.get("name")
    return turn


def _call(call: Any, place: int) -> Record:
    """Give one call; arguments are parsed where they are a JSON object, and kept as text where not."""
    function = call.get("function") or call.get("custom") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        raise RefusedRecordError(f"messages[{place}] has a tool call without a function")
    arguments = function.get("arguments", function.get("input"))
    if isinstance(arguments, str) and arguments.startswith("{"):
        with suppress(orjson.JSONDecodeError):
            arguments = orjson.loads(arguments)
    return {"id": call.get("id"), "name": function.get("name"), "arguments": arguments}
