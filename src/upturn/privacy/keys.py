"""Key files of a home: made once, readable by their owner only."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from upturn.domain.errors import ConfigurationError

__all__ = ["checked_key", "key_from_file", "made_key"]

_KEY_BYTES: Final = 32
_LEAST_BYTES: Final = 16
_MODE: Final = 0o600


def key_from_file(path: Path, *, what: str) -> bytes:
    """Give the key that a file holds.

    Parameters
    ----------
    what : what the key is for, with what to do without it, to end an error's sentence.

    Raises
    ------
    ConfigurationError
        If the key is empty or short, or its file can't be read, or can be read by others.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise ConfigurationError(
                f"{path} has mode {mode:03o}: expected 600, since others could read the key; run `chmod 600 {path}`, "
                "and think of who may have read it"
            )
        return checked_key(path.read_bytes().strip(), str(path))
    except OSError as error:
        raise ConfigurationError(f"{path} can't be read ({error.strerror}): {what}") from error


def checked_key(key: bytes, place: str) -> bytes:
    """Give the key back if it is long enough.

    Raises
    ------
    ConfigurationError
        If it is shorter than 16 bytes.
    """
    if len(key) < _LEAST_BYTES:
        raise ConfigurationError(
            f"{place} holds a key of {len(key)} bytes: expected at least {_LEAST_BYTES}; `openssl rand -hex 32` makes "
            "a good one"
        )
    return key


def made_key(path: Path, *, key: bytes | None = None) -> None:
    """Make the key file, where there is none: written beside its place and linked there, so that the first one wins.

    Parameters
    ----------
    key : what it holds; None: a key drawn at random.

    Raises
    ------
    ConfigurationError
        If it can't be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write((key or secrets.token_hex(_KEY_BYTES).encode()) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError as error:
        raise ConfigurationError(f"{path} can't be created ({error.strerror}): make its folder writable") from error
    finally:
        draft.unlink(missing_ok=True)
