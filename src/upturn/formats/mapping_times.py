"""Times as a source writes them, to ISO 8601 with an offset."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from upturn.formats.registry import RefusedRecordError
from upturn.formats.values import kind_of

__all__ = ["Clock", "compile_time", "elapsed"]

Clock = Callable[[Any], Any]
"""Gives a time as the canonical record takes it; raises RefusedRecordError where it is none."""

_PER_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_FIRST: Final = 946_684_800
"""2000-01-01, in Unix seconds."""
_LAST: Final = 4_102_444_800
"""2100-01-01."""
_LONGEST: Final = 366 * 86_400
"""Seconds after a start that a turn can have."""


def compile_time(form: str | None, zone: str | None) -> Clock:
    """Give the reader of a kind of time.

    Parameters
    ----------
    form : "iso", a unit of Unix time, a strptime form; None: ISO 8601, or Unix seconds or milliseconds.
    zone : zone of texts without an offset; None: they are passed on, and refused where their source has no zone.
    """
    place = ZoneInfo(zone) if zone else None
    if form in _PER_SECOND:
        return lambda value: _unix(_number(value) / _PER_SECOND[form])
    if form is not None and form != "iso":
        return lambda value: _placed(_parsed(value, form), place)
    if place is not None:
        return lambda value: _placed(_iso(value), place) if isinstance(value, str) else value
    return _as_given if form is None else lambda value: value


def elapsed(value: Any, unit: str) -> timedelta:
    """Give the time that a number of a unit is.

    Raises
    ------
    RefusedRecordError
        If it is no number, negative or more than a year.
    """
    seconds = _number(value) / _PER_SECOND[unit]
    if not 0 <= seconds <= _LONGEST:
        raise RefusedRecordError("a time after the start that is negative or more than a year")
    return timedelta(seconds=seconds)


def _as_given(value: Any) -> Any:
    """Take Unix seconds as ISO text at once; anything else is left to the canonical record."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and _FIRST <= value < _LAST:
        return datetime.fromtimestamp(value, UTC).isoformat()
    return value


def _unix(seconds: float) -> str:
    if not _FIRST <= seconds < _LAST:
        raise RefusedRecordError("lies outside the years 2000 to 2099: is `time` of the mapping the right unit?")
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _number(value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    try:
        number = float(value) if isinstance(value, str) else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise RefusedRecordError(f"expected a number of time, got {kind_of(value)}")
    return number


def _parsed(value: Any, form: str) -> datetime:
    if not isinstance(value, str):
        raise RefusedRecordError(f"expected a time as text, got {kind_of(value)}")
    try:
        return datetime.strptime(value.strip(), form)  # noqa: DTZ007  the zone follows
    except ValueError as error:
        raise RefusedRecordError(f"is no time of the form {form}") from error


def _iso(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError as error:
        raise RefusedRecordError("is no ISO 8601 time such as 2026-11-23T09:30:00Z") from error


def _placed(moment: datetime, zone: ZoneInfo | None) -> str:
    """Give the moment in UTC; one without an offset and without a zone as it stands."""
    if moment.tzinfo is None:
        if zone is None:
            return moment.isoformat()
        moment = moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(UTC).isoformat()
    except OverflowError as error:
        raise RefusedRecordError("lies outside the years 2000 to 2099") from error
