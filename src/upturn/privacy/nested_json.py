"""Reads JSON that is the text of a JSON value: tool calls carry their arguments so, and tools their results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson

__all__ = ["LEVELS", "changed_within", "is_like_json", "value_of"]

LEVELS: Final = 6
"""Levels of JSON within text that are read as such."""


def is_like_json(text: str) -> bool:
    """Say whether a text begins as a JSON object or list does: a look at its first characters, whatever its length.

    >>> is_like_json(' {"a": 1}'), is_like_json("[1"), is_like_json("say {a}")
    (True, True, False)
    """
    return text[:1] in ("{", "[") or (text[:1].isspace() and text.lstrip()[:1] in ("{", "["))


def value_of(text: str) -> Any:
    """Give the object or list that a text is; None where it is none, or broken.

    >>> value_of('{"a": 1}'), value_of("[1"), value_of("7")
    ({'a': 1}, None, None)
    """
    if not is_like_json(text):
        return None
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return None


def changed_within(text: str, change: Callable[[Any], Any], *, otherwise: Callable[[str], str]) -> str:
    """Give a text with the object or list that it is changed; the text itself where nothing changes.

    Parameters
    ----------
    otherwise : changes a text that begins like JSON and is broken, or nested too deeply to be walked through.
    """
    if not is_like_json(text):
        return text
    value = value_of(text)
    if value is None:
        return otherwise(text)
    try:
        changed = change(value)
        return text if changed == value else orjson.dumps(changed).decode()
    except (TypeError, RecursionError):
        return otherwise(text)
