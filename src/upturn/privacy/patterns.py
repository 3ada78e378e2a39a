"""A team's own patterns, run by RE2: in time proportional to the text, whatever the pattern."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from upturn.privacy.rule import Rule, Span

if TYPE_CHECKING:
    from upturn.settings import RedactionPattern

__all__ = ["compiled", "encodable", "pattern_rule"]


@lru_cache(maxsize=256)
def compiled(expression: str) -> Any:
    """Give an RE2 expression ready to search."""
    import re2

    return re2.compile(expression)


def encodable(text: str) -> str:
    """Give the text as UTF-8 can hold it, of the same length: lone surrogates, which JSON can write, become "?"."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def pattern_rule(pattern: RedactionPattern) -> Rule:
    """Give the rule of a configured pattern."""
    return Rule(
        pattern.name, pattern.placeholder, pattern.regex, partial(_matches, expression=pattern.regex), scan=pattern.name
    )


def _matches(text: str, *, expression: str) -> Iterator[Span]:
    for found in compiled(expression).finditer(encodable(text)):
        start, end = found.span()
        if start < end:
            yield start, end
