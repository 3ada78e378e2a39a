"""Examples for training: conversations without a time, often without an id, that are whole and never grow."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from upturn.formats.registry import RefusedRecordError

__all__ = ["example_id"]


def example_id(messages: list[Any]) -> str:
    """Give an id for an example without one: a digest of all its messages.

    It is the same whenever the example is exported again, in whatever order the fields of a message are written. Two
    equal examples have one id: they are one example. A conversation that may still grow must not be named like this.

    >>> example_id([{"from": "human", "value": "hi"}]) == example_id([{"value": "hi", "from": "human"}])
    True

    Raises
    ------
    RefusedRecordError
        If the messages hold text that is no valid Unicode.
    """
    try:
        text = orjson.dumps(messages, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise RefusedRecordError("the messages hold text that is no valid Unicode") from error
    return f"example-{hashlib.sha256(text).hexdigest()[:32]}"
