"""A field of a mapping, made ready once: from a record, or a piece of it, to the value of the canonical field."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson

from upturn.formats.mapping import MappedField
from upturn.formats.mapping_paths import Search, compile_path, is_conditional
from upturn.formats.mapping_templates import as_text, compile_template
from upturn.formats.mapping_times import compile_time, elapsed
from upturn.formats.registry import Place, RefusedRecordError

__all__ = ["Read", "RecordScope", "compile_field", "compile_fields", "filled"]

_TIMES: Final = frozenset({"created_at", "updated_at", "started_at", "ended_at"})
_SHOWN: Final = 8


@dataclass(slots=True)
class RecordScope:
    """What is known around a value: its record, where that stands, and how far reading is."""

    record: Any
    origin: Place
    turn: int | None = None
    """Index of the turn being read; None: none."""
    number: int | None = None
    """Place within its list of the turn or feedback being read, from 0."""
    unknown: dict[str, list[str]] = field(default_factory=dict)
    """Values that the mapping does not know and keeps, by field."""

    def place(self, name: str) -> Any:
        """Give line, file, digest, turn or number."""
        match name:
            case "$line":
                return self.origin.line
            case "$file":
                return self.origin.file.rpartition("/")[2].partition(".")[0]
            case "$digest":
                return hashlib.sha256(orjson.dumps(self.record, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
            case "$turn":
                return self.turn
        return self.number

    def keep(self, name: str, value: str) -> None:
        """Note a value that is not known."""
        kept = self.unknown.setdefault(name, [])
        if value not in kept:
            kept.append(value)


Read = Callable[[Any, RecordScope], Any]
"""Gives a field's value; None: the source has none. Raises RefusedRecordError, without the field's name."""


def compile_fields(given: dict[str, MappedField | None], section: str) -> list[tuple[str, Read]]:
    """Give the readers of the fields that are mapped, in order."""
    return [(name, compile_field(one, name, section)) for name, one in given.items() if one is not None]


def filled(readers: list[tuple[str, Read]], item: Any, scope: RecordScope) -> dict[str, Any]:
    """Give the fields of an item that have a value.

    Raises
    ------
    RefusedRecordError
        If a field can't be read; its name leads the reason.
    """
    found = {}
    for name, read in readers:
        try:
            value = read(item, scope)
        except RefusedRecordError as error:
            raise RefusedRecordError(f"{name}: {error}") from error
        if value is not None:
            found[name] = value
    return found


def compile_field(given: MappedField, name: str, section: str) -> Read:
    """Give the reader of one field.

    Parameters
    ----------
    name : of the canonical field; fields of time are read as such.
    section : where it stands, for what is kept of unknown values.
    """
    read = _source(given)
    if given.nothing:
        read = _without(read, given.nothing)
    if given.values is not None:
        read = _translated(read, given, f"{section}.{name}" if section else name)
    if given.after is not None and given.time is not None:
        read = _counted(read, given.time, compile_field(given.after, "created_at", section))
    elif given.value is None and (given.time or given.zone or name in _TIMES):
        read = _timed(read, compile_time(given.time, given.zone))
    return read if given.default is None else _or_default(read, given.default)


def _source(given: MappedField) -> Read:
    if given.path is not None:
        search = compile_path(given.path)
        if is_conditional(given.path):
            search = _if_held(search)
        if given.of == "record":
            return lambda _, scope: search(scope.record)
        return lambda item, _: search(item)
    if given.text is not None:
        template = compile_template(given.text)
        if given.of == "record":
            return lambda _, scope: template(scope.record, scope)
        return template
    return lambda _, __: given.value


def _if_held(search: Search) -> Search:
    def held(value: Any) -> Any:
        found = search(value)
        return None if found is False else found

    return held


def _without(read: Read, nothing: tuple[Any, ...]) -> Read:
    words = frozenset(map(as_text, nothing))

    def kept(item: Any, scope: RecordScope) -> Any:
        value = read(item, scope)
        return None if as_text(value) in words else value

    return kept


def _translated(read: Read, given: MappedField, name: str) -> Read:
    known = given.values or {}
    shown = ", ".join(list(known)[:_SHOWN]) + (", …" if len(known) > _SHOWN else "")

    def translated(item: Any, scope: RecordScope) -> Any:
        value = read(item, scope)
        if value is None:
            return None
        word = as_text(value)
        if word in known:
            return known[word]
        if given.unknown == "default":
            return given.default
        if given.unknown == "refuse":
            raise RefusedRecordError(f"a value that the mapping does not know; it knows {shown}")
        scope.keep(name, word if word is not None else orjson.dumps(value).decode())
        return None

    return translated


def _counted(read: Read, unit: str, start: Read) -> Read:
    def counted(item: Any, scope: RecordScope) -> Any:
        value = read(item, scope)
        if value is None:
            return None
        begun = start(scope.record, scope)
        try:
            moment = datetime.fromisoformat(begun)
        except (TypeError, ValueError) as error:
            raise RefusedRecordError("the time that `after` names can't be read") from error
        return (moment + elapsed(value, unit)).isoformat()

    return counted


def _timed(read: Read, clock: Callable[[Any], Any]) -> Read:
    def timed(item: Any, scope: RecordScope) -> Any:
        value = read(item, scope)
        return None if value is None else clock(value)

    return timed


def _or_default(read: Read, default: Any) -> Read:
    def given(item: Any, scope: RecordScope) -> Any:
        value = read(item, scope)
        return default if value is None else value

    return given
