"""What every stage receives and returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from upturn.home import Home
    from upturn.log.port import EventLog
    from upturn.settings import Settings
    from upturn.warehouse import Warehouse

__all__ = ["Progress", "Stage", "StageContext", "StageCounts", "as_of", "silent"]


class Progress(Protocol):
    """Shows how far long work has come; silent where nobody looks."""

    def __call__(self, done: int, total: int | None, what: str) -> None:
        """Say that `done` of `total` (None: unknown) units of `what` are done."""
        ...


def silent(done: int, total: int | None, what: str) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class StageCounts:
    """What a stage did: strings and counts, never data, so that stages may run on different machines."""

    read: int = 0
    appended: int = 0
    skipped: int = 0
    quarantined: int = 0
    notes: Mapping[str, int | float | str] = field(default_factory=dict)
    """Stage-specific counts and names, such as `sources_arrived`."""

    def as_dict(self) -> dict[str, object]:
        """Give a JSON-ready form."""
        return {
            "read": self.read,
            "appended": self.appended,
            "skipped": self.skipped,
            "quarantined": self.quarantined,
            **self.notes,
        }


@dataclass(frozen=True)
class StageContext:
    """Everything a stage may touch. Built by `upturn.wiring`, by nobody else."""

    home: Home
    settings: Settings
    log: EventLog
    warehouse: Warehouse
    clock: Callable[[], datetime]
    """Gives the present in UTC: for `recordedtime` only, never for what is computed."""
    progress: Progress = silent


class Stage(Protocol):
    """One stage: the same day in, the same events out."""

    @property
    def __name__(self) -> str: ...

    def __call__(self, context: StageContext, day: date) -> StageCounts:
        """Do the stage's work for `day`."""
        ...


def as_of(day: date, timezone: str) -> datetime:
    """Give the instant at which `day` is over in the team's time zone, as UTC.

    >>> as_of(date(2026, 11, 23), "Europe/Paris").isoformat()
    '2026-11-23T23:00:00+00:00'
    """
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(timezone))
    return midnight.astimezone(ZoneInfo("UTC"))
