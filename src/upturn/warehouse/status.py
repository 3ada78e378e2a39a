"""What `upturn status` shows, from the published warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from upturn.resources import load_sql
from upturn.warehouse.reading import read_only

if TYPE_CHECKING:
    from upturn.home import Home

__all__ = ["SECTIONS", "home_status"]

SECTIONS: Final[tuple[str, ...]] = ("warehouse", "days", "refused", "checks", "waiting")
"""The sections in their order; each is `sql/status/SECTION.sql`."""


def home_status(home: Home) -> dict[str, tuple[list[str], list[tuple[Any, ...]]]]:
    """Give the columns and rows of each section: the file, the last days, refusals, failed checks, open suggestions.

    Raises
    ------
    NotFoundError
        If nothing was published yet.
    """
    sections = {}
    with read_only(home) as connection:
        for section in SECTIONS:
            connection.execute(load_sql(f"status/{section}"))
            columns = [column[0] for column in connection.description or ()]
            sections[section] = (columns, connection.fetchall())
    return sections
