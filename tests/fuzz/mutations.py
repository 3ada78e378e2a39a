"""Real records, and what becomes of them: flipped, cut, nested, blown up, of wrong types at random places."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import orjson

FIXTURES: Final = Path(__file__).parent.parent / "fixtures"
LONGEST: Final = 65_536
"""Bytes of a record that is mutated: of longer ones a million would take a day."""
_ODD: Final = (
    b"null", b"true", b"-0", b"1e308", b"-1e400", b"9" * 400, b"1793600000", b"17936000000000000000", b'""', b'"x"',
    b'"\\u0000"', b'"\\ud800"', b'"\\udc00\\ud800"', b'"2026-11-02T09:00:00"', b'"2026-13-45T99:00:00Z"', b"[]", b"{}",
    b"[null]", b"[[]]", b'{"":{}}', b'[{"role":5}]', b'{"text":null}', b"NaN", b'"{\\"a\\":1}"', b'"\xff\xfe"',
    b'"\xed\xa0\x80"', b'"anna.k@example.org"',
)  # fmt: skip
_DEEP: Final = (20, 200, 1_000, 100_000)
_HUGE: Final = 10_000_000


def records(name: str) -> list[bytes]:
    """Give the records of a format's fixtures, or an example mapping's, one line each."""
    from upturn.formats.reading import raw_chunks

    found = [*sorted((FIXTURES / "formats" / name).glob("*")), FIXTURES / "mappings" / f"{name}.jsonl"]
    files = [path for path in found if path.suffix in (".json", ".jsonl") and path.exists()]
    texts = [text for path in files for chunk in raw_chunks(path) for text in chunk.texts]
    return [orjson.dumps(orjson.loads(text)) for text in texts if len(text) <= LONGEST]


def mutated(raw: bytes, dice: random.Random, others: list[bytes]) -> bytes:
    """Give a record changed in one to four ways; it never holds a line break, which would make two of it."""
    for _ in range(dice.choice((1, 1, 1, 2, 2, 3, 4))):
        raw = dice.choices(_CHANGES, _WEIGHTS)[0](raw, dice, others)
    return raw.replace(b"\n", b" ")


def _flipped(raw: bytes, dice: random.Random, _: list[bytes]) -> bytes:
    text = bytearray(raw)
    for _place in range(dice.randint(1, 4)):
        if text:
            text[dice.randrange(len(text))] = dice.randrange(256)
    return bytes(text)


def _cut(raw: bytes, dice: random.Random, _: list[bytes]) -> bytes:
    return raw[: dice.randrange(len(raw) + 1)]


def _spliced(raw: bytes, dice: random.Random, others: list[bytes]) -> bytes:
    other = dice.choice(others)
    return raw[: dice.randrange(len(raw) + 1)] + other[dice.randrange(len(other) + 1) :]


def _doubled_key(raw: bytes, dice: random.Random, _: list[bytes]) -> bytes:
    keys = [piece for piece in raw.split(b'"')[1::2] if piece.isalnum()] or [b"id"]
    place = raw.find(b"{", dice.randrange(len(raw) + 1))
    extra = b'"%s":%s,' % (dice.choice(keys), dice.choice(_ODD))
    return raw[: place + 1] + extra + raw[place + 1 :]


def _nested(raw: bytes, dice: random.Random, _: list[bytes]) -> bytes:
    depth = dice.choices(_DEEP, (60, 30, 9, 1))[0]
    opening, closing = dice.choice(
        ((b"[", b"]"), (b'{"a":', b"}"), (b'{"content":[', b"]}"), (b'{"child_runs":[', b"]}"))
    )
    return _replaced(raw, dice, opening * depth + b"1" + closing * depth)


def _odd_value(raw: bytes, dice: random.Random, _: list[bytes]) -> bytes:
    return _replaced(raw, dice, dice.choice(_ODD))


def _huge(raw: bytes, dice: random.Random, _: list[bytes]) -> bytes:
    piece = dice.choice((b"a", b"a ", b"\\u0000", b"\xc3\xa9", b"1 2 3 4 "))
    return _replaced(raw, dice, b'"' + piece * ((_HUGE if dice.random() < 0.002 else 20_000) // len(piece)) + b'"')


def _swapped(raw: bytes, dice: random.Random, others: list[bytes]) -> bytes:
    """Put a part of another record in the place of a part."""
    try:
        parts = list(_parts(orjson.loads(dice.choice(others))))
    except orjson.JSONDecodeError:
        return raw
    return _replaced(raw, dice, orjson.dumps(dice.choice(parts)))


def _replaced(raw: bytes, dice: random.Random, value: bytes) -> bytes:
    """Put a value in the place of a random one; text that does not parse gets it at a random colon."""
    try:
        whole = orjson.loads(raw)
    except orjson.JSONDecodeError:
        place = raw.find(b":", dice.randrange(len(raw) + 1)) + 1
        return raw[:place] + value + raw[place:]
    boxes = [part for part in _parts(whole) if isinstance(part, (dict, list)) and part]
    if not boxes:
        return value
    box = dice.choice(boxes)
    box[dice.choice(list(box)) if isinstance(box, dict) else dice.randrange(len(box))] = "\x01MARK\x01"
    try:
        return orjson.dumps(whole).replace(b'"\\u0001MARK\\u0001"', value)
    except TypeError:  # nested too deeply to be written
        return raw


def _parts(value: Any) -> Iterator[Any]:
    waiting = [value]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()


Change = Callable[[bytes, random.Random, list[bytes]], bytes]
_CHANGES: Final[tuple[Change, ...]] = (
    _flipped, _cut, _spliced, _doubled_key, _nested, _odd_value, _huge, _swapped,
)  # fmt: skip
_WEIGHTS: Final = (12, 5, 5, 10, 4, 45, 2, 17)
