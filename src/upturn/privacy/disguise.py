"""Reads what is written in other digits, in full-width letters or with invisible characters in between as it is meant.

Source: the Unicode Character Database as the standard library has it (general category Nd; block Halfwidth and
Fullwidth Forms; the default ignorable code points that word processors, browsers and telephones put between letters).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from upturn.privacy.patterns import compiled, encodable

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ESCAPED", "Undisguised", "disguised_rows", "is_disguised", "undisguised"]

_UNSEEN: Final = (
    0x00AD, 0x061C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065),
    *range(0x2066, 0x206A), 0xFEFF,
)  # fmt: skip
"""Soft hyphen, zero-width spaces, joiners and marks of direction: nobody sees them."""
_SPACES: Final = (*range(0x2000, 0x200B), 0x3000)
_FULL_WIDTH: Final = range(0xFF01, 0xFF5F)
_FROM_FULL_WIDTH: Final = 0xFEE0
_DIGITS_BELOW: Final = 0x20000
"""Where all decimal digits of Unicode stand."""
ESCAPED: Final = (
    r"\\u(?:00[0-9a-fA-F]|(?i:061c|180e|200[0-9a-f]|201[0-3]|202[a-f]|206[0-9a-f]|3000|feff|ff[0-5][0-9a-f]|d80[0-7]|d81[ab]|d83[5-9ab]"
    r"|d83e\\udff|06[6f][0-9]|07c|09[6e]|0[a-d][6e]|0e[5d]|0f2|10[49]|17e|181|19[4d]|1a[89]|1b[5b]|1c[45]|a62|a8d|a9[0d5f]|aa5|abf))"
)
"""RE2: a character of JSON written as its number, such that what it hides, a screen can't see."""


class Undisguised(NamedTuple):
    """A text as it is meant."""

    text: str
    places: list[int] | None
    """Where each of its characters stands in the text as it is written; None: where it stands here."""

    def written(self, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Give spans, none empty, as they are in the text as it is written."""
        if self.places is None:
            yield from spans
        else:
            yield from ((self.places[start], self.places[end - 1] + 1) for start, end in spans)


def is_disguised(text: str) -> bool:
    r"""Say whether a text holds such a character.

    >>> is_disguised("café 12"), is_disguised("１２"), is_disguised("a\u200bb")
    (False, True, True)
    """
    return not text.isascii() and compiled(_class()).search(encodable(text)) is not None


def undisguised(text: str) -> Undisguised:
    r"""Give a text with ASCII digits, letters and signs for others of them, and without what nobody sees.

    >>> undisguised("a\u200b@b １２")
    Undisguised(text='a@b 12', places=[0, 2, 3, 4, 5, 6])
    """
    read = text.translate(_table())
    if len(read) == len(text):
        return Undisguised(read, None)
    unseen = frozenset(map(chr, _UNSEEN))
    return Undisguised(read, [place for place, sign in enumerate(text) if sign not in unseen])


def disguised_rows(column: pa.Array) -> list[int]:
    """Give the rows of a column of text that hold such a character; a look for other than ASCII comes first.

    Parameters
    ----------
    column : (n,) string or large_string; NULL is no such row.
    """
    import pyarrow.compute as pc

    is_ascii = pc.fill_null(pc.string_is_ascii(column), True)
    if is_ascii.true_count == len(column):
        return []
    rows = pc.indices_nonzero(pc.invert(is_ascii))
    found: list[int] = rows.filter(pc.match_substring_regex(column.take(rows), _class())).to_pylist()
    return found


@cache
def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = {code: chr(code - _FROM_FULL_WIDTH) for code in _FULL_WIDTH}
    table |= {code: str(unicodedata.decimal(chr(code))) for code in _digits()}
    table |= dict.fromkeys(_SPACES, " ")
    return table | dict.fromkeys(_UNSEEN)


def _digits() -> Iterator[int]:
    return (code for code in range(0x80, _DIGITS_BELOW) if unicodedata.category(chr(code)) == "Nd")


@cache
def _class() -> str:
    """Give the RE2 class of the characters."""
    ranges: list[list[int]] = []
    for code in sorted(_table()):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "[" + "".join(rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in ranges) + "]"
