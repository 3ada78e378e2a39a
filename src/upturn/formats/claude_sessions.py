"""Sessions of Claude Managed Agents as recorded by their client: a call's name and what it gave, one array a line.

Source: Anthropic's Managed Agents API (`/v1/sessions`, types and fields of its events); recordings of LangSmith's SDK.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from upturn.formats.instants import instant
from upturn.formats.messages import read_messages
from upturn.formats.registry import RefusedRecordError, log_format

__all__ = ["claude_sessions"]

Record = dict[str, Any]

_CLIENT: Final = "client.beta.sessions."
_CREATED: Final = f"{_CLIENT}create"
_SENT: Final = f"{_CLIENT}events.send"
_STREAMED: Final = (f"{_CLIENT}events.stream", f"{_CLIENT}events.list")
_SAID: Final = {"user.message": "user", "agent.message": "assistant"}
_CALLS: Final = ("agent.custom_tool_use", "agent.tool_use", "agent.mcp_tool_use")
_RESULTS: Final = {
    "user.custom_tool_result": "custom_tool_use_id",
    "agent.tool_result": "tool_use_id",
    "agent.mcp_tool_result": "mcp_tool_use_id",
}


def _looks_like_sessions(record: Record) -> bool:
    """Whether the rows are calls of the client of sessions."""
    rows = record.get("rows")
    return isinstance(rows, list) and any(name.startswith(_CLIENT) for name, _ in _calls(rows))


@log_format(
    "claude_sessions",
    description="a recorded session of Claude Managed Agents, one array a line: the client's call and what it gave",
    sniff=_looks_like_sessions,
)
def claude_sessions(record: Record) -> Iterable[Record]:
    """Give the session as a conversation: the events that its stream gave, by their ids.

    Events that were sent have neither id nor time and come back in the stream: they are not told twice.

    Raises
    ------
    RefusedRecordError
        If it is no such recording, names no session or several, or an event has no time.
    """
    rows = record.get("rows")
    calls = list(_calls(rows)) if isinstance(rows, list) else []
    created = [given for name, given in calls if name == _CREATED and isinstance(given, dict)]
    sent = [given[0] for name, given in calls if name == _SENT and isinstance(given, list) and given]
    ids = {name for name in (*(one.get("id") for one in created), *sent) if isinstance(name, str)}
    if len(ids) != 1:
        raise RefusedRecordError(f"a recording must be of one session, got {len(ids)}")
    session = created[0] if created else {}
    (session_id,) = ids
    events = {str(given.get("id")): given for name, given in calls if name in _STREAMED and isinstance(given, dict)}
    found = {
        "conversation_id": session_id,
        "started_at": session.get("created_at"),
        "updated_at": session.get("updated_at"),
        **_about(session),
        "turns": [*_prompt(session, session_id), *_turns(events)],
    }
    return ({name: value for name, value in found.items() if value is not None},)


def _calls(rows: list[Any]) -> Iterator[tuple[str, Any]]:
    """Give name and payload of each row that has both."""
    for row in rows:
        if isinstance(row, list) and len(row) == 2 and isinstance(row[0], str):
            yield row[0], row[1]


def _about(session: Record) -> Record:
    """Give who answered, in which version, and for whom."""
    agent, metadata = session.get("agent"), session.get("metadata")
    agent = agent if isinstance(agent, dict) else {}
    metadata = metadata if isinstance(metadata, dict) else {}
    model = agent.get("model")
    return {
        "assistant_id": agent.get("name"),
        "assistant_version": agent.get("version"),
        "config_version": model.get("id") if isinstance(model, dict) else model,
        "user_id": metadata.get("user_id"),
        "metadata": {key: value for key, value in metadata.items() if key != "user_id"},
    }


def _prompt(session: Record, session_id: str) -> Iterator[Record]:
    agent = session.get("agent")
    said = agent.get("system") if isinstance(agent, dict) else None
    if isinstance(said, str) and said:
        at = session.get("created_at")
        yield {"role": "system", "content": said, "message_id": f"{session_id}:system", "created_at": at}


def _turns(events: dict[str, Record]) -> Iterator[Record]:
    """Give the events that say something, with time since their request to the model, and its tokens."""
    turns: dict[str, Record] = {}
    begun, last = None, None
    for name, event in events.items():
        kind = event.get("type")
        if kind == "span.model_request_start":
            begun, last = event, None
        elif kind == "span.model_request_end" and last is not None:
            last |= _usage(event)
        elif (turn := _turn(event, kind)) is not None:
            turns[name] = {**turn, "message_id": name, "created_at": event.get("processed_at")}
            if turn["role"] == "assistant":
                last = turns[name]
                last |= _latency(begun, event)
    yield from turns.values()


def _turn(event: Record, kind: Any) -> Record | None:
    if not isinstance(kind, str):
        return None
    if kind in _SAID:
        return next(iter(read_messages({"role": _SAID[kind], "content": event.get("content")}, role="user")), None)
    if kind in _CALLS:
        call = {"type": "tool_use", "id": event.get("id"), "name": event.get("name"), "input": event.get("input")}
        return next(iter(read_messages({"role": "assistant", "content": [call]}, role="assistant")), None)
    if kind in _RESULTS:
        result = {"type": "tool_result", "tool_use_id": event.get(_RESULTS[kind]), "content": event.get("content")}
        turn = next(iter(read_messages({"role": "user", "content": [result]}, role="user")), None)
        return turn | {"error_type": "error"} if turn is not None and event.get("is_error") is True else turn
    return None


def _latency(begun: Record | None, event: Record) -> Record:
    start, end = instant((begun or {}).get("processed_at")), instant(event.get("processed_at"))
    if start is None or end is None or end < start:
        return {}
    return {"latency_ms": round((end - start).total_seconds() * 1000, 3)}


def _usage(event: Record) -> Record:
    """Give tokens in, with those from the cache, and out."""
    usage = event.get("model_usage")
    usage = usage if isinstance(usage, dict) else {}
    names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    read = [usage[name] for name in names if isinstance(usage.get(name), int)]
    told = {"input_tokens": sum(read) if read else None, "output_tokens": usage.get("output_tokens")}
    return {name: value for name, value in told.items() if value is not None}
