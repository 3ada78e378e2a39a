"""A bundle of raw records becomes a staged chunk: converted, typed, and what was refused listed with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson

from upturn.formats.assumed_times import with_time
from upturn.formats.bundles import Bundle, FilePart
from upturn.formats.json_array import depth_of
from upturn.formats.normalise import parse_json
from upturn.formats.registry import Place, RefusedRecordError, SkippedRecord
from upturn.formats.staged import StagedChunk, staged_schemas
from upturn.formats.typed_records import CanonicalLines, RecordTyper, Refusal
from upturn.formats.values import shown

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ERASED", "BundleTyper"]

ERASED: Final = "erased"
"""Why a record is skipped that is about somebody who was erased."""

_MAX_KEPT: Final = 16 * 1024 * 1024
"""Characters kept of a refused record; the file and line say where the rest is."""
_DEEPEST: Final = 200
_TURN_LISTS: Final = ("turns", "messages")


class HideInRecord(Protocol):
    """Hides user ids in a raw record that is refused: `ids`, and what stands under `names` of its format."""

    def record(self, raw: bytes, *, ids: frozenset[str], names: frozenset[str]) -> str:
        """Give it as it is stored."""

    def record_digest(self, raw: bytes, *, ids: frozenset[str]) -> str:
        """Give the digest by which it is known again."""

    def native_id(self, text: str) -> str:
        """Give an id that is made of a user's: the same at any time, and nobody without the key can compute it."""


@dataclass
class _Columns:
    """Columns of the canonical records of a bundle, and what was refused or skipped on the way to them."""

    record_no: list[int]
    place: list[int]
    line: list[int]
    raw: list[bytes]
    refusals: list[Refusal]
    skipped: Counter[tuple[str, str]]


class BundleTyper:
    """Stages bundles one after the other."""

    def __init__(
        self, typer: RecordTyper, *, users: HideInRecord, names_erased: Callable[[bytes], bool] | None = None
    ) -> None:
        """Take what types records, what hides user ids in a refused one, and what says if it names an erased person."""
        self._typer = typer
        self._users = users
        self._names_erased = names_erased or (lambda _: False)

    def stage(self, bundle: Bundle) -> StagedChunk:
        """Give the chunk: each raw record is a row of `conversations` (or several), of `rejected`, or skipped."""
        records = [
            (part, place, text)
            for part in bundle.parts
            for place, text in zip(part.places(self._users.native_id), part.chunk.texts, strict=True)
        ]
        columns = _canonical(records, bundle.parts)
        typed = self._typer.type(_lines(columns, bundle.parts))
        refusals = (*columns.refusals, *typed.refusals)
        erased = typed.erased.union(one.record_no for one in refusals if self._names_erased(records[one.record_no][2]))
        for record_no in erased:
            columns.skipped[records[record_no][0].file, ERASED] += 1
        rejected = [self._refused(*records[one.record_no], one) for one in refusals if one.record_no not in erased]
        rejected += [row for part in bundle.parts for row in self._breaks(part, columns.skipped)]
        rejected += [
            _row(refusal.source_name, refusal.file, None, reason=refusal.reason, rule="file")
            for refusal in bundle.refusals
        ]
        return StagedChunk(**typed.tables, rejected=_rejected_table(rejected), skipped=columns.skipped)

    def _refused(self, part: FilePart, place: Place, text: bytes, refusal: Refusal) -> dict[str, Any]:
        conversation_id, turn_count = _seen(text)
        return _row(
            part.source_name,
            part.file,
            place.line,
            reason=refusal.reason,
            rule=refusal.rule,
            conversation_id=conversation_id,
            turn_count=turn_count,
            **self._hidden(part, place, text),
        )

    def _hidden(self, part: FilePart, place: Place, raw: bytes) -> dict[str, str]:
        ids = _user_ids(part, place, raw)
        return {
            "record": self._users.record(raw, ids=ids, names=part.user_fields)[:_MAX_KEPT],
            "record_digest": self._users.record_digest(raw, ids=ids),
        }

    def _breaks(self, part: FilePart, skipped: Counter[tuple[str, str]]) -> Iterator[dict[str, Any]]:
        for broken in part.chunk.breaks:
            if self._names_erased(broken.start):
                skipped[part.file, ERASED] += 1
                continue
            yield _row(
                part.source_name,
                part.file,
                broken.line,
                reason=broken.reason,
                rule="reading",
                **self._hidden(part, Place(part.file, broken.line), broken.start),
            )


def _canonical(records: list[tuple[FilePart, Place, bytes]], parts: list[FilePart]) -> _Columns:
    """Convert raw records to canonical ones; records of the canonical format are passed on unparsed."""
    columns = _Columns([], [], [], [], [], Counter())
    numbers = {id(part): number for number, part in enumerate(parts)}
    for record_no, (part, place, text) in enumerate(records):
        try:
            _refuse_deep(text)
            texts = [_valid_text(text)] if part.log_format.is_canonical else _converted(part, place, text)
        except RefusedRecordError as error:
            columns.refusals.append(Refusal(record_no, str(error), part.log_format.name))
            continue
        except SkippedRecord as skipped:
            columns.skipped[part.file, str(skipped)] += 1
            continue
        for raw in texts:
            columns.record_no.append(record_no)
            columns.place.append(numbers[id(part)])
            columns.line.append(place.line)
            columns.raw.append(raw)
    return columns


def _refuse_deep(text: bytes) -> None:
    """Refuse a record whose nesting would break whoever walks through it."""
    if text.count(b"[") + text.count(b"{") > _DEEPEST and depth_of(text) > _DEEPEST:
        raise RefusedRecordError(f"nested more than {_DEEPEST} levels deep: no conversation is")


def _valid_text(text: bytes) -> bytes:
    if text.isascii():
        return text
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise RefusedRecordError(f"not valid UTF-8 at byte {error.start + 1}: expected JSON in UTF-8") from error
    return text


def _converted(part: FilePart, place: Place, text: bytes) -> list[bytes]:
    """Give the canonical records of a raw one; whatever a format does wrong refuses the record, not the file."""
    record = parse_json(text)
    if not isinstance(record, dict):
        raise RefusedRecordError("a record must be a JSON object")
    try:
        found = part.log_format.canonical(record, place)
        texts = [orjson.dumps(with_time(canonical, part.assumed_at)) for canonical in found]
    except RefusedRecordError:
        raise
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
        raise RefusedRecordError(f"the format could not read the record ({type(error).__name__})") from error
    if not texts:
        raise RefusedRecordError("the record holds no conversation")
    return texts


def _user_ids(part: FilePart, place: Place, text: bytes) -> frozenset[str]:
    """Give the users' ids in a raw record that stand under names which only its format knows."""
    if part.log_format.user_ids is None:
        return frozenset()
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError:
        return frozenset()
    return frozenset(part.log_format.user_ids(record, place))


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
    """Give conversation id, fit to be shown, and number of turns of a refused record, as far as they can be read."""
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None, None
    if not isinstance(record, dict):
        return None, None
    native = record.get("conversation_id")
    turns = next((record[name] for name in _TURN_LISTS if isinstance(record.get(name), list)), None)
    is_plain = isinstance(native, (str, int)) and not isinstance(native, bool)
    return shown(str(native)[:512]) if is_plain else None, None if turns is None else len(turns)


def _row(source_name: str, file: str, line: int | None, **rest: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("reason", "rule", "conversation_id", "turn_count", "record", "record_digest"))
    return {"source_name": source_name, "file": file, "line": line, **empty, **rest}


def _rejected_table(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    rows.sort(key=lambda row: (row["source_name"], row["file"], row["line"] or 0))
    return pa.Table.from_pylist(rows, schema=staged_schemas()["rejected"])
