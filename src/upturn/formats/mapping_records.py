"""A mapping, made ready once: from a raw record to the canonical records it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from upturn.formats.mapping import FeedbackMapping, Mapping, TurnsMapping
from upturn.formats.mapping_fields import Read, RecordScope, compile_field, compile_fields, filled
from upturn.formats.mapping_paths import Search, compile_path
from upturn.formats.mapping_templates import as_text
from upturn.formats.registry import Place, RefusedRecordError, SkippedRecord
from upturn.formats.scales import canonical_value
from upturn.formats.transcripts import transcript_splitter
from upturn.formats.values import kind_of

__all__ = ["MappedRecords"]

Record = dict[str, Any]

_NOT_FIELDS: Final = frozenset({"each", "head", "feedback", "metadata"})


class MappedRecords:
    """Makes canonical records by one mapping; without state, so several threads may share it."""

    def __init__(self, mapping: Mapping) -> None:
        """Compile every path, template, time and pattern."""
        given = mapping.conversation
        self._records = compile_path(mapping.records)
        self._fields = compile_fields(_fields(given), "")
        self._metadata = compile_fields(dict(given.metadata), "metadata")
        self._user = compile_field(given.user_id, "user_id", "") if given.user_id else None
        self._turns = _Turns(mapping.turns) if mapping.turns else None
        self._feedback = [_Feedback(one) for one in mapping.feedback]

    def canonical(self, record: Record, origin: Place) -> list[Record]:
        """Give the canonical records of a raw one.

        Raises
        ------
        RefusedRecordError
            If a field can't be read by the mapping; the reason leads with its name and quotes no value.
        SkippedRecord
            If the record holds nothing that was said, and no start of a conversation.
        """
        found = (self._one(RecordScope(inner, origin)) for inner in _inner(self._records, record, "records"))
        told = [one for one in found if one.get("turns") or one.get("feedback") or one.get("started_at") is not None]
        if not told:
            raise SkippedRecord("no turn, no feedback and no start")
        return told

    def user_ids(self, record: Record, origin: Place) -> set[str]:
        """Give the users' ids in a raw record, as far as they can be read, for hiding them in a refused one."""
        found = set()
        try:
            for inner in _inner(self._records, record, "records"):
                user = self._user(inner, RecordScope(inner, origin)) if self._user else None
                if (text := as_text(user)) is not None:
                    found.add(text)
        except RefusedRecordError:
            pass
        return found

    def _one(self, scope: RecordScope) -> Record:
        canonical = filled(self._fields, scope.record, scope)
        if self._turns is not None:
            turns, said = self._turns.read(scope)
            canonical["turns"] = turns
        else:
            said = []
        for one in self._feedback:
            said += one.read(scope.record, scope, "feedback")
        if said:
            canonical["feedback"] = said
        metadata = _read("metadata", lambda: filled(self._metadata, scope.record, scope))
        if scope.unknown:
            metadata["unknown_values"] = dict(scope.unknown)
        if metadata:
            canonical["metadata"] = metadata
        return canonical


class _Turns:
    def __init__(self, given: TurnsMapping) -> None:
        self._each = compile_path(given.each)
        self._split = transcript_splitter(given.head) if given.head else None
        self._fields = compile_fields(_fields(given), "turns")
        self._feedback = [_Feedback(one) for one in given.feedback]

    def read(self, scope: RecordScope) -> tuple[list[Record], list[Record]]:
        """Give the turns, and what was said about single ones; a turn without a time has that of the one before it."""
        if self._split is not None:
            items = self._split(_read("turns.each", lambda: self._each(scope.record)))
        else:
            items = _inner(self._each, scope.record, "turns.each")
        turns, said, before = [], [], None
        for place, item in enumerate(items):
            scope.turn = scope.number = place
            try:
                turn = filled(self._fields, item, scope)
            except RefusedRecordError as error:
                raise RefusedRecordError(f"turns[{place}].{error}") from error
            if not turn.get("tool_calls", True):
                del turn["tool_calls"]
            if (at := turn.get("created_at", before)) is not None:
                turn["created_at"] = before = at
            turns.append(turn)
            for one in self._feedback:
                said += one.read(item, scope, f"turns[{place}].feedback")
        scope.turn = scope.number = None
        return turns, said


class _Feedback:
    def __init__(self, given: FeedbackMapping) -> None:
        self._each = compile_path(given.each)
        self._fields: list[tuple[str, Read]] = compile_fields(_fields(given), "feedback")

    def read(self, item: Any, scope: RecordScope, where: str) -> list[Record]:
        """Give what was said; an element with neither value nor comment says nothing."""
        said = []
        for place, inner in enumerate(_inner(self._each, item, f"{where}.each")):
            scope.number = place
            try:
                piece = filled(self._fields, inner, scope)
            except RefusedRecordError as error:
                raise RefusedRecordError(f"{where}[{place}].{error}") from error
            if piece.get("value") is None and piece.get("comment") is None:
                continue
            if scope.turn is not None:
                piece.setdefault("turn_index", scope.turn)
            said.append(_scaled(piece))
        scope.number = scope.turn
        return said


def _scaled(piece: Record) -> Record:
    """Give feedback with its value as a word of its scale; on a scale such as 5-1 the value turned round."""
    value, scale = as_text(piece.get("value")), piece.get("scale")
    if value is None:
        piece.pop("scale", None)
        return piece
    piece["value"] = value
    if scale is None and piece.get("kind") == "thumb":
        scale = "thumb"
    if scale == "thumb":
        try:
            piece["value"] = canonical_value(value, scale)
        except ValueError:
            return piece
    piece["scale"] = scale
    if not isinstance(scale, str) or "-" not in scale:
        return piece if scale is not None else {name: part for name, part in piece.items() if name != "scale"}
    low, _, high = scale.partition("-")
    try:
        if low.strip() and int(low) > int(high):
            piece |= {"scale": f"{int(high)}-{int(low)}", "value": as_text(int(low) + int(high) - float(value))}
    except ValueError:
        pass
    return piece


def _fields(given: Any) -> dict[str, Any]:
    return {name: getattr(given, name) for name in type(given).model_fields if name not in _NOT_FIELDS}


def _inner(search: Search, value: Any, where: str) -> list[Any]:
    """Give the elements that a path finds: a list's, or the one object; none where it finds nothing."""
    found = _read(where, lambda: search(value))
    if found is None:
        return []
    if isinstance(found, list):
        return found
    if isinstance(found, dict):
        return [found]
    raise RefusedRecordError(f"{where}: expected a list, got {kind_of(found)}")


def _read(where: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except RefusedRecordError as error:
        raise RefusedRecordError(f"{where}: {error}") from error
