"""Leaves of a canonical record: text, ids, times, amounts; each reads what is unambiguous and refuses the rest."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import orjson
from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

__all__ = ["Amount", "Content", "Flag", "Identifier", "Moment", "Rating", "Text", "Whole", "kind_of", "shown"]

_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2100, 1, 1, tzinfo=UTC)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_UNSHOWN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NUMBER: Final = re.compile(r"\d{1,15}(\.\d{1,15})?")
_WHOLE: Final = re.compile(r"\d{1,15}")
_MILLISECONDS_FROM: Final = 100_000_000_000
"""Unix times above this are milliseconds: as seconds they lie after the year 5000, as milliseconds after 1973."""


def kind_of(value: object) -> str:
    """Give the JSON kind of a value, for a message that does not quote it.

    >>> kind_of({"a": 1}), kind_of(None), kind_of(True)
    ('an object', 'null', 'a boolean')
    """
    if isinstance(value, bool):
        return "a boolean"
    names = {dict: "an object", list: "a list", str: "text", int: "a number", float: "a number", type(None): "null"}
    return names.get(type(value), "something else")


def shown(text: str) -> str:
    r"""Give text that is safe to show: control characters as their escapes.

    >>> shown("a\x1b[2J\0")
    'a\\x1b[2J\\x00'
    """
    return _UNSHOWN.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _text(value: Any) -> str:
    """Take text, and numbers as their text."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return orjson.dumps(value).decode()
    if not isinstance(value, str):
        raise ValueError(f"expected text, got {kind_of(value)}")  # noqa: TRY004  pydantic collects ValueErrors
    if "\0" in value:
        raise ValueError("holds a null character (U+0000), which is no text")
    return value


def _content(value: Any) -> Any:
    """Take text or typed parts, and say what is wrong once: a union would say it for text and for a list."""
    if isinstance(value, list):
        if odd := [part for part in value if not isinstance(part, dict)]:
            raise ValueError(f"expected every part to be an object, got {kind_of(odd[0])}")
        return value
    if kind_of(value) not in ("text", "a number"):
        raise ValueError(f"expected text or a list of parts, got {kind_of(value)}")
    return _text(value)


def _identifier(value: Any) -> str:
    text = _text(value)
    if not text or len(text) > 512:
        raise ValueError(f"expected an id of 1 to 512 characters, got {len(text)}")
    if _CONTROL.search(text):
        raise ValueError("an id can't hold control characters")
    if text.isspace():
        raise ValueError("an id can't be blanks only")
    return text


def _moment(value: Any, info: ValidationInfo) -> datetime:
    """Take ISO 8601 text with an offset, or Unix seconds or milliseconds; naive text only with a configured zone."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError(f"expected ISO 8601 text with an offset, got {kind_of(value)}")  # noqa: TRY004
    if isinstance(value, str):
        moment = _read_iso(value, (info.context or {}).get("zone"))
    else:
        seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
        if not math.isfinite(seconds) or not _FIRST.timestamp() <= seconds < _LAST.timestamp():
            raise ValueError("lies outside the years 2000 to 2099")
        moment = datetime.fromtimestamp(seconds, UTC)
    if not _FIRST <= moment < _LAST:
        raise ValueError("lies outside the years 2000 to 2099")
    return moment


def _read_iso(text: str, zone: ZoneInfo | None) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError("is no ISO 8601 time such as 2026-11-23T09:30:00Z") from error
    if moment.tzinfo is None:
        if zone is None:
            raise ValueError(
                "has no time zone: write an offset such as Z or +01:00, or give the source a `timezone` in upturn.toml"
            )
        moment = moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("lies outside the years 2000 to 2099") from error


def _amount(value: Any) -> float:
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and _NUMBER.fullmatch(text):
        text = float(text)
    if isinstance(text, bool) or not isinstance(text, (int, float)):
        raise ValueError(f"expected a number, got {kind_of(value)}")  # noqa: TRY004
    if not math.isfinite(text) or text < 0 or text >= 1e15:
        raise ValueError("must be a number from 0 to 1e15")
    return float(text)


def _whole(value: Any) -> int:
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and _WHOLE.fullmatch(text):
        text = int(text)
    if isinstance(text, float) and text.is_integer():
        text = int(text)
    if isinstance(text, bool) or not isinstance(text, int):
        raise ValueError(f"expected a whole number, got {kind_of(value)}")  # noqa: TRY004
    if not 0 <= text < 10**15:
        raise ValueError("must be a whole number from 0 to 1e15")
    return text


def _flag(value: Any) -> bool:
    if isinstance(value, str) and value in ("true", "false"):
        return value == "true"
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, got {kind_of(value)}")  # noqa: TRY004
    return value


def _rating(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else _text(value)


_TEXT_SCHEMA: Final = {"type": ["string", "number"]}
Text = Annotated[str, BeforeValidator(_text), WithJsonSchema(_TEXT_SCHEMA)]
"""Text without U+0000; a number is taken as its text."""
Content = Annotated[Text | list[dict[str, Any]], BeforeValidator(_content)]
"""Text, or a list of typed parts."""
Rating = Annotated[str, BeforeValidator(_rating), WithJsonSchema({"type": ["string", "number", "boolean"]})]
"""Text, number or boolean, as its text."""
Identifier = Annotated[
    str, BeforeValidator(_identifier), WithJsonSchema({**_TEXT_SCHEMA, "minLength": 1, "maxLength": 512})
]
"""1 to 512 characters, not blanks only, none of them a control character."""
Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": ["string", "number"], "format": "date-time"})
]
"""An instant in the years 2000 to 2099, UTC after reading."""
Amount = Annotated[float, BeforeValidator(_amount), WithJsonSchema({"type": "number", "minimum": 0})]
Whole = Annotated[int, BeforeValidator(_whole), WithJsonSchema({"type": "integer", "minimum": 0})]
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
