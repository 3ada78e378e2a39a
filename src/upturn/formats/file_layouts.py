"""How raw records lie in a file, where a mapping says so: rows of plain text, or a table."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import orjson

from upturn.formats.mapping import FileLayout
from upturn.formats.reading import Break, FileReader, RawChunk, line_chunks, raw_chunks
from upturn.formats.table_rows import csv_chunks, parquet_chunks, row_reader

__all__ = ["file_reader"]

_KEPT_BYTES: Final = 4096


def file_reader(layout: FileLayout) -> FileReader | None:
    """Give the reader of a layout; None: files are read as JSON, or as tables by their endings."""
    match layout.layout:
        case "json":
            return lambda path, chunk_bytes: raw_chunks(path, chunk_bytes=chunk_bytes)
        case "lines":
            return lambda path, chunk_bytes: _rows(path, chunk_bytes, layout)
        case "blocks":
            return lambda path, chunk_bytes: _blocks(path, chunk_bytes, layout)
    if layout.layout is None and not (layout.columns or layout.delimiter or layout.quote is not None):
        return None

    def read(path: Path, chunk_bytes: int) -> Iterator[RawChunk]:
        known = row_reader(path)
        if known is None and layout.layout is None:
            return raw_chunks(path, chunk_bytes=chunk_bytes)
        if known is parquet_chunks:
            return parquet_chunks(path, chunk_bytes)
        return csv_chunks(
            path, chunk_bytes, delimiter=layout.delimiter, quote=layout.quote, columns=layout.columns or None
        )

    return read


def _rows(path: Path, chunk_bytes: int, layout: FileLayout) -> Iterator[RawChunk]:
    """Give each line as an object of its fields."""
    for chunk in line_chunks(path, chunk_bytes=chunk_bytes):
        lines, texts, breaks = [], [], list(chunk.breaks)
        for line, text in zip(chunk.lines, chunk.texts, strict=True):
            row = _row(text, layout)
            if isinstance(row, str):
                breaks.append(Break(line, row, text[:_KEPT_BYTES]))
            else:
                lines.append(line)
                texts.append(orjson.dumps(row))
        yield RawChunk(lines, texts, breaks)


def _blocks(path: Path, chunk_bytes: int, layout: FileLayout) -> Iterator[RawChunk]:
    """Give the lines between blank ones as an object, whose `rows` they are; it stands at its first line."""
    held: list[tuple[int, bytes]] = []
    for chunk in line_chunks(path, chunk_bytes=chunk_bytes):
        held += zip(chunk.lines, chunk.texts, strict=True)
        ends = [place for place, (one, two) in enumerate(pairwise(held), 1) if two[0] != one[0] + 1]
        if chunk.breaks:
            ends.append(len(held))
        whole = [held[start:end] for start, end in pairwise([0, *ends])]
        held = held[ends[-1] :] if ends else held
        yield _as_records(whole, layout, chunk.breaks)
    if held:
        yield _as_records([held], layout, [])


def _as_records(blocks: list[list[tuple[int, bytes]]], layout: FileLayout, broken: list[Break]) -> RawChunk:
    lines, texts, breaks = [], [], list(broken)
    for block in blocks:
        if not block:
            continue
        rows = [_row(text, layout) for _, text in block]
        wrong = next((place for place, row in enumerate(rows) if isinstance(row, str)), None)
        if wrong is None:
            lines.append(block[0][0])
            texts.append(orjson.dumps({"rows": rows}))
        else:
            start = b"\n".join(text for _, text in block)[:_KEPT_BYTES]
            breaks.append(Break(block[0][0], f"line {block[wrong][0]}: {rows[wrong]}", start))
    return RawChunk(lines, texts, breaks)


def _row(text: bytes, layout: FileLayout) -> dict[str, str | None] | str:
    """Give a line's fields by name, empty ones as nothing; or why it has none."""
    try:
        parts = text.decode().rstrip("\r\n").split(layout.delimiter or "\t")
    except UnicodeDecodeError as error:
        return f"not valid UTF-8 at byte {error.start + 1}: expected text in UTF-8"
    if len(parts) != len(layout.columns):
        return f"{len(parts)} fields, expected {len(layout.columns)}: {', '.join(layout.columns)}"
    return {name: part or None for name, part in zip(layout.columns, parts, strict=True)}
