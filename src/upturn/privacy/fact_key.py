"""The key under which facts are known again: the key of the pseudonyms may be rotated, this one stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from upturn.privacy.keys import checked_key, key_from_file, made_key
from upturn.privacy.pseudonym import load_pseudonymizer

if TYPE_CHECKING:
    from upturn.home import Home
    from upturn.settings import Settings

__all__ = ["load_fact_key", "make_fact_key"]

_NEEDED: Final = "without it what is logged isn't known again; make it readable for this user, or set UPTURN_FACT_KEY"


def load_fact_key(home: Home, settings: Settings) -> bytes:
    """Give the key of the facts' digests: UPTURN_FACT_KEY where that is set, else the home's `fact.key`.

    A home without one has logged its facts under the key of the pseudonyms that is in force, or was last: that key is
    copied, once, and so what it holds stays known. A home that has no key at all gets one of its own.

    Raises
    ------
    ConfigurationError
        If a key is empty or short, or its file can't be read or made, or others could read it.
    """
    if settings.fact_key is not None:
        return checked_key(settings.fact_key.get_secret_value().encode(), "UPTURN_FACT_KEY")
    if not home.fact_key.exists():
        made_key(home.fact_key, key=_logged_under(home, settings))
    return key_from_file(home.fact_key, what=_NEEDED)


def make_fact_key(home: Home, settings: Settings) -> None:
    """Give a new home a key of its own, unless it has one or the environment does.

    Raises
    ------
    ConfigurationError
        If it can't be written.
    """
    if settings.fact_key is None:
        made_key(home.fact_key)


def _logged_under(home: Home, settings: Settings) -> bytes | None:
    if settings.pseudonym_key is not None or home.key_file.exists():
        return load_pseudonymizer(home, settings).key
    previous = sorted(home.root.glob("previous-*.key"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    return key_from_file(previous[-1], what=_NEEDED) if previous else None
