"""Reads release markers from a file: JSON lines, or CSV with a header. Every line is right, or none is taken."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import ValidationError

from upturn.domain.errors import InputError
from upturn.domain.payloads import ReleaseMarked

__all__ = ["read_releases", "release", "utc_time"]

_NAMES: Final = {"assistant": "assistant_id", "version": "assistant_version", "at": "released_at"}
"""Short names, as of the command's options, and the fields they are."""
_SHOWN: Final = 3
_YEARS: Final = range(2000, 2100)
_ID: Final = 512


def read_releases(path: Path) -> list[ReleaseMarked]:
    """Give the releases that a file marks, in its order; an empty line says nothing.

    A file is CSV by its name (`.csv`), else JSON lines. Fields are `assistant`, `kind`, `at` and, where known,
    `version` and `note`.

    Raises
    ------
    InputError
        If the file can't be read or a line is wrong; names up to three lines, with field and reason.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror}): expected a file of releases") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start + 1}): expected CSV or JSON lines") from error
    releases, wrong = [], []
    for line, record in _csv_records(text) if path.suffix.lower() == ".csv" else _json_records(text):
        try:
            releases.append(release(record))
        except ValueError as error:
            wrong.append(f"line {line}: {error}")
    if wrong:
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise InputError(f"{path}: nothing was marked. {'; '.join(wrong[:_SHOWN])}{more}")
    return releases


def release(record: Any) -> ReleaseMarked:
    """Give the release that a record of texts says.

    Raises
    ------
    ValueError
        If a field is missing, unknown or wrong; the text names it.
    """
    if not isinstance(record, dict):
        raise ValueError("expected an object with assistant, kind and at")  # noqa: TRY004  one reason a line
    given = {_NAMES.get(str(name), str(name)): value for name, value in record.items()}
    if len(given) < len(record):
        raise ValueError("holds a field under two names")
    fields: dict[str, Any] = {"assistant_version": None, "note": None}
    fields |= {name: value for name, value in given.items() if value not in (None, "")}
    if not isinstance(fields.get("released_at"), str):
        raise ValueError("at is missing: expected a time such as 2026-11-20T14:00:00Z")  # noqa: TRY004  as above
    if not 0 < len(str(fields.get("assistant_id", "?")).strip()) <= _ID:
        raise ValueError(f"assistant: expected 1 to {_ID} characters")
    fields["released_at"] = utc_time(fields["released_at"])
    try:
        return ReleaseMarked.model_validate(fields)
    except ValidationError as error:
        shown = {field: name for name, field in _NAMES.items()}
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        said = (f"{shown.get(str(one['loc'][0]), one['loc'][0])}: {one['msg'].lower()}" for one in problems)
        raise ValueError("; ".join(said)) from error


def utc_time(text: str) -> datetime:
    """Give the instant that an ISO 8601 text says; without an offset it is UTC.

    >>> utc_time("2026-11-20T14:00:00+01:00").isoformat(), utc_time("2026-11-20").isoformat()
    ('2026-11-20T13:00:00+00:00', '2026-11-20T00:00:00+00:00')

    Raises
    ------
    ValueError
        If it is none, or not of the years 2000 to 2099.
    """
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        moment = datetime.min.replace(tzinfo=UTC)
    if moment.year not in _YEARS:
        raise ValueError("at: expected a time such as 2026-11-20T14:00:00Z, in the years 2000 to 2099")
    return moment


def _json_records(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, orjson.loads(line)
            except orjson.JSONDecodeError:
                yield number, None


def _csv_records(text: str) -> Iterator[tuple[int, Any]]:
    reader = csv.DictReader(text.splitlines(), restkey="columns beyond the header")
    for record in reader:
        yield reader.line_num, record
