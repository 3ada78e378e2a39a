"""Tells a file's format by its first records."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from upturn.domain.errors import InputError
from upturn.formats.normalise import parse_json
from upturn.formats.registry import LogFormat, RefusedRecordError, formats

__all__ = ["detect_format"]

_LOOKED_AT: Final = 20
_KEYS_SHOWN: Final = 8
_NAME: Final = re.compile(r"[A-Za-z_][\w.-]{0,39}")


def detect_format(first: Sequence[bytes], *, file: str) -> LogFormat:
    """Give the format that most of the first records look like.

    Parameters
    ----------
    first : raw records, in order; 20 are looked at.
    file : name for the message.

    Raises
    ------
    InputError
        If no format knows any of them, or two know equally many; names the formats and the fields that were seen.
    """
    records = _objects(first[:_LOOKED_AT])
    known = formats()
    votes = {name: sum(form.sniff(record) for record in records) for name, form in known.items()}
    most = max(votes.values())
    winners = [name for name, count in votes.items() if count == most]
    if most and len(winners) == 1:
        return known[winners[0]]
    if not records:
        seen = f"none of the first {min(len(first), _LOOKED_AT)} records is a JSON object{_why(first[:1])}"
    else:
        keys = sorted({key for record in records for key in record})
        seen = _fields(keys)
    told = f"looks like {' and '.join(winners)}" if most else f"is of no known format ({', '.join(known)})"
    raise InputError(
        f"{file} {told}: {seen}. Name the format with --format (docs/reference/formats.md), or say by --mapping what "
        "its fields are (docs/guide/map-your-logs.md)"
    )


def _why(first: Sequence[bytes]) -> str:
    """Say what is wrong with the first record, of whose text nothing is said."""
    for text in first:
        try:
            parse_json(text)
        except RefusedRecordError as error:
            return f" (the first: {error})"
    return ""


def _fields(keys: Sequence[str]) -> str:
    """Say which fields records have; what is no name of a field may be what a customer said, and is not repeated."""
    names = [key for key in keys if _NAME.fullmatch(key)]
    if not names:
        return "the records have no field with a plain name: is the first line data, not a header?"
    shown = ", ".join(names[:_KEYS_SHOWN])
    return f"the records have the fields {shown}" + (" and others" if len(keys) > len(names[:_KEYS_SHOWN]) else "")


def _objects(texts: Sequence[bytes]) -> list[dict[str, Any]]:
    records = []
    for text in texts:
        try:
            record = parse_json(text)
        except RefusedRecordError:
            continue
        if isinstance(record, dict):
            records.append(record)
    return records
