"""Who may touch the table's files: writers together, and whoever deletes files alone."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["alone", "writing"]

_NAME = "_lock"
"""Readers and vacuum ignore names that begin with _."""


@contextmanager
def writing(table: Path) -> Iterator[None]:
    """Hold off whoever deletes files that no commit names: one that is being written is such a file."""
    with _held(table, fcntl.LOCK_SH):
        yield


@contextmanager
def alone(table: Path) -> Iterator[None]:
    """Wait until nobody writes, and let nobody begin."""
    with _held(table, fcntl.LOCK_EX):
        yield


@contextmanager
def _held(table: Path, kind: int) -> Iterator[None]:
    table.mkdir(parents=True, exist_ok=True)
    with (table / _NAME).open("ab") as file:  # closing it lets go, also where the process is killed
        fcntl.flock(file, kind)
        yield
