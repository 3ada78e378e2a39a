"""Splits JSON text into its outermost values without parsing them: the elements of an array, or objects in a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Split", "depth_of", "is_unfinished", "split_elements", "split_objects"]

_QUOTE, _BACKSLASH, _COMMA = b'"\\,'
_OPENING: Final = b"[{"
_CLOSING: Final = b"]}"


@dataclass(frozen=True)
class Split:
    """Values found complete in a piece of text, and how far it was used."""

    values: list[bytes]
    used: int
    """Bytes of the text that need not be looked at again."""
    is_over: bool
    """Whether the array's closing bracket was found."""


def split_elements(text: bytes) -> Split:
    """Split text that begins within an array, before an element: `1, {"a": 2}, {"b"` gives `1` and `{"a": 2}`.

    >>> split_elements(b'{"a": "],"}, [2], {"b"')
    Split(values=[b'{"a": "],"}', b'[2]'], used=17, is_over=False)
    """
    import numpy as np

    places, depths, kinds = _structure(text)
    enders = np.flatnonzero(((kinds == _COMMA) & (depths == 0)) | (depths < 0))
    closing = np.flatnonzero(depths[enders] < 0)
    is_over = closing.size > 0
    if is_over:
        enders = enders[: closing[0] + 1]
    ends = places[enders].tolist()
    starts = [0, *(end + 1 for end in ends)]
    values = [text[start:end].strip() for start, end in zip(starts, ends, strict=False)]
    if is_over and values and not values[-1]:
        values.pop()
    return Split(values, starts[-1], is_over)


def split_objects(text: bytes) -> Split:
    """Split text of objects that follow each other, with or without space or lines between.

    >>> split_objects(b'{"a": 1} {"b": 2} {').values
    [b'{"a": 1}', b'{"b": 2}']
    """
    import numpy as np

    places, depths, kinds = _structure(text)
    depths = depths - np.minimum.accumulate(np.minimum(depths, 0))  # one bracket too many closes no other object
    ends = (places[np.flatnonzero((depths == 0) & np.isin(kinds, list(_CLOSING)))] + 1).tolist()
    starts = [0, *ends]
    values = [text[start:end].strip() for start, end in zip(starts, ends, strict=False)]
    return Split(values, starts[-1], is_over=False)


def depth_of(text: bytes) -> int:
    """Give how deeply brackets are nested in it, outside strings.

    >>> depth_of(b'{"a": [[1], "[[[["]}')
    3
    """
    return int(_structure(text)[1].max(initial=0))


def is_unfinished(text: bytes) -> bool:
    """Whether JSON text goes on behind its end: a bracket is open, and no string is.

    >>> is_unfinished(b'{"a": ['), is_unfinished(b'{"a": 1}'), is_unfinished(b'{"a": "cut he')
    (True, False, False)
    """
    import numpy as np

    codes = np.frombuffer(text, dtype=np.uint8)
    depths = _structure(text)[1]
    return bool(depths.size and depths[-1] > 0 and _real_quotes(codes).size % 2 == 0)


def _structure(text: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Give place, depth behind it and kind of every bracket and comma that stands outside strings."""
    import numpy as np

    codes = np.frombuffer(text, dtype=np.uint8)
    quotes = _real_quotes(codes)
    table = np.zeros(256, dtype=bool)
    table[list(_OPENING + _CLOSING + b",")] = True
    places = np.flatnonzero(table[codes])
    places = places[np.searchsorted(quotes, places) % 2 == 0]
    kinds = codes[places]
    steps = np.isin(kinds, list(_OPENING)).astype(np.int64) - np.isin(kinds, list(_CLOSING))
    return places, np.cumsum(steps), kinds


def _real_quotes(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Give the places of quotes that open or close a string: those behind an even run of backslashes."""
    import numpy as np

    quotes = np.flatnonzero(codes == _QUOTE)
    behind = quotes[(quotes > 0) & (codes[quotes - 1] == _BACKSLASH)]
    if not behind.size:
        return quotes
    others = np.flatnonzero(codes != _BACKSLASH)
    last = np.searchsorted(others, behind) - 1
    run = behind - 1 - np.where(last >= 0, others[last], -1)
    return np.setdiff1d(quotes, behind[run % 2 == 1], assume_unique=True)
