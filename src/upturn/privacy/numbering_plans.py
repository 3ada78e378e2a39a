"""Says whether a written number is one of a country's telephone numbers, by the numbering plans of phonenumbers.

A number that is written plainly is held against the plan's expressions at once; any other takes the library's own way.
Both give the same answer.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata

__all__ = ["is_valid_as_written", "is_valid_number"]

_PLAIN: Final = re.compile("[0-9(][0-9() \u00a0.\u2010\u2011\u2012\u2013/-]*")
"""Digits and the signs between them that phonenumbers knows: no +CODE, no extension. It reads only the digits then."""
_NOT_DIGITS: Final = re.compile("[^0-9]+")
_KINDS: Final = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "fixed_line",
    "mobile",
)
"""Those by which phonenumbers knows a number; the others are for dialling only."""
_LENGTHS: Final = range(2, 18)
"""Digits of a national number."""


class _Plan(NamedTuple):
    """How numbers without +CODE are dialled in a region."""

    country_code: int
    abroad: re.Pattern[str]
    """What is dialled before a country's code."""
    prefix: re.Pattern[str] | None
    """What is dialled before a number within the country."""
    general: re.Pattern[str]
    lengths: frozenset[int]
    """Those that a number may have once the prefix is off."""


class _Numbers(NamedTuple):
    """The numbers of a region."""

    leading: re.Pattern[str] | None
    """How all of them begin; None: several regions of a country share its beginnings."""
    by_length: dict[int, re.Pattern[str]]


@lru_cache(maxsize=32_768)
def is_valid_number(written: str, regions: tuple[str, ...]) -> bool:
    """Say whether the numbering plan of one of the regions (ISO 3166) knows the number.

    >>> is_valid_number("020 7946 0958", ("US", "GB")), is_valid_number("020 7946 0958", ("US",))
    (True, False)
    """
    if not _PLAIN.fullmatch(written):
        return is_valid_as_written(written, regions)
    digits = _NOT_DIGITS.sub("", written)
    for region in regions:
        plan = _plan(region)
        if plan is None or digits.startswith(str(plan.country_code)) or plan.abroad.match(digits):
            if is_valid_as_written(written, (region,)):
                return True
        elif _is_known(_national(digits, plan), plan.country_code):
            return True
    return False


def is_valid_as_written(written: str, regions: tuple[str, ...]) -> bool:
    """Say the same by asking phonenumbers, which takes a number written in any way."""
    import phonenumbers

    for region in regions:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(re.sub(r"^00", "+", written), region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


@cache
def _plan(region: str) -> _Plan | None:
    """Give the plan of a region; None: it has none, or its prefix does more than being dialled first."""
    from phonenumbers import PhoneMetadata

    about = PhoneMetadata.metadata_for_region(region, None)
    if about is None or about.country_code is None or about.general_desc is None:
        return None
    prefix = re.compile(about.national_prefix_for_parsing) if about.national_prefix_for_parsing else None
    general = about.general_desc
    if not general.national_number_pattern or (prefix and (prefix.groups or about.national_prefix_transform_rule)):
        return None
    longest = max(general.possible_length)
    lengths = {length for length in _LENGTHS if length > longest or length in general.possible_length}
    return _Plan(
        about.country_code,
        re.compile(f"00|{about.international_prefix or '00'}"),
        prefix,
        re.compile(general.national_number_pattern),
        frozenset(lengths.difference(general.possible_length_local_only)),
    )


def _national(digits: str, plan: _Plan) -> str:
    """Give the digits without what is dialled before them within the country, where a number remains."""
    dialled = plan.prefix.match(digits) if plan.prefix else None
    if dialled is None:
        return digits
    rest = digits[dialled.end() :]
    if len(rest) not in plan.lengths or (plan.general.fullmatch(digits) and not plan.general.fullmatch(rest)):
        return digits
    return rest


def _is_known(national: str, country_code: int) -> bool:
    """Say whether the region whose number it would be has it: of several that share a code, the first that may."""
    regions = _regions(country_code)
    for numbers in regions:
        kinds = numbers.by_length.get(len(national))
        is_there = kinds is not None and kinds.fullmatch(national) is not None
        is_its = is_there if numbers.leading is None else numbers.leading.match(national) is not None
        if is_its or len(regions) == 1:
            return is_there
    return False


@cache
def _regions(country_code: int) -> tuple[_Numbers, ...]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

    told = (PhoneMetadata.metadata_for_region(name, None) for name in COUNTRY_CODE_TO_REGION_CODE[country_code])
    return tuple(map(_numbers, filter(None, told)))


def _numbers(about: PhoneMetadata) -> _Numbers:
    general = about.general_desc
    by_length: dict[int, re.Pattern[str]] = {}
    for length in _LENGTHS:
        kinds = [
            kind.national_number_pattern
            for name in _KINDS
            if (kind := getattr(about, name)) and kind.national_number_pattern
            if not kind.possible_length or length in kind.possible_length
        ]
        if (
            kinds
            and general
            and general.national_number_pattern
            and (not general.possible_length or length in general.possible_length)
        ):
            any_kind = "|".join(f"(?:{kind})" for kind in dict.fromkeys(kinds))
            by_length[length] = re.compile(rf"(?=(?:{general.national_number_pattern})\Z)(?:{any_kind})")
    return _Numbers(re.compile(about.leading_digits) if about.leading_digits else None, by_length)
