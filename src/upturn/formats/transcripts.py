"""A transcript that is one text, split into what each speaker said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from upturn.formats.registry import RefusedRecordError
from upturn.formats.values import kind_of

__all__ = ["transcript_splitter"]


def transcript_splitter(head: str) -> Callable[[Any], list[dict[str, Any]]]:
    r"""Give the function that splits a text where an RE2 expression finds the head of a turn.

    A turn is the named groups of its head, and `text`: what follows up to the next head. Nothing gives no turns.

    >>> split = transcript_splitter(r"(?m)^(?P<who>\w+): ")
    >>> split("Ann: Hello,\nare you there?\nBot: Yes.")
    [{'who': 'Ann', 'text': 'Hello,\nare you there?'}, {'who': 'Bot', 'text': 'Yes.'}]
    """
    import re2

    expression = re2.compile(head)

    def split(text: Any) -> list[dict[str, Any]]:
        if text is None:
            return []
        if not isinstance(text, str):
            raise RefusedRecordError(f"turns.each: expected a text to split, got {kind_of(text)}")
        found = [one for one in expression.finditer(text) if one.end() > one.start()]
        if text[: found[0].start() if found else len(text)].strip():
            raise RefusedRecordError("turns.head: there is text before the first head of a turn")
        ends = [*(one.start() for one in found[1:]), len(text)]
        return [
            {**one.groupdict(), "text": text[one.end() : end].strip()} for one, end in zip(found, ends, strict=True)
        ]

    return split
