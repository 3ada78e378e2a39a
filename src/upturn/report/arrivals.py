"""What the report says of what arrived, was checked and was refused, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = ["Completeness", "Quarantined", "SourceDay", "SuiteResult", "WeekDay"]


@dataclass(frozen=True)
class WeekDay:
    """What there is of one day."""

    day: date
    conversation_count: int
    open_count: int
    left_out_count: int


@dataclass(frozen=True)
class SourceDay:
    """Which sources arrived on one day."""

    day: date
    arrived: int
    expected: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class SuiteResult:
    """What one suite of checks said over the week."""

    suite: str
    expectation_count: int
    failed_count: int
    evaluated_count: int
    unexpected_count: int
    failed: str | None


@dataclass(frozen=True)
class Quarantined:
    """Records of one source that one rule refused."""

    source_name: str
    rule: str
    reason: str
    record_count: int
    turn_count: int | None


@dataclass(frozen=True)
class Completeness:
    """Whether what the figures stand on is all there."""

    days: tuple[WeekDay, ...] = ()
    sources: tuple[SourceDay, ...] = ()
    suites: tuple[SuiteResult, ...] = ()
    quarantine: tuple[Quarantined, ...] = ()
    days_over: int = 7
    """Days of the week that the warehouse has reached the end of: the others are to come, not missing."""
