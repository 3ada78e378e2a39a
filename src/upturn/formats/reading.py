"""Streams the raw records of a log file, in chunks of bounded size: JSON lines, a JSON array, or objects in a row.

A file of arrays, one a line, is one record: such lines have no names that would tell one from the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from upturn.domain.errors import InputError
from upturn.formats.json_array import Split, is_unfinished, split_elements, split_objects
from upturn.formats.opening import PIECE_BYTES, BrokenFileError, pieces

__all__ = ["CHUNK_BYTES", "MAX_RECORD_BYTES", "Break", "FileReader", "RawChunk", "line_chunks", "raw_chunks"]

CHUNK_BYTES: Final = 16 * 1024 * 1024
MAX_RECORD_BYTES: Final = 64 * 1024 * 1024
"""A longer record is refused: nothing that people said to each other has that length."""
_KEPT_BYTES: Final = 4096
"""What is kept of a record that can't be read as a whole."""
_SPACE: Final = b" \t\r\n"
_TELLING_BYTES: Final = 3
_TELLING_LINES: Final = 8
"""What it takes to tell how a file's records lie."""


@dataclass(frozen=True)
class Break:
    """A record that can't be read as a whole."""

    line: int
    reason: str
    start: bytes
    """Its first bytes."""


@dataclass(frozen=True)
class RawChunk:
    """Raw records of one file: `texts[i]` stands in line (or is element) `lines[i]`, from 1. Blank lines are none."""

    lines: list[int]
    texts: list[bytes]
    breaks: list[Break] = field(default_factory=list)


FileReader = Callable[[Path, int], Iterator[RawChunk]]
"""Gives the raw records of a file, about so many bytes at a time; raises InputError if nothing of it can be read."""


def line_chunks(path: Path, *, chunk_bytes: int = CHUNK_BYTES) -> Iterator[RawChunk]:
    """Give the lines of a text file, blank ones left out, about `chunk_bytes` at a time.

    Raises
    ------
    InputError
        If nothing of the file can be read.
    """
    stream = _Stream(path, chunk_bytes)
    if not stream.more() and stream.damage:
        raise InputError(f"{path} can't be read: {stream.damage}; write the file again")
    yield from _lines(stream, MAX_RECORD_BYTES)


def raw_chunks(path: Path, *, chunk_bytes: int = CHUNK_BYTES, max_record: int = MAX_RECORD_BYTES) -> Iterator[RawChunk]:
    """Give the records of a file in order, about `chunk_bytes` at a time; an empty file has none.

    Raises
    ------
    InputError
        If nothing of the file can be read.
    """
    stream = _Stream(path, chunk_bytes)
    start = stream.more().lstrip(_SPACE)
    while len(start) < _TELLING_BYTES and not stream.is_over:
        start = stream.more().lstrip(_SPACE)
    if not start and stream.is_over:
        if stream.damage:
            raise InputError(f"{path} can't be read: {stream.damage}; write the file again")
        return
    while _may_be_spread(start) and not stream.is_over and len(start) < CHUNK_BYTES:
        start = stream.more().lstrip(_SPACE)
    if start.startswith(b"["):
        while _may_be_rows(start) and not stream.is_over and len(start) < CHUNK_BYTES:
            start = stream.more().lstrip(_SPACE)
    if start.startswith(b"[") and _are_rows(start):
        stream.text = start
        yield from _rows(stream, max_record)
    elif start.startswith(b"["):
        stream.text = start[1:]
        yield from _values(stream, split_elements, max_record, is_array=True)
    elif _is_spread(start):
        stream.text = start
        yield from _values(stream, split_objects, max_record, is_array=False)
    else:
        yield from _lines(stream, max_record)


class _Stream:
    """The file's text from where reading stands; `text` is replaced as it is used."""

    def __init__(self, path: Path, chunk_bytes: int) -> None:
        self.text = b""
        self.is_over = False
        self.damage: str | None = None
        self._pieces = pieces(path, piece_bytes=min(PIECE_BYTES, chunk_bytes))
        self._chunk_bytes = chunk_bytes

    def more(self) -> bytes:
        """Add about a chunk to `text` and give it; at the end of the file, or its damage, `is_over` is set."""
        held = [self.text]
        size = 0
        try:
            while size < self._chunk_bytes:
                held.append(next(self._pieces))
                size += len(held[-1])
        except StopIteration:
            self.is_over = True
        except BrokenFileError as error:
            self.is_over, self.damage = True, str(error)
        self.text = b"".join(held)
        return self.text


def _lines(stream: _Stream, max_record: int) -> Iterator[RawChunk]:
    line, is_skipping = 1, False
    while True:
        is_whole = stream.is_over and not stream.damage
        end = len(stream.text) if is_whole else stream.text.rfind(b"\n") + 1
        ready, stream.text = stream.text[:end], stream.text[end:]
        found = ready.split(b"\n")
        if not found[-1]:
            found.pop()
        if is_skipping and found:
            found[0], is_skipping = b"", False
        kept = [(line + place, text) for place, text in enumerate(found) if text and not text.isspace()]
        line += len(found)
        breaks = []
        if stream.damage:
            breaks.append(Break(line, stream.damage, stream.text[:_KEPT_BYTES]))
        elif len(stream.text) > max_record:
            if not is_skipping:
                breaks.append(Break(line, _too_long(max_record), stream.text[:_KEPT_BYTES]))
            is_skipping, stream.text = True, b""
        if kept or breaks:
            yield RawChunk([number for number, _ in kept], [text for _, text in kept], breaks)
        if stream.is_over:
            return
        stream.more()


def _values(stream: _Stream, split: Callable[[bytes], Split], max_record: int, *, is_array: bool) -> Iterator[RawChunk]:
    number = 1
    while True:
        found = split(stream.text)
        stream.text = stream.text[found.used :]
        lines = list(range(number, number + len(found.values)))
        number += len(found.values)
        rest = stream.text.strip(_SPACE)
        reason = None
        if found.is_over:
            reason = "text after the end of the JSON array" if rest else None
        elif stream.is_over and (rest or is_array or stream.damage):
            reason = stream.damage or "the file ends here, within the JSON: it is cut short"
        elif len(stream.text) > max_record:
            reason = _too_long(max_record) + "; the rest of the file is not read"
        breaks = [Break(number, reason, rest[:_KEPT_BYTES])] if reason else []
        if found.values or breaks:
            yield RawChunk(lines, found.values, breaks)
        if breaks or found.is_over or stream.is_over:
            return
        stream.more()


def _may_be_rows(start: bytes) -> bool:
    """Whether the beginning of a file of arrays is too short to tell if each of its lines is one."""
    first, end_of_line, rest = start.partition(b"\n")
    return not end_of_line or (first.rstrip().endswith(b"]") and not rest.lstrip(_SPACE))


def _may_be_spread(start: bytes) -> bool:
    """Whether the beginning of a file of objects is too short to tell if its first goes over several lines."""
    first, *rest = start.split(b"\n", _TELLING_LINES)
    if not first.startswith(b"{") or (rest and not is_unfinished(first)):
        return False
    return len([line for line in rest[:-1] if line.strip()]) < 2 and len(rest) < _TELLING_LINES


def _is_spread(start: bytes) -> bool:
    """Whether a file's first object goes over several lines, and is no line that was cut short before others.

    A cut line is followed by whole objects, one a line; of an object that goes on, the third line is not the next one.
    """
    first, *rest = start.split(b"\n", _TELLING_LINES)
    if not rest or not first.startswith(b"{") or not is_unfinished(first):
        return False
    second, third = ([line for one in rest if (line := one.strip())] + [b"", b""])[:2]
    is_whole = second.startswith(b"{") and not is_unfinished(second) and second.endswith(b"}")
    return not (is_whole and (not third or third.startswith(b"{")))


def _are_rows(start: bytes) -> bool:
    """Whether a file's first line is a whole array, and its second another: lines that make sense only together."""
    first, _, rest = start.partition(b"\n")
    return first.rstrip().endswith(b"]") and rest.lstrip(_SPACE).startswith(b"[")


def _rows(stream: _Stream, max_record: int) -> Iterator[RawChunk]:
    """Give a file of arrays, one a line, as one record: an object whose `rows` they are."""
    while not stream.is_over and len(stream.text) <= max_record:
        stream.more()
    if stream.damage or len(stream.text) > max_record:
        yield RawChunk([], [], [Break(1, stream.damage or _too_long(max_record), stream.text[:_KEPT_BYTES])])
        return
    rows = [line for line in stream.text.split(b"\n") if line and not line.isspace()]
    yield RawChunk([1], [b'{"rows":[' + b",".join(rows) + b"]}"])


def _too_long(limit: int) -> str:
    return f"the record is longer than {limit // 1024 // 1024} MB"
