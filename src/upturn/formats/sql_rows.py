"""Rows of a database as raw records, and the mark up to which they were read.

The mark is a file in the home's `work` folder and no event: it may be lost without harm, since what is read twice is
known by its id. It is written only once its rows are in the log. Rows that have the mark's own value are read again,
and so are those of the last minutes, or numbers, before it: a transaction may have been given its time or its serial
number before another's and yet be seen after it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import orjson

from upturn.formats.reading import Break, RawChunk
from upturn.stores.address import shown
from upturn.stores.database import Selection, stream_rows

__all__ = ["MARKS", "Overlap", "SqlRows", "keep_marks", "kept_mark", "rows_of", "staged_marks"]

MARKS: Final = "marks.json"
"""File of a staged batch that holds the marks to keep once it is appended."""
_MAX_INT: Final = 2**63


@dataclass(frozen=True)
class Overlap:
    """How far before a mark rows are read again; a mark that is neither a time nor a whole number has none."""

    time: timedelta
    ids: int


@dataclass
class SqlRows:
    """The rows of a selection, as records of a file."""

    name: str
    url: str = field(repr=False)
    selection: Selection
    parameters: Mapping[str, object]
    key: str
    """Name of its mark."""
    mark: Any = None
    """The highest value of the watermark seen so far; None: none."""

    @property
    def version(self) -> str:
        """What tells these rows from those of another time: the query and its parameters."""
        return f"{self.selection} {sorted((name, str(value)) for name, value in self.parameters.items())}"

    def chunks(self, chunk_bytes: int) -> Iterator[RawChunk]:
        """Give the rows in the order in which the database gives them, numbered from 1."""
        number = size = 0
        held = RawChunk([], [], [])
        for rows in stream_rows(self.url, self.selection, parameters=self.parameters):
            for row in rows:
                number += 1
                self._see(row)
                try:
                    text = orjson.dumps({str(name): _plain(value) for name, value in row.items()}, default=_other)
                except TypeError:
                    held.breaks.append(Break(number, "the row holds a value that JSON can't hold", b""))
                    continue
                held.lines.append(number)
                held.texts.append(text)
                size += len(text)
            if size >= chunk_bytes:
                yield held
                held, size = RawChunk([], [], []), 0
        if held.texts or held.breaks:
            yield held

    def _see(self, row: Mapping[str, Any]) -> None:
        value = row.get(self.selection.watermark) if self.selection.watermark else None
        if isinstance(value, (datetime, date, int, float, Decimal, str)) and (self.mark is None or value > self.mark):
            self.mark = value


def rows_of(
    url: str,
    selection: Selection,
    *,
    source: str,
    marks: Path,
    parameters: Mapping[str, object],
    overlap: Overlap,
) -> SqlRows:
    """Give the rows of a selection from its mark on.

    Parameters
    ----------
    source : name of the source that the rows belong to.
    marks : folder of the marks.
    parameters : of the query; a `since` in them counts where there is no mark yet.
    overlap : how far before a mark rows are read again.
    """
    what = selection.table or f"query {hashlib.sha256((selection.query or '').encode()).hexdigest()[:8]}"
    name = f"{shown(url)}#{what}"
    key = hashlib.sha256(f"{source}\0{name}\0{selection.watermark}".encode()).hexdigest()[:16]
    mark = kept_mark(marks, key) if selection.watermark else None
    since = mark
    if isinstance(mark, datetime):
        since = mark - overlap.time
    elif isinstance(mark, int) or (isinstance(mark, Decimal) and mark == mark.to_integral_value()):
        since = mark - overlap.ids
    given = {**parameters, "since": parameters.get("since") if since is None else since}
    return SqlRows(name, url, selection, given, key, mark)


def kept_mark(marks: Path, key: str) -> Any:
    """Give a mark; None where there is none, or none that can be read."""
    try:
        said = json.loads((marks / f"{key}.json").read_text(encoding="utf-8"))
        return _KINDS[said["kind"]](said["value"])
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError):
        return None


def staged_marks(rows: list[SqlRows]) -> str | None:
    """Give the marks of what was read, to lie beside what is staged; None where there is none."""
    found = {one.key: {"kind": _kind(one.mark), "value": str(one.mark)} for one in rows if one.mark is not None}
    return json.dumps(found) if found else None


def keep_marks(batch: Path, marks: Path) -> None:
    """Keep the marks of a batch that is in the log now; one that is there already is replaced."""
    staged = batch / MARKS
    if not staged.exists():
        return
    marks.mkdir(parents=True, exist_ok=True)
    for key, mark in json.loads(staged.read_text(encoding="utf-8")).items():
        draft = marks / f".{key}.{os.getpid()}"
        draft.write_text(json.dumps(mark) + "\n", encoding="utf-8")
        draft.rename(marks / f"{key}.json")


_KINDS: Final[Mapping[str, Callable[[str], Any]]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "int": int,
    "float": float,
    "Decimal": Decimal,
    "str": str,
}


def _kind(value: Any) -> str:
    return next(name for name in _KINDS if any(name == one.__name__ for one in type(value).__mro__))


def _plain(value: Any) -> Any:
    """Give whole numbers beyond 64 bits as text: JSON readers would round them."""
    return str(value) if isinstance(value, int) and not -_MAX_INT <= value < _MAX_INT else value


def _other(value: Any) -> Any:
    """Give what JSON has no word for: exact numbers as numbers, spans in seconds, bytes as nothing, others as text."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() and abs(value) < _MAX_INT else float(value)
        case timedelta():
            return value.total_seconds()
        case bytes() | bytearray() | memoryview():
            return None
        case set() | frozenset():
            return sorted(map(str, value))
    return str(value)
