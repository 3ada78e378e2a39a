"""Addresses such as `s3://bucket/folder/file` and `postgresql://…`, and how they are shown: without secrets."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit, urlunsplit

__all__ = ["OBJECT_SCHEMES", "is_address", "is_object_address", "shown"]

OBJECT_SCHEMES: Final = ("s3", "gs", "abfs", "abfss")
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_ANY_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^\s@/]*:[^\s]*@")


def is_address(text: str) -> bool:
    """Whether a text is an address and no path.

    >>> is_address("s3://logs/2026"), is_address("inbox/chat.jsonl"), is_address("C:/logs")
    (True, False, False)
    """
    return _ADDRESS.match(text) is not None


def is_object_address(text: str) -> bool:
    """Whether a text is an address in an object store.

    >>> is_object_address("gs://logs/2026"), is_object_address("sqlite:///chats.db")
    (True, False)
    """
    return text.partition("://")[0] in OBJECT_SCHEMES and is_address(text)


def shown(address: str) -> str:
    """Give an address as it may be shown, logged and stored: without user, password and query.

    The container that stands before the @ of an `abfs://` address is a place and no user: it stays.

    >>> shown("postgresql+psycopg://me:secret@db.example:5432/chats?sslpassword=x")
    'postgresql+psycopg://db.example:5432/chats'
    >>> shown("abfs://logs@account.dfs.core.windows.net/events?sig=x")
    'abfs://logs@account.dfs.core.windows.net/events'
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return _ANY_URL.sub(r"\1", address).partition("?")[0]
    container = re.match(r"[^:@]+@", parts.netloc) if parts.scheme in ("abfs", "abfss") else None
    host = (container[0] if container else "") + parts.netloc.rpartition("@")[2]
    if "://" in address and not parts.netloc:  # urlunsplit would lose the slashes of sqlite:///chats.db
        return f"{parts.scheme}://{parts.path}"
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
