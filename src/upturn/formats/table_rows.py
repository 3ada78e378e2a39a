"""Rows of one table as raw records: CSV by the standard library, line by line; Parquet by DuckDB, batch by batch.

CSV is not read by DuckDB here: its sniffer takes a file with one broken row for another dialect, and its rows carry no
line. This way a broken row is refused alone, with its line, and compressed files open as any log does.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from upturn.domain.errors import InputError
from upturn.formats.opening import BrokenFileError, pieces
from upturn.formats.reading import MAX_RECORD_BYTES, Break, RawChunk

__all__ = ["csv_chunks", "parquet_chunks", "row_reader"]

_PARQUET: Final = b"PAR1"
_DELIMITERS: Final = (",", ";", "\t", "|")
_PACKED: Final = (".gz", ".zst", ".bz2")
_KEPT_BYTES: Final = 4096
_ROWS: Final = 2048
_MEMORY: Final = "512MB"


def row_reader(path: Path) -> Callable[[Path, int], Iterator[RawChunk]] | None:
    """Give the reader of a table, told by .csv, .tsv (also packed), .parquet, or Parquet's first bytes; else None."""
    name = path.name.lower()
    for ending in _PACKED:
        name = name.removesuffix(ending)
    if name.endswith((".csv", ".tsv")):
        return csv_chunks
    return parquet_chunks if name.endswith(".parquet") or _is_parquet(path) else None


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == _PARQUET
    except OSError:
        return False


def csv_chunks(
    path: Path,
    chunk_bytes: int,
    *,
    delimiter: str | None = None,
    quote: str | None = None,
    columns: tuple[str, ...] | None = None,
) -> Iterator[RawChunk]:
    """Give the rows of a CSV file in UTF-8 as objects of text, by column; empty cells are null.

    Parameters
    ----------
    delimiter : None: the one of comma, semicolon, tab and bar that is most frequent in the first line.
    quote : None: double quotes; empty: none.
    columns : names; None: the first row holds them.

    Raises
    ------
    InputError
        If nothing of the file can be read, or its header has a column without a name or two of one name.
    """
    csv.field_size_limit(MAX_RECORD_BYTES)
    source = _Lines(path)
    first = next(source, "")
    kind: dict[str, Any] = {"quoting": csv.QUOTE_NONE} if quote == "" else {"quotechar": quote or '"'}
    reader = csv.reader(source.after(first), delimiter=delimiter or _delimiter(first), strict=True, **kind)
    names = columns
    lines: list[int] = []
    texts: list[bytes] = []
    breaks: list[Break] = []
    size, line = 0, 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            breaks.append(Break(line, f"not valid CSV: {error}", b""))
            line = reader.line_num + 1
            continue
        if row is None:
            break
        if names is None:
            names = _header(row, path) if row else None
        elif row:
            text = _as_object(row, names)
            if isinstance(text, str):
                breaks.append(Break(line, text, _kept(row, names)))
            else:
                lines.append(line)
                texts.append(text)
                size += len(text)
        line = reader.line_num + 1
        if size >= chunk_bytes:
            yield RawChunk(lines, texts, breaks)
            lines, texts, breaks, size = [], [], [], 0
    if source.damage:
        breaks.append(Break(line, source.damage, b""))
    if lines or breaks:
        yield RawChunk(lines, texts, breaks)


class _Lines:
    """The lines of a file as text; bytes that are no UTF-8 become lone surrogates, which no JSON can hold."""

    def __init__(self, path: Path) -> None:
        self.damage: str | None = None
        self._pieces = pieces(path)
        self._lines = self._read()

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        return next(self._lines)

    def after(self, first: str) -> Iterator[str]:
        """Give a line that was looked at, and those behind it."""
        if first:
            yield first
        yield from self

    def _read(self) -> Iterator[str]:
        rest = b""
        try:
            for piece in self._pieces:
                found = (rest + piece).split(b"\n")
                rest = found.pop()
                for line in found:
                    yield (line + b"\n").decode("utf-8", "surrogateescape")
                if len(rest) > MAX_RECORD_BYTES:
                    raise BrokenFileError(f"a line is longer than {MAX_RECORD_BYTES // 1024 // 1024} MB")  # noqa: TRY301
        except BrokenFileError as error:
            self.damage, rest = str(error), b""
        if rest:
            yield rest.decode("utf-8", "surrogateescape")


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)


def _header(row: list[str], path: Path) -> tuple[str, ...]:
    names = tuple(name.strip() for name in row)
    if any(not name for name in names):
        raise InputError(f"{path}: column {names.index('') + 1} has no name: expected a header in the first line")
    if twice := next((name for name in names if names.count(name) > 1), None):
        places = [place for place, name in enumerate(names, 1) if name == twice]
        raise InputError(
            f"{path}: columns {places[0]} and {places[1]} have one name: rename one, or give the file a header"
        )
    return names


def _as_object(row: list[str], names: tuple[str, ...]) -> bytes | str:
    """Give a row as JSON, or why it is none."""
    if len(row) != len(names):
        return f"{len(row)} fields, the header has {len(names)}"
    try:
        return orjson.dumps({name: value or None for name, value in zip(names, row, strict=True)})
    except TypeError:
        return "not valid UTF-8: expected a CSV file in UTF-8; save it so, or convert it with iconv"


def _kept(row: list[str], names: tuple[str, ...]) -> bytes:
    """Give a broken row as JSON under the names that there are, so that users' ids in it can be hidden."""
    known = dict(zip(names, row, strict=False)) | ({"further": row[len(names) :]} if len(row) > len(names) else {})
    return json.dumps(known).encode()[:_KEPT_BYTES]


def parquet_chunks(path: Path, chunk_bytes: int) -> Iterator[RawChunk]:
    """Give the rows of a Parquet file as objects, with their numbers from 1; times without a zone stay without one.

    Raises
    ------
    InputError
        If it is no Parquet file, or a damaged one.
    """
    import duckdb

    lines: list[int] = []
    texts: list[bytes] = []
    size = number = 0
    try:
        with duckdb.connect() as connection:
            connection.execute(f"set memory_limit = '{_MEMORY}'")
            connection.execute("set TimeZone = 'UTC'")
            for batch in connection.read_parquet(_no_pattern(path)).to_arrow_reader(_ROWS):
                for row in batch.to_pylist():
                    number += 1
                    lines.append(number)
                    texts.append(orjson.dumps(row, default=_plain))
                    size += len(texts[-1])
                if size >= chunk_bytes:
                    yield RawChunk(lines, texts)
                    lines, texts, size = [], [], 0
    except (duckdb.Error, TypeError) as error:
        raise InputError(
            f"{path} can't be read as Parquet ({type(error).__name__}): expected a whole file; write it again"
        ) from error
    if lines:
        yield RawChunk(lines, texts)


def _no_pattern(path: Path) -> str:
    """Give a path in which DuckDB finds no wildcard."""
    return re.sub(r"([\[*?])", r"[\1]", path.as_posix())


def _plain(value: Any) -> Any:
    """Give what JSON has no word for: times as ISO text, exact numbers and ids as text, bytes as nothing."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return None if isinstance(value, (bytes, bytearray)) else str(value)
