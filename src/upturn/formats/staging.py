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
from upturn.formats.claims import claim, is_claimed, locked

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

    What was there under that name is replaced, unless somebody is at work on it: that is waited for. A killed writer
    leaves a folder whose name begins with a dot and holds its token; the next one for the same batch removes it.

    Raises
    ------
    DiskFullError
        If the disk is full; nothing of the batch is left.
    """
    draft = folder.with_name(f".{folder.name}.{claim(folder.parent)}.draft")
    old = folder.with_name(f".{folder.name}.old")
    killed = filter(is_abandoned, folder.parent.glob(f".{folder.name}.*draft"))
    try:
        for left in (draft, *killed):
            shutil.rmtree(left, ignore_errors=True)
        draft.mkdir(parents=True)
        yield draft
        with locked(folder):
            shutil.rmtree(old, ignore_errors=True)  # a killed writer's
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


def is_abandoned(path: Path) -> bool:
    """Whether nobody is at work there: no living process's token stands in the name, and a lock is held by none.

    >>> import tempfile
    >>> staging = Path(tempfile.mkdtemp())
    >>> is_abandoned(staging / f".2026-11-23.{claim(staging)}.draft"), is_abandoned(staging / ".2026-11-23.old")
    (False, True)
    """
    return not is_claimed(path)


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
