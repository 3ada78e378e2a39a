"""The rules of identity as DuckDB functions: `event_id` and the digests, the same as in Python."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb

__all__ = ["fact_digest", "keyed_digest", "register"]

_BLOCK_BYTES: Final = 64
_DIGEST_HEX: Final = 32


def keyed_digest(text: str, key: bytes) -> str:
    """Give the first 32 hex digits (128 bits) of HMAC-SHA256 over the text's UTF-8 bytes.

    >>> keyed_digest("what do ya want for nothing?", b"Jefe")  # RFC 4231, test case 2
    '5bdcc146bf60754e6a042426089575c7'
    """
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:_DIGEST_HEX]


def fact_digest(text: str, key: bytes) -> str:
    """Give the digest by which a fact is known and compared: 32 hex digits of SHA-256 under a prefix made of the key.

    >>> fact_digest("turn", b"Jefe") == fact_digest("turn", b"Jeff")
    False
    """
    return hashlib.sha256(_fact_prefix(key) + text.encode()).hexdigest()[:_DIGEST_HEX]


def _fact_prefix(key: bytes) -> bytes:
    """Give a secret of 32 bytes that tells nothing of the key itself."""
    return hmac.new(key, b"upturn fact digest", hashlib.sha256).digest()


def register(connection: duckdb.DuckDBPyConnection, *, pseudonym_key: bytes, fact_key: bytes) -> None:
    """Make `event_id(type, source, native_ids, revision)`, `keyed_digest(text)` and `fact_digest(text)` known to SQL.

    Two native ids are joined first: `native_ids(conversation_id, turn_key)`. The functions are temporary: they and
    what is made of the keys live in this connection, never in a file. Calling it again replaces the keys.

    Parameters
    ----------
    pseudonym_key : key of `keyed_digest`, under which user ids are hidden; any length above 0.
    fact_key : key of `fact_digest`, under which facts are known again; any length above 0.

    Raises
    ------
    ValueError
        If a key is empty.
    """
    if not pseudonym_key or not fact_key:
        raise ValueError("a key is empty: expected the bytes of the home's keys")
    block = hashlib.sha256(pseudonym_key).digest() if len(pseudonym_key) > _BLOCK_BYTES else pseudonym_key
    block = block.ljust(_BLOCK_BYTES, b"\0")
    connection.execute("set variable upturn_inner_pad = $pad", {"pad": bytes(byte ^ 0x36 for byte in block)})
    connection.execute("set variable upturn_outer_pad = $pad", {"pad": bytes(byte ^ 0x5C for byte in block)})
    connection.execute("set variable upturn_fact_prefix = $prefix", {"prefix": _fact_prefix(fact_key)})
    connection.execute(load_sql("functions/event_id"))
    connection.execute(load_sql("functions/fact_digest"))
    connection.execute(load_sql("functions/keyed_digest"))
