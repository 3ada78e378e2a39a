"""One process at a time on the working file, from before it is opened until after it is closed."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from upturn.domain.errors import HomeBusyError

if TYPE_CHECKING:
    from io import BufferedWriter

__all__ = ["PAUSE_SECONDS", "alone", "busy"]

PAUSE_SECONDS: Final = 0.1


@contextmanager
def alone(path: Path, *, wait_seconds: float) -> Iterator[None]:
    """Hold `path` against every other process of upturn.

    DuckDB's own lock goes with the file that was opened: who waits for it while another replaces the file would get
    the replaced one, and write where nobody reads. This lock lies beside the file and is never replaced; a killed
    process lets go of it.

    Raises
    ------
    HomeBusyError
        If another process holds it for longer than `wait_seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_seconds
    with path.with_name("_lock").open("ab") as file:
        while not _taken(file):
            if time.monotonic() > deadline:
                raise busy(path, wait_seconds)
            time.sleep(PAUSE_SECONDS)
        yield


def busy(path: Path, wait_seconds: float) -> HomeBusyError:
    """Give the error of a working file that another process holds."""
    return HomeBusyError(
        f"{path} is held by another process for more than {wait_seconds:g} s: another run of upturn, or "
        "somebody's DuckDB session on the working file. Let it end and run again; for reading, open "
        f"{path.parent.parent / path.name}, which is never locked"
    )


def _taken(file: BufferedWriter) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
