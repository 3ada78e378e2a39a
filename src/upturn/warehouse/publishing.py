"""Publishes a file by atomic rename: readers keep the old one or open the new one, never half of one."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from upturn.domain.errors import DiskFullError

__all__ = ["publish_file"]

_READ_ONLY: Final = 0o444
_CLONE: Final = 0x40049409
"""FICLONE of Linux: share the blocks of another file; btrfs and XFS know it."""


def publish_file(source: Path, target: Path) -> None:
    """Put a read-only copy of `source` in the place of `target`.

    A write-ahead log beside the target is a leftover of somebody's session on the file that goes: it is removed,
    since DuckDB would not open the new file beside it.

    Raises
    ------
    DiskFullError
        If there is no room for a second copy; the old one stands.
    """
    fresh = target.with_name(f".{target.name}.publishing")
    log = target.with_name(target.name + ".wal")
    try:
        fresh.unlink(missing_ok=True)
        _copy(source, fresh)
        fresh.chmod(_READ_ONLY)
        log.unlink(missing_ok=True)
        fresh.replace(target)
        log.unlink(missing_ok=True)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(
                f"no space left for {target}: the warehouse published before stands; free "
                f"{source.stat().st_size} bytes and run again"
            ) from error
        raise


def _copy(source: Path, target: Path) -> None:
    """Copy by sharing blocks where the file system can, else inside the kernel."""
    with source.open("rb") as reader, target.open("wb") as writer:
        if _cloned(reader.fileno(), writer.fileno()):
            return
        left = os.fstat(reader.fileno()).st_size
        while left > 0:
            copied = _copy_some(reader.fileno(), writer.fileno(), left)
            if copied == 0:
                raise OSError(errno.EIO, "the file became shorter while it was copied", str(source))
            left -= copied


def _cloned(reader: int, writer: int) -> bool:
    try:
        import fcntl

        fcntl.ioctl(writer, _CLONE, reader)
    except (ImportError, OSError):
        return False
    return True


def _copy_some(reader: int, writer: int, count: int) -> int:
    if hasattr(os, "copy_file_range"):
        try:
            return os.copy_file_range(reader, writer, count)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
                raise
    return os.write(writer, os.read(reader, min(count, 1 << 22)))
