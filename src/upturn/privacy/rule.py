"""What finds one kind of personal data in a text, and the vocabulary that several of them use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

__all__ = ["BETWEEN", "NOT_JOINED", "NO_BREAK", "NUMBER", "PLACEHOLDER", "SPACE", "Rule", "Span", "nearest_word"]

Span = tuple[int, int]
"""Start and end of what is replaced, in characters."""

PLACEHOLDER: Final = re.compile(
    r"<(?:ADDRESS|API_KEY|CARD|EMAIL|ERASED|IBAN|IP|NATIONAL_ID|PASSWORD|PERSON|PHONE|URL_SECRET)>"
)
"""What personal data is replaced by; nothing within one is ever replaced again. A key in angle brackets is a key."""

NO_BREAK: Final = "\u00a0"
"""The space at which no line breaks."""

SPACE: Final = "[ \u00a0\u202f]"
"""What stands between groups of digits: a space, one that does not break, a narrow one. Python and RE2 agree on it."""

NOT_JOINED: Final = r"(?<![0-9A-Za-z_])"
"""Nothing of a word stands directly before."""

BETWEEN: Final = "[ \u00a0\u202f.\u2010\u2011\u2012\u2013/-]"
"""What may stand between the groups of a written number."""

NUMBER: Final = rf"\d(?:[()]?{BETWEEN}{{0,2}}[()]?\d){{8}}"
"""RE2: a number of nine digits or more, however it is grouped."""

_WINDOW: Final = 40
"""Characters before a number in which a word says what it is."""


@dataclass(frozen=True, eq=False)
class Rule:
    """Finds one kind."""

    kind: str
    placeholder: str
    screen: str
    """RE2: matches every text in which `find` finds something, and few others. JSON is screened as it is written."""
    find: Callable[[str], Iterator[Span]]
    """The spans in their order, none empty, none overlapping another. Takes time in proportion to the text."""
    glance: str = ""
    """RE2 that matches as `screen` does and more, where that makes a scan for several rules fast; "": the screen."""
    scan: str = ""
    """Rules of one scan are looked for together first. An expression of few states is fast: hence several scans."""


def nearest_word(text: str, start: int, words: re.Pattern[str]) -> str | None:
    """Give the name of the group of `words` that matches last in the 40 characters before `start`; None: none does.

    The expression is written in lower case and finds either case.

    >>> nearest_word("order 12, phone 34", 16, re.compile("(?P<other>order)|(?P<phone>phone)"))
    'phone'
    """
    first = max(0, start - _WINDOW)
    seen = max(0, first - 1)  # what stands before the window says whether its first word begins there
    return _last_word(text[seen:start], first - seen, words)


@lru_cache(maxsize=8192)
def _last_word(said: str, begin: int, words: re.Pattern[str]) -> str | None:
    if said.isascii():  # lower case is found several times as fast as either case
        said, words = said.lower(), _lower(words)
    last = None
    for found in words.finditer(said, begin):
        last = found.lastgroup
    return last


@cache
def _lower(words: re.Pattern[str]) -> re.Pattern[str]:
    return re.compile(words.pattern, words.flags & ~re.IGNORECASE)
