"""Tombstones: keyed digests by which the erased are known again, and nothing else of them."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson

from upturn.privacy.keys import key_from_file, made_key
from upturn.privacy.nested_json import LEVELS, is_like_json, value_of

if TYPE_CHECKING:
    from upturn.home import Home

__all__ = ["Kind", "Tombstones", "tombstone_key"]

Kind = Literal["user", "pseudonym", "conversation"]

_DIGEST_HEX: Final = 32
_LONGEST_ID: Final = 512
_WORDS: Final = re.compile(r'"((?:[^"\\]|\\.){1,512})"|([^\s,;:{}\[\]"\'()<>=]{3,512})')
"""What may be an id in text that does not parse: what stands in quotes, and what stands between separators."""


def tombstone_key(home: Home, *, is_made: bool) -> bytes | None:
    """Give the key of the tombstones; None where there is none yet, so nobody was erased.

    It is never rotated: under another key nobody that was erased would be known again.

    Parameters
    ----------
    is_made : whether a missing key is made.

    Raises
    ------
    ConfigurationError
        If its file can't be read, or others could read it.
    """
    if not home.tombstone_key.exists():
        if not is_made:
            return None
        made_key(home.tombstone_key)
    return key_from_file(
        home.tombstone_key, what="without it the erased can't be told from others; make it readable for this user"
    )


@dataclass(frozen=True)
class Tombstones:
    """Knows who and what was erased."""

    key: bytes = field(repr=False)
    digests: frozenset[str]

    def digest(self, kind: Kind, value: str) -> str:
        """Give the tombstone of a user id, of a pseudonym or of a conversation id.

        >>> stones = Tombstones(b"k" * 32, frozenset())
        >>> stones.digest("user", "ann") == stones.digest("conversation", "ann")
        False
        """
        return hmac.digest(self.key, f"{kind}\x1f{value}".encode(), "sha256").hex()[:_DIGEST_HEX]

    def having(self, digests: Iterable[str]) -> Tombstones:
        """Give these tombstones and others."""
        return Tombstones(self.key, self.digests.union(digests))

    def cover(self, kind: Kind, value: str) -> bool:
        """Whether this one was erased."""
        return bool(self.digests) and self.digest(kind, value) in self.digests

    def covered(self, kind: Kind, values: Iterable[str]) -> set[str]:
        """Give those of `values` that were erased."""
        return {value for value in values if self.cover(kind, value)} if self.digests else set()

    def holds(self, conversation_id: str | None, user_id: str | None) -> bool:
        """Whether a record of this conversation and user is about somebody who was erased."""
        return (conversation_id is not None and self.cover("conversation", conversation_id)) or (
            user_id is not None and self.cover("user", user_id)
        )

    def in_text(self, raw: bytes) -> bool:
        """Whether a raw record names somebody or something that was erased, wherever in it the id stands."""
        if not self.digests:
            return False
        try:
            words = set(_leaves(orjson.loads(raw)))
        except orjson.JSONDecodeError:
            words = set(_words(raw.decode("utf-8", "replace")))
        kinds: tuple[Kind, ...] = ("user", "pseudonym", "conversation")
        return any(self.cover(kind, word) for word in words for kind in kinds)


def _words(text: str) -> Iterator[str]:
    for found in _WORDS.finditer(text):
        yield found[1] or found[2]


def _leaves(record: Any) -> Iterator[str]:
    """Give what may be an id of a JSON value: texts and numbers, keys, and all that within texts which are JSON."""
    pending = [(record, LEVELS)]
    while pending:
        value, left = pending.pop()
        match value:
            case dict() as parts:
                yield from filter(_may_be_id_as_key, parts)
                pending.extend((part, left) for part in parts.values())
            case list() as parts:
                pending.extend((part, left) for part in parts)
            case str() as text:
                if len(text) <= _LONGEST_ID:
                    yield text
                if is_like_json(text):
                    inner = value_of(text) if left else None
                    if inner is None:
                        yield from _words(text)
                    else:
                        pending.append((inner, left - 1))
            case bool() | None:
                pass
            case int() as number:
                yield str(number)
            case _:
                pass


def _may_be_id_as_key(key: str) -> bool:
    """Whether a key may be an id: one that has a digit or an @, which names of fields seldom have."""
    return len(key) <= _LONGEST_ID and ("@" in key or any(map(str.isdigit, key)))
