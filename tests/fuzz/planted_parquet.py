"""A reader of Parquet for which one file is an abort and one is without end."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.parquet import mutated_file, seed
from upturn.formats.reading import RawChunk

ABORTS, HANGS = 22, 25
"""Numbers of the mutated files."""


def read(path: Path, chunk_bytes: int) -> Iterator[RawChunk]:
    """Give no rows, or never come back."""
    text = path.read_bytes()
    if text == mutated_file(seed(), ABORTS):
        os.abort()
    if text == mutated_file(seed(), HANGS):
        time.sleep(3600)
    yield from ()
