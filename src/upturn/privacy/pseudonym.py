"""User ids become keyed digests: the same user has the same one, and without the key nobody gets back."""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from upturn.domain.errors import ConfigurationError
from upturn.log.functions import keyed_digest

if TYPE_CHECKING:
    from upturn.home import Home
    from upturn.settings import Settings

__all__ = ["Pseudonymizer", "load_pseudonymizer"]

_KEY_BYTES: Final = 32
_MODE: Final = 0o600


@dataclass(frozen=True)
class Pseudonymizer:
    """Gives pseudonyms under one key."""

    key: bytes = field(repr=False)

    def user_key(self, user_id: str) -> str:
        """Give the pseudonym of a user id: 32 hex digits of HMAC-SHA256, as `keyed_digest` in SQL.

        >>> Pseudonymizer(b"Jefe").user_key("what do ya want for nothing?")
        '5bdcc146bf60754e6a042426089575c7'
        """
        return keyed_digest(user_id, self.key)


def load_pseudonymizer(home: Home, settings: Settings) -> Pseudonymizer:
    """Give the pseudonymizer of a home; its key file is made where there is none.

    The key is UPTURN_PSEUDONYM_KEY where that is set, else the home's `pseudonym.key`. Several processes that start
    together on a new home end with the same key.

    Raises
    ------
    ConfigurationError
        If the key is empty or short, or its file can be read by others.
    """
    if settings.pseudonym_key is not None:
        return Pseudonymizer(_checked(settings.pseudonym_key.get_secret_value().encode(), "UPTURN_PSEUDONYM_KEY"))
    path = home.key_file
    if not path.exists():
        _create(path)
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise ConfigurationError(
                f"{path} has mode {mode:03o}: expected 600, since others could read the key; run `chmod 600 {path}`, "
                "and think of who may have read it"
            )
        return Pseudonymizer(_checked(path.read_bytes().strip(), str(path)))
    except OSError as error:
        raise ConfigurationError(
            f"{path} can't be read ({error.strerror}): the key of the pseudonyms is needed; make it readable for this "
            "user, or set UPTURN_PSEUDONYM_KEY"
        ) from error


def _checked(key: bytes, place: str) -> bytes:
    if len(key) < 16:
        raise ConfigurationError(
            f"{place} holds a key of {len(key)} bytes: expected at least 16; `openssl rand -hex 32` makes a good one"
        )
    return key


def _create(path: Path) -> None:
    """Write a new key beside its place and link it there: whoever comes second finds the first one's key."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError as error:
        raise ConfigurationError(f"{path} can't be created ({error.strerror}): make its folder writable") from error
    finally:
        draft.unlink(missing_ok=True)
