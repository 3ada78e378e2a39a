"""Writes a batch's chunks as Parquet: complete under its name, or not there at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from upturn.domain.errors import DiskFullError

if TYPE_CHECKING:
    from upturn.formats.staged import StagedChunk

__all__ = ["staging_folder", "write_chunk"]


@contextmanager
def staging_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder to write into, that takes the name `folder` when all went well.

    What was there under that name is replaced. A killed writer leaves a folder whose name begins with a dot; the next
    one for the same batch removes it.

    Raises
    ------
    DiskFullError
        If the disk is full; nothing of the batch is left.
    """
    draft = folder.with_name(f".{folder.name}.draft")
    old = folder.with_name(f".{folder.name}.old")
    try:
        for left in (draft, old):
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


def write_chunk(folder: Path, number: int, chunk: StagedChunk) -> None:
    """Write the tables of a chunk as `TABLE-NNNNN.parquet`, readable by the owner only."""
    import pyarrow.parquet as pq

    for name in ("conversations", "turns", "feedback", "rejected"):
        path = folder / f"{name}-{number:05d}.parquet"
        pq.write_table(getattr(chunk, name), path, compression="zstd", write_statistics=False, use_dictionary=True)
        os.chmod(path, 0o600)  # noqa: PTH101
