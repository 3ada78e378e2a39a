"""The slow path: one record at a time, to a canonical record without anything doubtful, or to the reason against it."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from pydantic import ValidationError

from upturn.formats.canonical import CanonicalRecord
from upturn.formats.parts import kept_parts
from upturn.formats.registry import RefusedRecordError

__all__ = ["as_line", "normalise", "parse_json"]

_REASONS_SHOWN: Final = 3
_SAID: Final = {
    "missing": "is missing",
    "list_type": "expected a list",
    "dict_type": "expected an object",
    "model_type": "expected an object",
}
"""Reason by pydantic's type of error, where its own words are not a person's."""


def parse_json(raw: bytes) -> Any:
    """Give the value that a raw record holds.

    Raises
    ------
    RefusedRecordError
        If it is not valid JSON in UTF-8; the reason names the byte, not the text.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        where = f"at character {error.pos + 1} of {len(raw)} bytes"
        raise RefusedRecordError(f"not valid JSON {where}: {error.msg.split(':')[0]}") from error


def normalise(record: Any, zone: ZoneInfo | None = None) -> dict[str, Any]:
    """Give the same record with every time in UTC, every leaf of its own type and other fields in `metadata`.

    Parameters
    ----------
    record : what a format made, any JSON value.
    zone : zone of times without an offset; None: they are refused.

    Raises
    ------
    RefusedRecordError
        If a field can't be used; the reason names up to three fields, and quotes nothing.
    """
    try:
        read = CanonicalRecord.model_validate(record, context={"zone": zone})
    except ValidationError as error:
        raise RefusedRecordError(_reason(error)) from error
    plain = read.model_dump(exclude_none=True, exclude=set(read.model_extra or ()) | {"turns", "feedback", "metadata"})
    if metadata := {**(read.metadata or {}), **(read.model_extra or {})}:
        plain["metadata"] = metadata
    if read.turns or "turns" in read.model_fields_set:
        plain["turns"] = _turns(read, record.get("turns") or [])
    if read.feedback:
        plain["feedback"] = [piece.model_dump(exclude_none=True) for piece in read.feedback]
    return plain


def as_line(plain: dict[str, Any]) -> bytes:
    """Give a normalised record as one line of JSON.

    Raises
    ------
    RefusedRecordError
        If it can't be written: a null character, a lone surrogate, or more than 250 levels of nesting.
    """
    try:
        line = orjson.dumps(plain)
    except TypeError as error:
        raise RefusedRecordError("holds text that is no valid Unicode, or is nested too deeply") from error
    if rb"\u0000" in line and _holds_null(plain):
        raise RefusedRecordError("holds a null character (U+0000), which is no text")
    return line


def _holds_null(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_null(key) or _holds_null(part) for key, part in value.items())
    return isinstance(value, list) and any(_holds_null(part) for part in value)


def _turns(read: CanonicalRecord, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the turns; one without a time takes the time of the turn before it, else the start."""
    turns, moment = [], read.started_at
    for turn, raw in zip(read.turns, given, strict=True):
        moment = turn.created_at or moment
        plain = turn.model_dump(exclude_none=True, exclude={"name", "tool_name", "tool_calls"})
        plain["created_at"] = moment
        if name := turn.name if turn.name is not None else turn.tool_name:
            plain["name"] = name
        if turn.tool_calls:
            plain["tool_calls"] = raw["tool_calls"]
        if turn.parts:
            plain["parts"] = kept_parts(turn.parts)
        if isinstance(turn.content, list):
            plain["parts"] = kept_parts(turn.content)
            plain["content"] = _spoken(turn.content)
        turns.append(plain)
    return turns


def _spoken(parts: list[dict[str, Any]]) -> str | None:
    """Give the text of typed parts, a line each; None where they hold none."""
    return "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str)) or None


def _reason(error: ValidationError) -> str:
    """Give the problems on one line, by field."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    shown = [f"{_field(problem['loc'])}{_said(problem)}" for problem in problems[:_REASONS_SHOWN]]
    more = len(problems) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def _field(path: tuple[int | str, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return f"{text} " if text else ""


def _said(problem: Any) -> str:
    said = str(problem["msg"]).removeprefix("Value error, ").replace("Input should be", "expected", 1)
    return _SAID.get(problem["type"], said[:1].lower() + said[1:])
