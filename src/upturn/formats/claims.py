"""Who is at work in a staging folder: locks of the kernel, which go with the process that holds them."""

from __future__ import annotations

import atexit
import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

__all__ = ["claim", "is_claimed", "locked"]

_TOKEN: Final = re.compile(r"w[0-9a-f]{12}")
_LOCK: Final = ".lock"
_held: dict[tuple[int, Path], tuple[str, BinaryIO]] = {}
"""The claim of each process (a forked child has its own) on each staging folder, open for as long as it lives."""


def claim(staging: Path) -> str:
    """Give this process's token in a staging folder: a part of the names of what it writes there.

    Ids of processes tell nothing between containers that share a home; a lock does.
    """
    key = (os.getpid(), staging.resolve())
    token, file = _held.get(key, ("", None))
    if file is None or not _is_of(file, _place(staging, token)):
        token = f"w{secrets.token_hex(6)}"
        staging.mkdir(parents=True, exist_ok=True)
        _held[key] = (token, _open_locked(_place(staging, token)))
        atexit.register(_let_go, key)
    return token


def is_claimed(path: Path) -> bool:
    """Whether a living process's token stands in a name, between dots, or it is a lock that somebody holds."""
    if path.suffix == _LOCK:
        return _lives(path)
    return any(_TOKEN.fullmatch(part) and _lives(_place(path.parent, part)) for part in path.name.split("."))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Wait for whoever works on a staged batch, and hold others off; the lock's file goes with the lock."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    path = folder.with_name(f".{folder.name}{_LOCK}")
    with _open_locked(path):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _place(staging: Path, token: str) -> Path:
    return staging / f".{token}.claim"


def _open_locked(path: Path) -> BinaryIO:
    """Open and lock the file that bears the name; one that was removed while we waited locks nothing."""
    while True:
        file = path.open("ab")
        fcntl.flock(file, fcntl.LOCK_EX)
        if _is_of(file, path):
            return file
        file.close()


def _is_of(file: BinaryIO, path: Path) -> bool:
    try:
        return os.fstat(file.fileno()).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False


def _let_go(key: tuple[int, Path]) -> None:
    """Remove this process's own claim as it ends; a forked child leaves its parent's."""
    process, staging = key
    if process == os.getpid():
        _place(staging, _held[key][0]).unlink(missing_ok=True)


def _lives(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
