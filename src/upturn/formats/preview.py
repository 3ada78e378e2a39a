"""What becomes of the first records of some files, as it would be staged; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from upturn.formats.assumed_times import with_time
from upturn.formats.bundles import FilePart, bundles
from upturn.formats.normalise import as_line, normalise, parse_json
from upturn.formats.registry import LogFormat, Place, RefusedRecordError, SkippedRecord
from upturn.formats.sources import LogFile

__all__ = ["PreviewedRecord", "preview"]

_FIRST_BYTES: Final = 64 * 1024


@dataclass(frozen=True)
class PreviewedRecord:
    """One raw record and its fate."""

    file: str
    line: int
    format: str
    raw: bytes
    user_ids: frozenset[str]
    """Users' ids that it holds: to be hidden where it is shown."""
    canonical: tuple[dict[str, Any], ...]
    """What it becomes: times in UTC, types as stored; empty where it is refused or skipped."""
    refusal: str | None = None
    skipped: str | None = None
    user_fields: frozenset[str] = frozenset()
    """Names of its format under which it holds users' ids."""


def preview(
    files: Sequence[LogFile], *, home: Path, forced: str | LogFormat | None, count: int
) -> Iterator[PreviewedRecord]:
    """Give the first `count` records of each file, in order.

    Raises
    ------
    InputError
        If a file can't be read, or its format can't be told.
    """
    for one in files:
        found = _records([one], home, forced)
        yield from islice(found, count)


def _records(files: Sequence[LogFile], home: Path, forced: str | LogFormat | None) -> Iterator[PreviewedRecord]:
    for bundle in bundles(files, home=home, source_name="", forced=forced, chunk_bytes=_FIRST_BYTES):
        for refused in bundle.refusals:
            yield PreviewedRecord(refused.file, 0, "", b"", frozenset(), (), refusal=refused.reason)
        for part in bundle.parts:
            yield from _of_part(part)


def _of_part(part: FilePart) -> Iterator[PreviewedRecord]:
    """Give the records of a part in the order in which they stand."""
    made: list[tuple[int, Callable[[], PreviewedRecord]]] = []
    for place, text in zip(part.places(), part.chunk.texts, strict=True):
        made.append((place.line, lambda place=place, text=text: _record(part, place, text)))  # type: ignore[misc]
    for broken in part.chunk.breaks:
        seen = PreviewedRecord(
            part.file,
            broken.line,
            part.format_name,
            broken.start,
            frozenset(),
            (),
            broken.reason,
            None,
            part.user_fields,
        )
        made.append((broken.line, lambda seen=seen: seen))  # type: ignore[misc]
    for _, make in sorted(made, key=lambda pair: pair[0]):
        yield make()


def _object(text: bytes) -> dict[str, Any]:
    record = parse_json(text)
    if not isinstance(record, dict):
        raise RefusedRecordError("a record must be a JSON object")
    return record


def _record(part: FilePart, place: Place, text: bytes) -> PreviewedRecord:
    ids: set[str] = set()
    canonical: list[dict[str, Any]] = []
    refusal = skipped = None
    try:
        record = _object(text)
        ids = part.log_format.user_ids(record, place) if part.log_format.user_ids else set()
        for given in part.log_format.canonical(record, place):
            canonical.append(normalise(with_time(given, part.assumed_at), part.zone))
            as_line(canonical[-1])
    except RefusedRecordError as error:
        refusal, canonical = str(error), []
    except SkippedRecord as error:
        skipped, canonical = str(error), []
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
        refusal, canonical = f"the format could not read the record ({type(error).__name__})", []
    name = part.format_name
    made = tuple(canonical)
    return PreviewedRecord(part.file, place.line, name, text, frozenset(ids), made, refusal, skipped, part.user_fields)
