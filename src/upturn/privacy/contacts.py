"""Finds e-mail addresses and phone numbers.

Source: addresses as RFC 5321 writes them without quotes, in any script (RFC 6531); phone numbers by ITU-T E.164 and the
numbering plans of the library phonenumbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from upturn.privacy.numbering_plans import is_valid_number
from upturn.privacy.rule import BETWEEN, NOT_JOINED, NUMBER, SPACE, Rule, Span, nearest_word

__all__ = ["EMAIL", "phone_rule"]

_EMAIL: Final = re.compile(
    r"(?<![\w.!$*+^~-])[\w.!$*+^~-]++(?:['’][\w.+-]++){0,2}(?:@|%40)(?:[\w-]++\.)+(?P<top>(?:xn--)?[^\W_][\w-]*+)"
)
_FILES: Final = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp", "pdf", "css", "js", "json"})
"""No top-level domains, but the ends of names such as icon@2x.png."""


def _emails(text: str) -> Iterator[Span]:
    for found in _EMAIL.finditer(text):
        top = found["top"].lower()
        if len(top) > 1 and not top[0].isdigit() and top not in _FILES:
            yield found.span()


EMAIL: Final = Rule("email", "<EMAIL>", r"(?:@|%40)[^\s@]*\.", _emails, glance="@|%40", scan="words")

_EXTENSION: Final = rf"(?:{SPACE}?(?:x|ext\.?|extension){SPACE}?\d{{1,6}}(?!\w))?"
_AREA: Final = re.compile(r"\(\d{1,5}\)")
_DATE: Final = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d([-./ ])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])([-./ ])(?:0?[1-9]|[12]\d|3[01])\2(?:19|20)\d\d)(?!\d)"
)
_RUN: Final = re.compile(
    rf"{NOT_JOINED}(?<![.,/:=@%-]\b)(?:\+{BETWEEN}?)?\(?\d++\)?(?:{BETWEEN}{{0,2}}\(?\d++\)?)*{_EXTENSION}"
)
_WORDS: Final = re.compile(
    r"(?P<phone>(?<![a-z])(?:tele|cell)?phones?(?![a-z])|mobile"
    r"|\bcell|\btel\b|telefon|téléphone|teléfono|\bfax|whatsapp|\bsms\b|\bcall|\bcontact"
    r"|\breach|\bring|\bdial|\btext (?:me|us)|handynummer|móvil|(?:my|your|h(?:is|er)|their|our) number)"
    r"|(?P<other>order|purchase|invoice|track|reserv|booking|ticket|\bcase|\bref|account|\bitem|product|confirm|policy"
    r"|claim|serial|\bsku|isbn|imei|\bid\b|_id\b|\bids\b|payment|gift|amount|price|total|balance|zip|postal|timestamp"
    r"|[#$€£])",
    re.IGNORECASE,
)
_PHONE_SCREEN: Final = (
    rf"\+{BETWEEN}?\(?\d(?:[()]?{BETWEEN}{{0,2}}[()]?\d){{6}}"
    rf"|\(\d{{1,5}}\){BETWEEN}?\d(?:{BETWEEN}{{0,2}}\d){{3}}"
    rf"|{NUMBER}"
    r"|(?is:phone|mobile|cell|tel|fax|whatsapp|sms|call|contact|reach|ring|dial|text (?:me|us)|téléphone|handy|móvil"
    rf"|(?:my|your|his|her|their|our) number)(?s:.*)\d(?:[()]?{BETWEEN}{{0,2}}[()]?\d){{6}}"
)


_SHORTEST: Final = 7
"""Digits of a number that is looked at."""
_EXTENDED: Final = re.compile("[xXe]")
_DIGITS: Final = re.compile(r"\d+")


def phone_rule(regions: tuple[str, ...]) -> Rule:
    """Give the rule for phone numbers; `regions` (ISO 3166) are where a number without +CODE may be from."""
    return Rule("phone", "<PHONE>", _PHONE_SCREEN, partial(_phones, regions=regions), scan="numbers")


def _phones(text: str, *, regions: tuple[str, ...]) -> Iterator[Span]:
    for found in _RUN.finditer(text):
        start, end = found.span()
        if end - start < _SHORTEST:
            continue
        run = found.group()
        digits = sum(map(str.isdigit, _EXTENDED.split(run, 1)[0]))
        if digits < _SHORTEST or text[end : end + 1].isalpha() or _DATE.search(run):
            continue
        if digits > 15:
            yield from ((start + first, start + last) for first, last in _several(run, regions))
        elif _is_phone(run, digits, nearest_word(text, start, _WORDS), regions):
            yield start, end - (run.endswith(")") and run.count("(") < run.count(")"))


def _is_phone(run: str, digits: int, word: str | None, regions: tuple[str, ...]) -> bool:
    """Decide by what the number is called and looks like; where that says nothing, by numbering plans.

    Digits in a row that nothing calls a phone number are one only if they begin with 0: they are mostly order numbers.
    """
    if word == "phone" or (run[0] == "+" and digits >= 8):
        return True
    if word == "other":
        return False
    if _AREA.match(run):
        return True
    groups = _DIGITS.findall(run)
    if digits >= 9 and len(groups) >= 3 and all(len(group) <= 5 for group in groups):
        return [len(group) for group in groups].count(4) < 3 and (len(groups[0]) > 1 or groups[0] in "01")
    return digits >= 9 and (len(groups) > 1 or groups[0][0] == "0") and is_valid_number(run, regions)


def _several(run: str, regions: tuple[str, ...]) -> Iterator[Span]:
    """Give the phone numbers in a long run of numbers."""
    import phonenumbers

    if len(run) <= _LONGEST and not run.isdigit() and regions:
        for match in phonenumbers.PhoneNumberMatcher(run, regions[0]):
            yield match.start, match.end


_LONGEST: Final = 200
"""Characters of a run of numbers in which phone numbers are looked for; tables of figures are longer."""
