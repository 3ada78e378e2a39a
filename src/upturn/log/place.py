"""Where the event log lies: a local folder, or an address in an object store with local copies of its files."""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import unquote

from upturn.domain.errors import ConfigurationError, StoreError
from upturn.stores.address import OBJECT_SCHEMES, is_address, is_object_address, shown
from upturn.stores.failures import store_failure, translated

if TYPE_CHECKING:
    import pyarrow.fs as pafs

__all__ = ["FolderPlace", "LogPlace", "ObjectPlace", "log_place"]

COPY_SECONDS: Final = 3600.0
_COPIERS: Final = 8
_PIECE_BYTES: Final = 4 * 1024 * 1024
_S3_OPTIONS: Final = {"aws_conditional_put": "etag"}
"""A commit is a conditional put, without a lock elsewhere: what makes two writers on S3 safe. Others need no word."""


class LogPlace(Protocol):
    """What the Delta log needs to know of where it lies."""

    @property
    def uri(self) -> str:
        """What deltalake opens."""
        ...

    @property
    def options(self) -> dict[str, str] | None:
        """Storage options for deltalake."""
        ...

    @property
    def ids(self) -> Path:
        """Local folder of the cache of ids."""
        ...

    def has_commits(self) -> bool:
        """Whether there is a `_delta_log`."""
        ...

    def has_events(self) -> bool:
        """Whether there are data files, of whatever version."""
        ...

    def commit_mark(self, version: int) -> tuple[object, ...]:
        """Give what tells the file of a commit from any other; nothing where there is none."""
        ...

    def local(self, uris: Sequence[str]) -> list[str]:
        """Give local paths of data files, in the same order."""
        ...

    def forget_copies(self, live: Collection[str], *, older_than: float = COPY_SECONDS) -> None:
        """Remove copies of data files whose name is not in `live`, once they are `older_than` seconds old.

        A copy that was made a moment ago may be another process's, who knows a newer version of the log.
        """
        ...


def log_place(path: Path | str, copies: Path | None) -> LogPlace:
    """Give the place that a path or address names.

    Parameters
    ----------
    copies : local folder for copies of the data files, needed for an address.

    Raises
    ------
    ConfigurationError
        If an address is of no known object store.
    """
    if not is_address(str(path)):
        return FolderPlace(Path(path))
    if not is_object_address(str(path)) or copies is None:
        raise ConfigurationError(
            f"the event log can't be kept at {shown(str(path))}: expected a folder of a local disk, or an address that "
            f"begins with {', '.join(f'{scheme}://' for scheme in OBJECT_SCHEMES)}"
        )
    return ObjectPlace(str(path).rstrip("/"), copies)


class FolderPlace:
    """A folder on a local or mounted disk: its files are read where they are."""

    options = None

    def __init__(self, path: Path) -> None:
        self._path = path
        self.uri = str(path)
        self.ids = path / "_ids"  # readers and vacuum ignore folders that begin with _

    def __str__(self) -> str:
        return self.uri

    def has_commits(self) -> bool:
        """Whether there is a `_delta_log`."""
        return (self._path / "_delta_log").is_dir()

    def has_events(self) -> bool:
        """Whether there are data files, of whatever version."""
        return self._path.is_dir() and any(self._path.glob("event_date=*"))

    def commit_mark(self, version: int) -> tuple[object, ...]:
        """Give what tells the file of a commit from any other; nothing where there is none."""
        try:
            found = (self._path / "_delta_log" / f"{version:020}.json").stat()
        except OSError:
            return ()
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    def local(self, uris: Sequence[str]) -> list[str]:
        """Give local paths of data files: they are local."""
        return list(uris)

    def forget_copies(self, live: Collection[str], *, older_than: float = COPY_SECONDS) -> None:
        """There are no copies."""


class ObjectPlace:
    """An address in an object store. A data file never changes, so each is copied once, and read from its copy.

    Parameters
    ----------
    address : such as `s3://bucket/folder`, without a slash at the end. Credentials come from the environment alone.
    copies : local folder; it may be deleted at any time.
    """

    def __init__(self, address: str, copies: Path) -> None:
        self.uri = address
        self.options = dict(_S3_OPTIONS) if address.startswith("s3://") else {}
        self._copies = copies
        self.ids = copies / "_ids"

    def __str__(self) -> str:
        return shown(self.uri)

    def has_commits(self) -> bool:
        """Whether there is a `_delta_log`."""
        return self._holds("_delta_log")

    def has_events(self) -> bool:
        """Whether there are data files, of whatever version."""
        return self._holds("", prefix="event_date=")

    def commit_mark(self, version: int) -> tuple[object, ...]:
        """Give a digest of the commit; nothing where there is none."""
        try:
            with self._files.open_input_stream(f"_delta_log/{version:020}.json") as stream:
                return (hashlib.blake2b(stream.read(), digest_size=16).digest(),)
        except FileNotFoundError:
            return ()
        except OSError as error:
            if "not found" in str(error).lower() or "NoSuchKey" in str(error):
                return ()
            raise store_failure(self.uri, error) from error

    def local(self, uris: Sequence[str]) -> list[str]:
        """Copy the data files that have no copy yet, a few at a time; give the copies.

        Raises
        ------
        StoreError, StoreUnreachableError
            If one can't be copied.
        """
        wanted = ["/".join(uri.split("/")[-2:]) for uri in uris]  # event_date=DAY/NAME
        missing = [name for name in wanted if not self._copy_of(name).exists()]
        if missing:
            with translated(self.uri), ThreadPoolExecutor(min(_COPIERS, len(missing)), "copies") as pool:
                list(pool.map(self._copy, missing))
        return [str(self._copy_of(name)) for name in wanted]

    def forget_copies(self, live: Collection[str], *, older_than: float = COPY_SECONDS) -> None:
        """Remove copies of data files whose name is not in `live`, and what killed copiers left."""
        for path in self._copies.glob("event_date=*/*"):
            with suppress(FileNotFoundError):
                if path.name not in live and time.time() - path.stat().st_mtime >= older_than:
                    path.unlink()

    @cached_property
    def _files(self) -> pafs.FileSystem:
        """Give the files under the address, by the library that writes them: one set of credentials for both."""
        import pyarrow.fs as pafs
        from deltalake.fs import DeltaStorageHandler

        with translated(self.uri):
            return pafs.PyFileSystem(DeltaStorageHandler(self.uri, self.options))

    def _holds(self, folder: str, *, prefix: str = "") -> bool:
        import pyarrow.fs as pafs

        with translated(self.uri):
            found: Any = self._files.get_file_info(pafs.FileSelector(folder, allow_not_found=True))
        return any(one.base_name.startswith(prefix) for one in found)

    def _copy_of(self, name: str) -> Path:
        return self._copies / unquote(name)

    def _copy(self, name: str) -> None:
        """Copy one file: whole under its name, readable by the owner only, or not there at all."""
        path = self._copy_of(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.partial")
        try:
            with self._files.open_input_file(name) as stream, partial.open("wb") as file:
                os.chmod(partial, 0o600)  # noqa: PTH101
                while piece := stream.read(_PIECE_BYTES):
                    file.write(piece)
                if file.tell() != stream.size():
                    raise StoreError(f"{self}/{name} came in part: {file.tell()} of {stream.size()} bytes; try again")
            partial.rename(path)
        finally:
            partial.unlink(missing_ok=True)
