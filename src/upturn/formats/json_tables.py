"""Rows of a table that is written as JSON: lines or one array, plain or packed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from upturn.formats.normalise import parse_json
from upturn.formats.reading import Break, RawChunk, raw_chunks
from upturn.formats.registry import RefusedRecordError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["json_rows"]

_START: Final = 4096
"""Bytes of a refused row that are kept."""


def json_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[pa.Table, list[Break]]]:
    """Give the rows of a file, about 16 MB at a time, and what is no row with the reason.

    Returns
    -------
    `(n, 1 + len(columns))` tables: `source_row` int64 (from 1) and each column as text. What is no text in the file is
    its JSON there, true and false too; what is missing or null is NULL.

    Raises
    ------
    InputError
        If nothing of the file can be read.
    """
    for chunk in raw_chunks(path):
        yield _table(chunk, columns)


def _table(chunk: RawChunk, columns: Sequence[str]) -> tuple[pa.Table, list[Break]]:
    import pyarrow as pa

    refused = list(chunk.breaks)
    lines: list[int] = []
    rows: list[list[str | None]] = []
    for line, text in zip(chunk.lines, chunk.texts, strict=True):
        try:
            rows.append(_cells(text, columns))
            lines.append(line)
        except RefusedRecordError as error:
            refused.append(Break(line, str(error), text[:_START]))
    found = {name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(columns)}
    return pa.table({"source_row": pa.array(lines, pa.int64()), **found}), refused


def _cells(text: bytes, columns: Sequence[str]) -> list[str | None]:
    row = parse_json(text)
    if not isinstance(row, dict):
        raise RefusedRecordError("a row must be a JSON object")
    try:
        return [_text(row.get(name)) for name in columns]
    except TypeError as error:
        raise RefusedRecordError("is nested too deeply") from error


def _text(value: Any) -> str | None:
    """Give a value as text.

    >>> _text("hi"), _text({"a": 1}), _text(True), _text(None)
    ('hi', '{"a":1}', 'true', None)
    """
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()
