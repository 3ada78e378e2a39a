"""Objects under an address: listed, and fetched to the local disk one at a time."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from upturn.domain.errors import InputError, StoreError, StoreUnreachableError
from upturn.stores.address import shown
from upturn.stores.failures import translated

if TYPE_CHECKING:
    import pyarrow.fs as pafs

__all__ = ["StoredObject", "fetched", "objects_under", "still_part"]

_PIECE_BYTES: Final = 4 * 1024 * 1024
_PARTS: Final = re.compile(r"(?P<root>[a-z0-9]+://[^/]+)/?(?P<key>.*)", re.DOTALL)


@dataclass(frozen=True)
class StoredObject:
    """One object of a store."""

    address: str
    size: int
    modified_at: float | None
    """Seconds since 1970; None: the store does not say."""

    @property
    def name(self) -> str:
        """The last part of its address."""
        return self.address.rpartition("/")[2]


def still_part(pattern: str) -> str:
    """Give the folder within which everything lies that a pattern with wildcards or `{day}` can match.

    >>> still_part("s3://logs/2026/chat-*.jsonl"), still_part("s3://logs/{day}/*.json"), still_part("s3://logs/a.json")
    ('s3://logs/2026', 's3://logs', 's3://logs')
    """
    root, key = _parts(pattern)
    found = re.search(r"[*?{]", key)
    folder = key[: found.start() if found else len(key)].rpartition("/")[0]
    return f"{root}/{folder}" if folder else root


def objects_under(address: str) -> list[StoredObject]:
    """Give the object at an address, or else all objects below it, sorted by address; none where there is nothing.

    Raises
    ------
    StoreError, StoreUnreachableError
        If the store refuses or does not answer.
    """
    import pyarrow.fs as pafs

    root, key = _parts(address)
    with translated(address):
        files, base = _opened(root)
        if key and not key.endswith("/"):
            one: Any = files.get_file_info(f"{base}/{key}")
            if one.type == pafs.FileType.File:
                return [_stored(one, root, base)]
        place = f"{base}/{key.rstrip('/')}".rstrip("/")
        found: Any = files.get_file_info(pafs.FileSelector(place, recursive=True, allow_not_found=True))
        bucket: Any = None if found else files.get_file_info(base)
    if bucket is not None and bucket.type == pafs.FileType.NotFound:
        raise StoreError(f"{shown(address)} can't be used: there is no such bucket; check its name")
    inner = [_stored(one, root, base) for one in found if one.type == pafs.FileType.File]
    return sorted(inner, key=lambda one: one.address)


@contextmanager
def fetched(one: StoredObject, folder: Path) -> Iterator[Path]:
    """Give a local copy of an object, under its own name and with its time; it is removed afterwards.

    Raises
    ------
    InputError
        If the object is gone.
    StoreError, StoreUnreachableError
        If the store refuses, does not answer or breaks off.
    """
    root, key = _parts(one.address)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / one.name
    try:
        try:
            with translated(one.address):
                files, base = _opened(root)
                with files.open_input_file(f"{base}/{key}") as stream, path.open("wb") as file:
                    os.chmod(path, 0o600)  # noqa: PTH101
                    shutil.copyfileobj(stream, file, _PIECE_BYTES)
                    size, whole = file.tell(), stream.size()
        except FileNotFoundError as error:
            raise InputError(f"{shown(one.address)} is gone since it was listed; run the same command again") from error
        if size != whole:
            raise StoreUnreachableError(f"{shown(one.address)} came in part: {size} of {whole} bytes; try again")
        if one.modified_at is not None:
            os.utime(path, (one.modified_at, one.modified_at))
        yield path
    finally:
        path.unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()


def _parts(address: str) -> tuple[str, str]:
    found = _PARTS.match(address)
    if found is None:
        raise InputError(f"{shown(address)} is no address in an object store: expected a form like s3://bucket/folder")
    return found["root"], found["key"]


def _opened(root: str) -> tuple[pafs.FileSystem, str]:
    """Give the file system of a bucket, and the bucket's path in it."""
    import pyarrow.fs as pafs

    return pafs.FileSystem.from_uri(root)  # type: ignore[no-any-return]


def _stored(info: Any, root: str, base: str) -> StoredObject:
    moment = info.mtime_ns
    return StoredObject(
        f"{root}/{info.path.removeprefix(base).lstrip('/')}", info.size or 0, None if moment is None else moment / 1e9
    )
