"""Finds payment cards and bank accounts: by form, and by the check digits that a mistyped or invented number fails.

Source: ISO/IEC 7812 (issuer ranges, Luhn), ISO 13616 (IBAN, mod 97).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from upturn.privacy.rule import NO_BREAK, NOT_JOINED, NUMBER, Rule, Span, nearest_word

__all__ = ["CARD", "IBAN"]

_BETWEEN: Final = "[ \u00a0\u202f\u2010\u2011\u2013.-]"
_RUN: Final = re.compile(rf"{NOT_JOINED}\d(?:{_BETWEEN}?\d){{12,}}+")
_GROUPED: Final = re.compile(
    rf"(?<!\d)(?:\d{{4}}({_BETWEEN})\d{{4}}\1\d{{4}}\1\d{{4}}(?:\1\d{{3}})?|\d{{4}}({_BETWEEN})\d{{6}}\2\d{{4,5}}"
    r"|\d{13,19})(?!\d)"
)
_ISSUERS: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|22[2-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[689]\d)\d{11}|(?:35|62|64|65|60|50|5[6-9]|63|67)\d{14,17}"
)
"""Visa, Mastercard, American Express, Diners, and JCB, UnionPay, Discover, Maestro with their lengths."""
_LINE: Final = r"[ -]?\r?\n[ >]{0,2}"
"""Where a line ends within a number, also in a message that is quoted."""
_OVER_LINE: Final = re.compile(
    rf"{NOT_JOINED}(?=(?P<first>\d(?:{_BETWEEN}?\d){{0,17}}+){_LINE}(?P<rest>\d(?:{_BETWEEN}?\d){{0,17}}+))"
)
_GROUPS: Final = re.compile(r"\d{4}(?:S\d{4}){3}|\d{4}S\d{6}S\d{4,5}".replace("S", f"(?:{_BETWEEN}|{_LINE})"))
"""A number's groups, one of them on a line of its own."""
_CARD_WORD: Final = re.compile(r"(?P<card>card|visa|credit|debit|karte|carte|tarjeta)", re.IGNORECASE)


def _cards(text: str) -> Iterator[Span]:
    spans = [*_on_a_line(text), *(_over_lines(text) if "\n" in text else ())]
    last = 0
    for start, end in sorted(spans):
        if start >= last:
            yield start, end
            last = end


def _over_lines(text: str) -> Iterator[Span]:
    """Give cards that a line's end cuts in two: written in groups, or named as cards; lines of figures are neither."""
    for found in _OVER_LINE.finditer(text):
        start = found.start()
        for end in _ends(text, *found.span("rest")):
            if (
                _ends_here(text, end)
                and _is_card(text, start, end)
                and (_GROUPS.fullmatch(text, start, end) or nearest_word(text, start, _CARD_WORD))
            ):
                yield start, end
                break


def _ends(text: str, start: int, end: int) -> Iterator[int]:
    """Give the ends of a run of figures and of its beginnings, the longest first."""
    return (place + 1 for place in range(end - 1, start - 1, -1) if text[place].isdigit())


def _on_a_line(text: str) -> Iterator[Span]:
    for run in _RUN.finditer(text):
        pieces = (
            [run]
            if _ends_here(text, run.end()) and _is_card(text, *run.span())
            else _GROUPED.finditer(text, *run.span())
        )
        yield from (piece.span() for piece in pieces if _is_card(text, *piece.span()))


def _ends_here(text: str, end: int) -> bool:
    return not text[end : end + 1].isalnum()


def _is_card(text: str, start: int, end: int) -> bool:
    from stdnum import luhn

    if end - start > 40:
        return False
    digits = "".join(filter(str.isdigit, text[start:end]))
    is_known = _ISSUERS.fullmatch(digits) is not None and luhn.is_valid(digits)
    return is_known and (len(digits) != 13 or nearest_word(text, start, _CARD_WORD) is not None)


_LINE_SCREEN: Final = r"\d{3}[ -]?(?:\r?\n|(?:\\+r)?\\+n)[ >]{0,2}\d{3}"
CARD: Final = Rule("card", "<CARD>", f"{NUMBER}|{_LINE_SCREEN}", _cards, scan="numbers")

_IBAN: Final = re.compile(rf"(?<![0-9A-Za-z])[A-Za-z]{{2}}\d\d(?:[ {NO_BREAK}-]?[0-9A-Za-z]){{11,32}}")


def _ibans(text: str) -> Iterator[Span]:
    place = 0
    while found := _IBAN.search(text, place):
        length = _iban_length(found.group())
        place = found.start() + (length or 2)
        if length:
            yield found.start(), place


def _iban_length(given: str) -> int | None:
    """Give how many characters of a text are an account's number: words may follow it."""
    from stdnum import iban

    signs = _signs_of(given[:2].upper())
    places = [place for place, sign in enumerate(given, 1) if sign.isalnum()]
    if not signs or len(places) < signs or given[places[signs - 1] : places[signs - 1] + 1].isalnum():
        return None
    end = places[signs - 1]
    return end if iban.is_valid(given[:end], check_country=False) else None


@cache
def _signs_of(country: str) -> int | None:
    """Give how many letters and digits an account's number of that country has; None: it has none."""
    from stdnum import numdb

    parts = numdb.get("iban").info(country)
    form = parts[0][1].get("bban")
    return 4 + sum(map(int, re.findall(r"\d+", form))) if form else None


IBAN: Final = Rule(
    "iban",
    "<IBAN>",
    rf"(?i)\b[a-z]{{2}}\d\d(?:[ {NO_BREAK}-]?[0-9a-z]){{11}}",
    _ibans,
    glance=rf"\b[A-Za-z]{{2}}[0-9]{{2}}[ {NO_BREAK}-]?[0-9A-Za-z]",
    scan="words",
)
