"""What `upturn status` shows, from the published warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from upturn.resources import load_sql
from upturn.warehouse.reading import read_only

if TYPE_CHECKING:
    from upturn.home import Home

__all__ = ["CALIBRATION", "SECTIONS", "home_status"]

SECTIONS: Final[tuple[str, ...]] = ("warehouse", "days", "refused", "redacted", "checks", "judge", "alerts", "waiting")
"""The sections in their order; each is `sql/status/SECTION.sql`."""

CALIBRATION: Final[tuple[str, ...]] = ("agreement", "corrected", "disagreements")
"""The sections of `upturn status --calibration`."""


def home_status(home: Home, wanted: tuple[str, ...] = SECTIONS) -> dict[str, tuple[list[str], list[tuple[Any, ...]]]]:
    """Give columns and rows of each section: file, days, refusals, redactions, checks, judge, alerts, open suggestions.

    Parameters
    ----------
    wanted : other sections, such as `CALIBRATION`.

    Raises
    ------
    NotFoundError
        If nothing was published yet.
    """
    sections = {}
    with read_only(home) as connection:
        for section in wanted:
            connection.execute(load_sql(f"status/{section}"))
            columns = [column[0] for column in connection.description or ()]
            sections[section] = (columns, connection.fetchall())
    return sections
