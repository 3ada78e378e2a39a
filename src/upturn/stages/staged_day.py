"""A day's staged batch on its way from `ingest` to the log: what is there, and whether what is not there was taken."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from upturn.domain.errors import NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from upturn.home import Home

__all__ = ["VALIDATED", "note_appended", "note_staged", "staged_day"]

VALIDATED: Final = "validated"
"""Name of the file in a batch's folder that says that the checks have looked at this very batch."""
_KEPT: Final = timedelta(days=35)


def staged_day(home: Home, day: date) -> Path | None:
    """Give the folder staged for a day; None: its newest batch is in the log already.

    Raises
    ------
    NotFoundError
        If nothing is staged and nothing was appended: it would be a day lost without a word.
    """
    folder = home.staging / day.isoformat()
    if folder.is_dir():
        return folder
    if (home.appended / day.isoformat()).exists():
        return None
    raise NotFoundError(
        f"nothing is staged for {day}: expected {folder} as `ingest` leaves it, and no append of it is on record; run "
        f"the whole day: upturn run --day {day}"
    )


def note_staged(home: Home, day: date) -> None:
    """Take back that the day's newest batch is in the log: a newer one is staged."""
    (home.appended / day.isoformat()).unlink(missing_ok=True)


def note_appended(home: Home, day: date) -> None:
    """Keep that the day's newest batch is in the log; notes of long ago go."""
    home.appended.mkdir(parents=True, exist_ok=True)
    (home.appended / day.isoformat()).touch()
    for old in home.appended.iterdir():
        if old.name < (day - _KEPT).isoformat():
            old.unlink(missing_ok=True)
