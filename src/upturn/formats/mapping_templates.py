"""Texts with paths in braces: ids and names that are put together from several fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, Protocol

import orjson

from upturn.formats.mapping_paths import compile_path

__all__ = ["Scope", "Template", "as_text", "compile_template"]

_PIECE: Final = re.compile(r"\{([^{}]*)\}")
_PLACES: Final = ("$line", "$file", "$digest", "$turn", "$number")


class Scope(Protocol):
    """What is known around the value that a field is read from."""

    def place(self, name: str) -> Any:
        """Give line, file, digest, turn or number."""


Template = Callable[[Any, Scope], str | None]
"""Gives the text for a value; None where one of its pieces is nothing."""


def as_text(value: Any) -> str | None:
    """Give a plain value as text, whole numbers without a fraction; None for nothing, lists and objects.

    >>> as_text(1.0), as_text(True), as_text("a"), as_text([1])
    ('1', 'true', 'a', None)
    """
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (list, dict)):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return orjson.dumps(value).decode() if not isinstance(value, int) or isinstance(value, bool) else str(value)


def compile_template(text: str) -> Template:
    """Give the function of a template such as `star-{DialogueID}`.

    Raises
    ------
    ValueError
        If braces are not in pairs, or what stands in them is no path.
    """
    pieces: list[str | Callable[[Any, Scope], str | None]] = []
    end = 0
    for found in _PIECE.finditer(text):
        pieces.append(text[end : found.start()])
        pieces.append(_piece(found[1]))
        end = found.end()
    pieces.append(text[end:])
    if any("{" in piece or "}" in piece for piece in pieces if isinstance(piece, str)):
        raise ValueError("has a brace without its other: paths stand in one pair each")

    def read(value: Any, scope: Scope) -> str | None:
        said = ""
        for piece in pieces:
            part = piece if isinstance(piece, str) else piece(value, scope)
            if part is None:
                return None
            said += part
        return said

    return read


def _piece(inner: str) -> Callable[[Any, Scope], str | None]:
    if inner.startswith("$"):
        if inner not in _PLACES:
            raise ValueError(f"holds {{{inner}}}: expected a path or one of {', '.join(_PLACES)}")
        return lambda _, scope: as_text(scope.place(inner))
    search = compile_path(inner)
    return lambda value, _: as_text(search(value))
