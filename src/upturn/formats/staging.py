"""Writes a batch's chunks as Parquet: complete under its name, or not there at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from upturn.domain.errors import DiskFullError

if TYPE_CHECKING:
    from upturn.formats.staged import StagedChunk

__all__ = ["is_abandoned", "staging_folder", "write_chunk"]

_ROW_GROUP: Final = 20_000
"""Rows that one thread reads at a time: about a fifth of a chunk's turns."""
_REPEATING: Final = ("source_name", "file", "conversation_id", "role", "error_type", "tool_name")
"""Columns whose values come again and again, stored once each."""


@contextmanager
def staging_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder to write into, that takes the name `folder` when all went well.

    What was there under that name is replaced. A killed writer leaves a folder whose name begins with a dot and holds
    its process; the next one for the same batch removes it.

    Raises
    ------
    DiskFullError
        If the disk is full; nothing of the batch is left.
    """
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.draft")
    old = folder.with_name(f".{folder.name}.old")
    killed = filter(is_abandoned, folder.parent.glob(f".{folder.name}.*draft"))
    try:
        for left in (draft, old, *killed):
            shutil.rmtree(left, ignore_errors=True)
        draft.mkdir(parents=True)
        yield draft
        if folder.exists():
            folder.rename(old)
        draft.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(
                f"the disk of {folder.parent} is full: nothing of this batch was kept; free some space and run again"
            ) from error
        raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def is_abandoned(folder: Path) -> bool:
    """Whether no process lives whose id stands in a folder's name, between dots: nobody is writing there.

    >>> is_abandoned(Path(f".2026-11-23.{os.getpid()}.draft")), is_abandoned(Path(".2026-11-23.old"))
    (False, True)
    """
    return not any(_lives(int(part)) for part in folder.name.split(".") if part.isdecimal())


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)  # signal 0 asks only
    except PermissionError:
        return True  # another user's
    except (ProcessLookupError, OverflowError):
        return False
    return True


def write_chunk(folder: Path, number: int, chunk: StagedChunk) -> None:
    """Write the tables of a chunk as `TABLE-NNNNN.parquet`, readable by the owner only.

    A chunk lives for minutes, so it is packed for speed; its row groups are read by several threads.
    """
    import pyarrow.parquet as pq

    for name in ("conversations", "turns", "feedback", "rejected"):
        table, path = getattr(chunk, name), folder / f"{name}-{number:05d}.parquet"
        repeating = [column for column in _REPEATING if column in table.column_names]
        pq.write_table(
            table,
            path,
            compression="lz4",
            write_statistics=False,
            use_dictionary=repeating,
            row_group_size=_ROW_GROUP,
        )
        os.chmod(path, 0o600)  # noqa: PTH101
