"""What a day's sources hold, as one short digest: a day whose files changed since they were read is run again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from upturn.formats.sources import files_of_day

if TYPE_CHECKING:
    from datetime import date

    from upturn.formats.sources import LogFile
    from upturn.settings import Source

__all__ = ["digest_of", "inputs_of_day"]


def inputs_of_day(sources: Iterable[Source], day: date, home: Path) -> str:
    """Give the digest of the files that lie there for `day` now; databases, which have none, take no part."""
    files = (one for source in sources if not source.database for one in files_of_day(source, day, home))
    return digest_of(files, home)


def digest_of(files: Iterable[LogFile], home: Path) -> str:
    """Give 16 hexadecimal digits of the files' places and versions (sizes; of objects also their times).

    The order is of no account; no file at all has a digest of its own.
    """
    digest = hashlib.sha256()
    for place, version in sorted((one.shown(home), one.version) for one in files if one.rows is None):
        digest.update(f"{place}\0{version}\0".encode())
    return digest.hexdigest()[:16]
