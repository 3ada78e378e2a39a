"""Fields of raw records, read without trust: an object where one is expected, or the reason against the record."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from upturn.formats.registry import RefusedRecordError
from upturn.formats.values import kind_of

__all__ = ["an_object", "an_option", "first_of", "known", "objects", "text_of", "utc_text"]

Record = dict[str, Any]

_MILLISECONDS_FROM: Final = 100_000_000_000
_YEARS: Final = (946_684_800, 4_102_444_800)
"""2000 to 2100 in Unix seconds."""


def an_object(value: Any, where: str) -> Record:
    """Give the value as an object; null is an empty one.

    Raises
    ------
    RefusedRecordError
        If it is neither; the reason names the place, such as `ticket.via`.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RefusedRecordError(f"{where} must be an object, got {kind_of(value)}")
    return value


def objects(value: Any, where: str) -> list[Record]:
    """Give the value as a list of objects; null is an empty one.

    Raises
    ------
    RefusedRecordError
        If it is no list, or one of its elements is no object.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise RefusedRecordError(f"{where} must be a list, got {kind_of(value)}")
    for place, element in enumerate(value):
        if not isinstance(element, dict):
            raise RefusedRecordError(f"{where}[{place}] must be an object, got {kind_of(element)}")
    return value


def text_of(value: Any) -> str | None:
    """Give an id or a word as text: a whole number as its digits; None for null, and for what is no such thing."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value)


def an_option(value: Any, options: Mapping[str, str]) -> str | None:
    """Give what stands for a value of an enumeration; None where the value is not in it."""
    return options.get(value) if isinstance(value, str) else None


def first_of(record: Record, names: Iterable[str]) -> Any:
    """Give the first of these fields that is not null; None where there is none."""
    return next((record[name] for name in names if record.get(name) is not None), None)


def known(**fields: Any) -> Record:
    """Give the fields that are not null.

    >>> known(role="user", content=None)
    {'role': 'user'}
    """
    return {name: value for name, value in fields.items() if value is not None}


def utc_text(moment: Any) -> Any:
    """Give Unix seconds or milliseconds as ISO 8601 text in UTC; anything else as it is, to be checked later.

    >>> utc_text(1604448723), utc_text(1604448723250), utc_text("2020-11-04")
    ('2020-11-04T00:12:03Z', '2020-11-04T00:12:03.250000Z', '2020-11-04')
    """
    if isinstance(moment, bool) or not isinstance(moment, (int, float)) or not math.isfinite(moment):
        return moment
    seconds = moment / 1000 if abs(moment) >= _MILLISECONDS_FROM else moment
    if not _YEARS[0] <= seconds < _YEARS[1]:
        return moment
    return datetime.fromtimestamp(seconds, UTC).isoformat().removesuffix("+00:00") + "Z"
