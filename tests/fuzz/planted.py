"""Parsers with a fault each, behind branches that only somebody who watches the coverage gets through in time."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.fuzz.parsers import Parser

_held: list[bytearray] = []


def parsers() -> tuple[Parser, ...]:
    """Give a parser that crashes, one that hangs and one that takes ever more memory, each on texts of its own."""
    return tuple(Parser(name, fault, (b"x",)) for name, fault in (("crash", _crash), ("hang", _hang), ("grow", _grow)))


def told() -> Iterator[tuple[str, dict[str, int]]]:
    """Give nothing: what becomes of the inputs is not counted."""
    yield from ()


def _crash(text: bytes) -> None:
    if text[:1] == b"c":  # noqa: SIM102  each branch is seen by itself
        if text[1:2] == b"r":
            raise KeyError("planted")


def _hang(text: bytes) -> None:
    if text[:1] == b"h":  # noqa: SIM102  each branch is seen by itself
        if text[1:2] == b"a":
            time.sleep(3600)


def _grow(text: bytes) -> None:
    if text[:1] == b"m":  # noqa: SIM102  each branch is seen by itself
        if text[1:2] == b"e":
            _held.append(bytearray(b"x" * 700_000_000))
            time.sleep(3)  # libFuzzer looks once a second, and keeps the input that it finds running
