"""An ISO week of the team's calendar: its name, its first and last instant, its neighbours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from upturn.domain.errors import ConfigurationError

__all__ = ["Week"]

_NAME = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, order=True)
class Week:
    """Monday to Sunday in the team's time zone."""

    monday: date

    @classmethod
    def parse(cls, name: str) -> Week:
        """Read a week's name.

        Raises
        ------
        ConfigurationError
            If there is no such ISO week.

        >>> Week.parse("2026-W47").monday.isoformat()
        '2026-11-16'
        """
        match = _NAME.fullmatch(name)
        year, number = (int(match[1]), int(match[2])) if match else (0, 0)
        try:
            return cls(date.fromisocalendar(year, number, 1))
        except ValueError as error:
            raise ConfigurationError(
                f"no such week: got {name!r}, expected an ISO week such as 2026-W47 (a year has 52 or 53)"
            ) from error

    @classmethod
    def holding(cls, day: date) -> Week:
        """Give the week that `day` is in.

        >>> Week.holding(date(2027, 1, 3)).name
        '2026-W53'
        """
        return cls(day - timedelta(days=day.weekday()))

    @property
    def name(self) -> str:
        """ISO name, such as `2026-W47`."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def sunday(self) -> date:
        """The last day."""
        return self.monday + timedelta(days=6)

    @property
    def label(self) -> str:
        """The days in words.

        >>> Week.parse("2026-W47").label
        '16–22 November 2026'
        >>> Week.parse("2026-W53").label
        '28 December 2026 – 3 January 2027'
        """
        first, last = self.monday, self.sunday
        if first.month == last.month:
            return f"{first.day}–{last.day} {last:%B %Y}"
        start = f"{first.day} {first:%B}" if first.year == last.year else f"{first.day} {first:%B %Y}"
        return f"{start} – {last.day} {last:%B %Y}"

    def back(self, weeks: int) -> Week:
        """Give the week that lies `weeks` before this one."""
        return Week(self.monday - timedelta(weeks=weeks))

    def start(self, timezone: str) -> datetime:
        """Give the instant of Monday 00:00 in `timezone`, as UTC.

        >>> Week.parse("2026-W47").start("Europe/Paris").isoformat()
        '2026-11-15T23:00:00+00:00'
        """
        return _midnight(self.monday, timezone)

    def end(self, timezone: str) -> datetime:
        """Give the instant at which the week is over in `timezone` (the next Monday 00:00), as UTC."""
        return _midnight(self.monday + timedelta(days=7), timezone)


def _midnight(day: date, timezone: str) -> datetime:
    return datetime.combine(day, datetime.min.time(), ZoneInfo(timezone)).astimezone(ZoneInfo("UTC"))
