"""Hides users at intake under the key of the pseudonyms, and makes identities under the key of the facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from upturn.log.functions import fact_digest, keyed_digest
from upturn.privacy.fact_key import load_fact_key
from upturn.privacy.masking import mask_record, mask_value
from upturn.privacy.pseudonym import Pseudonymizer, load_pseudonymizer

if TYPE_CHECKING:
    from upturn.home import Home
    from upturn.settings import Settings

__all__ = ["UserHiding", "load_hiding"]


@dataclass(frozen=True)
class UserHiding:
    """Both keys of a home, and what is done under them.

    Where a user id stands within what identifies a record, it is hidden under the key of the facts: so a record is the
    same one after the key of the pseudonyms was rotated.
    """

    pseudonyms: Pseudonymizer
    fact_key: bytes = field(repr=False)

    def value(self, value: Any) -> Any:
        """Give a JSON value as it is stored."""
        return mask_value(value, self.pseudonyms)

    def identity_of(self, value: Any) -> Any:
        """Give a JSON value as it counts for the digest of its record: text in it as the source said it."""
        return mask_value(value, Pseudonymizer(self.fact_key), levels=0)

    def record(self, raw: bytes, *, ids: frozenset[str], names: frozenset[str]) -> str:
        """Give a refused record as it is stored; `ids` and `names` as of `mask_record`."""
        return mask_record(raw, self.pseudonyms, ids=ids, names=names)

    def record_digest(self, raw: bytes, *, ids: frozenset[str]) -> str:
        """Give the digest of a refused record, as it was before redaction."""
        return fact_digest(mask_record(raw, Pseudonymizer(self.fact_key), ids=ids, levels=0), self.fact_key)

    def native_id(self, text: str) -> str:
        """Give an id that is made of a user's: 32 hex digits under the key of the facts, so that it is never another.

        >>> UserHiding(Pseudonymizer(b"k" * 32), b"Jefe").native_id("what do ya want for nothing?")
        '5bdcc146bf60754e6a042426089575c7'
        """
        return keyed_digest(text, self.fact_key)


def load_hiding(home: Home, settings: Settings) -> UserHiding:
    """Give what hides the users of a home; keys are made where there are none.

    Raises
    ------
    ConfigurationError
        If a key is empty or short, or its file can be read by others.
    """
    fact_key = load_fact_key(home, settings)  # first: a home that has no key of pseudonyms yet is a new one
    return UserHiding(load_pseudonymizer(home, settings), fact_key)
