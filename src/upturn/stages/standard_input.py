"""Standard input as a file to ingest: copied to the disk first, since a log is looked at before it is read."""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from upturn.domain.errors import InputError
from upturn.formats.claims import claim
from upturn.formats.sources import LogFile

if TYPE_CHECKING:
    from upturn.home import Home

__all__ = ["STANDARD_INPUT", "standard_input"]

STANDARD_INPUT: Final = "-"
_PIECE_BYTES: Final = 4 * 1024 * 1024


@contextmanager
def standard_input(home: Home) -> Iterator[LogFile]:
    """Give what comes in until it ends, as a file that only the owner may read; it is removed afterwards.

    Raises
    ------
    InputError
        If standard input is a terminal: nobody would type a log.
    """
    if sys.stdin.isatty():
        raise InputError(
            "standard input is a terminal: expected a log from a pipe, such as `zcat a.gz | upturn ingest -`"
        )
    folder = home.staging / f".fetched-files-{uuid.uuid4().hex[:8]}.{claim(home.staging)}"
    folder.mkdir(parents=True)
    try:
        path = folder / "stdin"
        with path.open("wb") as file:
            os.chmod(path, 0o600)  # noqa: PTH101
            shutil.copyfileobj(sys.stdin.buffer, file, _PIECE_BYTES)
        yield LogFile(path, None, is_named=True, label="stdin")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
