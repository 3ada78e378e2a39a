"""OpenAI's records: chat-completion messages with fields beside them, stored completions, responses, fine-tuning lines.

Source: OpenAI API reference: Chat Completions (`messages`, `choices`, `usage`, stored completions), Responses and
Conversations (`input`, `output`, items), Fine-tuning (JSON lines with `messages` only).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

import orjson

from upturn.formats.openai_responses import is_response, item_turns, looks_like_items, response
from upturn.formats.raw_fields import an_object, first_of, known, objects, utc_text
from upturn.formats.registry import Place, RefusedRecordError, SkippedRecord, in_threads, log_format
from upturn.formats.response_chains import ResponseChains
from upturn.formats.training import example_id

__all__ = ["openai_chat"]

Record = dict[str, Any]

_ROLES: Final = {"developer": "system", "function": "tool"}
_IDS: Final = ("conversation_id", "id", "thread_id", "session_id")
_SHARED_IDS: Final = ("conversation_id", "thread_id", "session_id")
"""Ids that several completions of one conversation have in common."""
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
_TRAINING: Final = frozenset({"messages", "tools", "functions", "parallel_tool_calls"})
"""All that a line of fine-tuning data holds: nothing that says which conversation it was, or when."""
_CUT_SHORT: Final = ("content_filter", "length")


def _looks_like_openai(record: Record) -> bool:
    """Whether there are `messages` with roles, a completion, or a response or items of the Responses API."""
    page = _page(record)
    if page is not None:
        return any(_page(one) is None and _looks_like_openai(one) for one in page)
    messages = record.get("messages")
    if isinstance(messages, list) and any(isinstance(turn, dict) and "role" in turn for turn in messages):
        return True
    inner = record.get("response")
    answer = inner if isinstance(inner, dict) and "request" in record else record
    return answer.get("object") == "chat.completion" or is_response(answer) or looks_like_items(record)


def _page(record: Record) -> list[Record] | None:
    """Give what a page of the API lists, such as stored completions; None where the record is none."""
    data = record.get("data")
    is_page = record.get("object") == "list" and isinstance(data, list)
    return [one for one in data if isinstance(one, dict)] if is_page and data is not None else None


@log_format(
    "openai_chat",
    description="chat-completion `messages`, stored completions with `choices`, responses and items of OpenAI's API",
    sniff=_looks_like_openai,
    user_fields=("safety_identifier", "input_user"),
)
def openai_chat(record: Record) -> Iterable[Record]:
    """Give the conversation that the messages or items are, or what a completion or a response adds to one.

    A page that the API lists gives what each on it does.

    Raises
    ------
    RefusedRecordError
        If there are neither messages nor items, or no id of a conversation that may still grow: a digest of its
        messages would change with every new one.
    SkippedRecord
        If it is a page with nothing on it.
    """
    return _conversations(record, None)


@in_threads("openai_chat", ResponseChains)
def _in_chain(record: Record, place: Place) -> Iterable[Record]:
    return _conversations(record, place.thread)


def _conversations(record: Record, thread: str | None) -> list[Record]:
    page = _page(record)
    if page is None:
        return [_conversation(record, thread)]
    if not page:
        raise SkippedRecord("a page without a completion")
    return [_conversation(one, None) for one in page]


def _conversation(record: Record, thread: str | None) -> Record:
    answer = an_object(record.get("response"), "response") if "request" in record else record
    request = an_object(record.get("request"), "request") if "request" in record else record
    if "choices" in answer:
        return _completion(request, answer)
    if is_response(answer):
        given: Record = {name: request[name] for name in ("input", "input_items") if name in request}
        return response({**answer, **given}, thread)
    if looks_like_items(record):
        return _items(record)
    return _messages(record)


def _messages(record: Record) -> Record:
    """Give a whole conversation as messages; every other field is passed on under its name."""
    messages = record.get("messages")
    if not isinstance(messages, list):
        raise RefusedRecordError("no list of `messages`")
    plain = {key: value for key, value in record.items() if key != "messages"}
    for name in _IDS:
        if plain.get(name) is not None:
            plain["conversation_id"] = plain.pop(name)
            break
    else:
        if not messages or not record.keys() <= _TRAINING:
            raise RefusedRecordError(f"no id of the conversation: give one of {', '.join(_IDS)}")
        return _training_line(messages)
    for theirs, ours in _RENAMED.items():
        if theirs in plain and plain.get(ours) is None:
            plain[ours] = plain.pop(theirs)
    plain["started_at"] = utc_text(plain.get("started_at"))
    plain["turns"] = [_turn(message, place) for place, message in enumerate(messages)]
    return known(**plain)


def _training_line(messages: list[Any]) -> Record:
    """Give a line of fine-tuning data: its id is the digest of all its messages, a turn's its place among them.

    Such a line is whole: it never grows, and two equal lines are one example.
    """
    turns = [{"message_id": str(place), **_turn(message, place)} for place, message in enumerate(messages)]
    return {"conversation_id": example_id(messages), "turns": turns}


def _items(record: Record) -> Record:
    """Give a conversation of the Conversations API with its items."""
    native = first_of(record, _IDS)
    if native is None:
        raise RefusedRecordError(f"no id of the conversation: give one of {', '.join(_IDS)}")
    given = record.get("items")
    turns, left_out = item_turns(objects(given.get("data") if isinstance(given, dict) else given, "items"))
    return known(
        conversation_id=native,
        started_at=utc_text(first_of(record, ("started_at", "created_at", "created"))),
        user_id=first_of(record, ("user_id", "user")),
        config_version=record.get("model"),
        metadata={**an_object(record.get("metadata"), "metadata"), **known(left_out=left_out or None)},
        turns=turns,
    )


def _completion(request: Record, answer: Record) -> Record:
    """Give what a completion adds: the messages since the last answer, and the first choice.

    A completion that shares no id with others is a conversation of its own, with all of its messages.
    """
    about = {**an_object(request.get("metadata"), "metadata"), **an_object(answer.get("metadata"), "metadata")}
    shared = next(
        (found for one in (about, request, answer) if (found := first_of(one, _SHARED_IDS)) is not None), None
    )
    native = shared if shared is not None else answer.get("id")
    if native is None:
        raise RefusedRecordError(f"no `id` of the completion, and none of {', '.join(_SHARED_IDS)}")
    messages = objects(request.get("messages"), "messages")
    said = [place for place, message in enumerate(messages) if message.get("role") == "assistant"]
    first_new = said[-1] + 1 if said and shared is not None else 0
    at = utc_text(first_of(answer, ("created", "created_at")))
    turns = [known(created_at=at) | _turn(message, place) for place, message in enumerate(messages)][first_new:]
    choices = objects(answer.get("choices"), "choices")
    if choices:
        turns.append(_answer(answer, choices[0], at))
    others = {"other_choices": len(choices) - 1} if len(choices) > 1 else {}
    return known(
        conversation_id=native,
        started_at=at,
        user_id=first_of(request, ("user", "user_id", "input_user")),
        config_version=first_of(answer, ("model",)) or request.get("model"),
        metadata=({name: value for name, value in about.items() if name not in _SHARED_IDS} | others) or None,
        turns=turns,
    )


def _answer(answer: Record, choice: Record, at: Any) -> Record:
    usage = an_object(answer.get("usage"), "usage")
    reason = choice.get("finish_reason")
    return {
        **_turn(choice.get("message"), 0),
        **known(
            message_id=answer.get("id"),
            created_at=at,
            input_tokens=usage.get("prompt_tokens"),
            output_tokens=usage.get("completion_tokens"),
            error_type=reason if reason in _CUT_SHORT else None,
        ),
    }


def _turn(message: Any, place: int) -> Record:
    """Give one message as a turn; `function_call`, `refusal` and spoken answers are what they stand for."""
    if not isinstance(message, dict):
        raise RefusedRecordError(f"messages[{place}] is no object")
    role = message.get("role")
    turn: Record = {"role": _ROLES.get(role, role) if isinstance(role, str) else role}
    content = first_of(message, ("content", "content_parts", "refusal"))
    audio = message.get("audio")
    if content is None and isinstance(audio, dict):
        content = [{"type": "text", "text": audio.get("transcript")}, {"type": "audio", "audio": audio}]
    turn["content"] = content
    for key in _PER_TURN:
        if key in message:
            turn[key] = message[key]
    if "id" in message and "message_id" not in message:
        turn["message_id"] = message["id"]
    calls = objects(message.get("tool_calls"), f"messages[{place}].tool_calls")
    if calls or message.get("function_call"):
        turn["tool_calls"] = [_call(call, place) for call in calls or [{"function": message["function_call"]}]]
    if turn["role"] == "tool":
        turn["tool_call_id"] = message.get("tool_call_id")
        turn["name"] = message.get("name")
    return turn


def _call(call: Record, place: int) -> Record:
    """Give one call; arguments are parsed where they are a JSON object, and kept as text where not."""
    function = call.get("function") or call.get("custom")
    if not isinstance(function, dict):
        raise RefusedRecordError(f"messages[{place}] has a tool call without a function")
    arguments = function.get("arguments", function.get("input"))
    if isinstance(arguments, str) and arguments.startswith("{"):
        with suppress(orjson.JSONDecodeError):
            arguments = orjson.loads(arguments)
    return {"id": call.get("id"), "name": function.get("name"), "arguments": arguments}
