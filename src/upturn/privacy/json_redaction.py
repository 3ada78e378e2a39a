"""Reads JSON text token by token and puts others in their place: the rest keeps its bytes, with order and spaces."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import orjson

__all__ = ["JsonToken", "is_json", "json_tokens", "replaced_tokens"]

_TOKEN: Final = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*+")(?P<colon>\s*+:)?|(?P<number>-?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?)'
    r"|(?P<other>[{}\[\],])",
    re.DOTALL,
)


def is_json(text: str) -> bool:
    """Say whether a text is one JSON value."""
    try:
        orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return False
    return True


class JsonToken(NamedTuple):
    """A string or whole number of a JSON text."""

    start: int
    end: int
    value: str
    name: str
    """The key that it stands under; "" for none, and for keys themselves."""
    is_key: bool
    place: int
    """Number of the object that it is a key of."""

    @property
    def said(self) -> str:
        """The value as the rules see it: behind its name."""
        return f"{self.name}: {self.value}" if self.name else self.value


def json_tokens(text: str) -> Iterator[JsonToken]:
    """Give the strings and whole numbers of a JSON text in order; of broken JSON the strings that are complete."""
    name, opened = "", 0
    objects = [0]
    make = tuple.__new__  # a named tuple's own constructor takes three times as long
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup
        written = found[0]
        if kind == "other":
            name = ""
            if written == "{":
                opened += 1
                objects.append(opened)
            elif written == "}" and len(objects) > 1:
                objects.pop()
        elif kind == "number":
            if written.isdigit():
                yield make(JsonToken, (*found.span(), written, name, False, objects[-1]))
        elif kind == "text":
            yield make(JsonToken, (*found.span(), _decoded(written), name, False, objects[-1]))
        else:
            name = _decoded(found["text"])
            yield make(JsonToken, (*found.span("text"), name, "", True, objects[-1]))


def replaced_tokens(text: str, tokens: Iterable[tuple[JsonToken, str]]) -> str:
    """Give JSON text with other values for some of its tokens, in their order.

    Two keys of an object that become the same are told apart by a number: `<EMAIL>`, `<EMAIL>_2`.
    """
    changed = [(token, value) for token, value in tokens if value != token.value]
    if not changed:
        return text
    has_keys = any(token.is_key for token, _ in changed)
    taken = {(token.place, token.value) for token in json_tokens(text) if token.is_key} if has_keys else set()
    pieces: list[str] = []
    last = 0
    for token, value in changed:
        own = _own(value, token.place, taken) if token.is_key else value
        pieces += (text[last : token.start], _encoded(own))
        last = token.end
    return "".join((*pieces, text[last:]))


def _own(key: str, place: int, taken: set[tuple[int, str]]) -> str:
    """Give a key that its object does not have yet."""
    own, count = key, 1
    while (place, own) in taken:
        count += 1
        own = f"{key}_{count}"
    taken.add((place, own))
    return own


def _decoded(written: str) -> str:
    if "\\" not in written:
        return written[1:-1]
    try:
        return str(orjson.loads(written))
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        try:
            return str(json.loads(written, strict=False))
        except ValueError:
            return written[1:-1]


def _encoded(text: str) -> str:
    try:
        return orjson.dumps(text).decode()
    except TypeError:
        return json.dumps(text)
