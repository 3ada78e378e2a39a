"""A bundle of raw records becomes a staged chunk: converted, typed, and what was refused listed with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from upturn.formats.bundles import Bundle, FilePart
from upturn.formats.normalise import parse_json
from upturn.formats.registry import LogFormat, RefusedRecordError
from upturn.formats.staged import StagedChunk, staged_schemas
from upturn.formats.typed_records import CanonicalLines, RecordTyper, Refusal

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BundleTyper"]

_MAX_KEPT: Final = 16 * 1024 * 1024
"""Characters kept of a refused record; the file and line say where the rest is."""
_TURN_LISTS: Final = ("turns", "messages")


@dataclass
class _Columns:
    """Columns of the canonical records of a bundle, and what was refused on the way to them."""

    record_no: list[int]
    place: list[int]
    line: list[int]
    raw: list[bytes]
    refusals: list[Refusal]


class BundleTyper:
    """Stages bundles one after the other."""

    def __init__(self, typer: RecordTyper, *, mask_record: Callable[[bytes], str]) -> None:
        """Take what types records, and what hides user ids in a refused one."""
        self._typer = typer
        self._mask_record = mask_record

    def stage(self, bundle: Bundle) -> StagedChunk:
        """Give the chunk: each raw record is a row of `conversations` (or several, by its format) or of `rejected`."""
        records = [
            (part, line, text)
            for part in bundle.parts
            for line, text in zip(part.chunk.lines, part.chunk.texts, strict=True)
        ]
        columns = _canonical(records, bundle.parts)
        typed = self._typer.type(_lines(columns, bundle.parts))
        rejected = [
            self._refused(*records[refusal.record_no], refusal) for refusal in (*columns.refusals, *typed.refusals)
        ]
        rejected += [row for part in bundle.parts for row in self._breaks(part)]
        rejected += [
            _row(refusal.source_name, refusal.file, None, reason=refusal.reason, rule="file")
            for refusal in bundle.refusals
        ]
        return StagedChunk(**typed.tables, rejected=_rejected_table(rejected))

    def _refused(self, part: FilePart, line: int, text: bytes, refusal: Refusal) -> dict[str, Any]:
        conversation_id, turn_count = _seen(text)
        return _row(
            part.source_name,
            part.file,
            line,
            reason=refusal.reason,
            rule=refusal.rule,
            conversation_id=conversation_id,
            turn_count=turn_count,
            record=self._mask_record(text)[:_MAX_KEPT],
        )

    def _breaks(self, part: FilePart) -> Iterator[dict[str, Any]]:
        for broken in part.chunk.breaks:
            yield _row(
                part.source_name,
                part.file,
                broken.line,
                reason=broken.reason,
                rule="reading",
                record=self._mask_record(broken.start),
            )


def _canonical(records: list[tuple[FilePart, int, bytes]], parts: list[FilePart]) -> _Columns:
    """Convert raw records to canonical ones; records of the canonical format are passed on unparsed."""
    columns = _Columns([], [], [], [], [])
    places = {id(part): place for place, part in enumerate(parts)}
    for record_no, (part, line, text) in enumerate(records):
        try:
            texts = [_valid_text(text)] if part.log_format.is_canonical else _converted(part.log_format, text)
        except RefusedRecordError as error:
            columns.refusals.append(Refusal(record_no, str(error), part.log_format.name))
            continue
        for raw in texts:
            columns.record_no.append(record_no)
            columns.place.append(places[id(part)])
            columns.line.append(line)
            columns.raw.append(raw)
    return columns


def _valid_text(text: bytes) -> bytes:
    if text.isascii():
        return text
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise RefusedRecordError(f"not valid UTF-8 at byte {error.start + 1}: expected JSON in UTF-8") from error
    return text


def _converted(log_format: LogFormat, text: bytes) -> list[bytes]:
    """Give the canonical records of a raw one; whatever a format does wrong refuses the record, not the file."""
    record = parse_json(text)
    if not isinstance(record, dict):
        raise RefusedRecordError("a record must be a JSON object")
    try:
        texts = [orjson.dumps(canonical) for canonical in log_format.to_canonical(record)]
    except RefusedRecordError:
        raise
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
        raise RefusedRecordError(f"the format could not read the record ({type(error).__name__})") from error
    if not texts:
        raise RefusedRecordError("the record holds no conversation")
    return texts


def _lines(columns: _Columns, parts: list[FilePart]) -> CanonicalLines:
    import pyarrow as pa

    place = pa.array(columns.place, pa.int32())
    sources = pa.array([part.source_name for part in parts], pa.string())
    files = pa.array([part.file for part in parts], pa.string())
    table = pa.table(
        {
            "row_no": pa.array(range(len(columns.raw)), pa.int64()),
            "record_no": pa.array(columns.record_no, pa.int64()),
            "source_name": pa.DictionaryArray.from_arrays(place, sources),
            "file": pa.DictionaryArray.from_arrays(place, files),
            "line": pa.array(columns.line, pa.int64()),
            "raw": pa.array(columns.raw, pa.large_binary()).cast(pa.large_string()),
        }
    )
    return CanonicalLines(table, {part.source_name: part.zone for part in parts if part.zone})


def _seen(text: bytes) -> tuple[str | None, int | None]:
    """Give conversation id and number of turns of a refused record, as far as they can be read."""
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None, None
    if not isinstance(record, dict):
        return None, None
    native = record.get("conversation_id")
    turns = next((record[name] for name in _TURN_LISTS if isinstance(record.get(name), list)), None)
    is_plain = isinstance(native, (str, int)) and not isinstance(native, bool)
    return str(native)[:512] if is_plain else None, None if turns is None else len(turns)


def _row(source_name: str, file: str, line: int | None, **rest: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("reason", "rule", "conversation_id", "turn_count", "record"))
    return {"source_name": source_name, "file": file, "line": line, **empty, **rest}


def _rejected_table(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    rows.sort(key=lambda row: (row["source_name"], row["file"], row["line"] or 0))
    return pa.Table.from_pylist(rows, schema=staged_schemas()["rejected"])
