"""User ids become keyed digests: the same user has the same one, and without the key nobody gets back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from upturn.log.functions import keyed_digest
from upturn.privacy.keys import checked_key, key_from_file, made_key

if TYPE_CHECKING:
    from upturn.home import Home
    from upturn.settings import Settings

__all__ = ["Pseudonymizer", "known_pseudonymizers", "load_pseudonymizer"]

_NEEDED: Final = "the key of the pseudonyms is needed; make it readable for this user, or set UPTURN_PSEUDONYM_KEY"


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
        return Pseudonymizer(checked_key(settings.pseudonym_key.get_secret_value().encode(), "UPTURN_PSEUDONYM_KEY"))
    path = home.key_file
    if not path.exists():
        made_key(path)
    return Pseudonymizer(key_from_file(path, what=_NEEDED))


def known_pseudonymizers(home: Home, settings: Settings) -> list[Pseudonymizer]:
    """Give the pseudonymizer in force, then those of keys that were rotated out: `HOME/previous-*.key`, by name.

    Raises
    ------
    ConfigurationError
        As `load_pseudonymizer`, for any of the keys.
    """
    previous = sorted(home.root.glob("previous-*.key"))
    return [
        load_pseudonymizer(home, settings),
        *(
            Pseudonymizer(key_from_file(path, what="people are known by its pseudonyms; make it readable"))
            for path in previous
        ),
    ]
