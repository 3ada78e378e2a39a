"""Files become bundles of raw records: each about a chunk in size, of one file or of many small ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from upturn.domain.errors import InputError
from upturn.formats.detect import detect_format
from upturn.formats.reading import CHUNK_BYTES, RawChunk, raw_chunks
from upturn.formats.registry import LogFormat, format_named
from upturn.formats.sources import LogFile

__all__ = ["Bundle", "FileArrival", "FilePart", "FileRefusal", "bundles"]


@dataclass(frozen=True)
class FilePart:
    """Some raw records of one file."""

    source_name: str
    file: str
    """Path relative to the home, or absolute where it lies elsewhere."""
    log_format: LogFormat
    zone: ZoneInfo | None
    chunk: RawChunk


@dataclass(frozen=True)
class FileRefusal:
    """A file of which nothing could be read."""

    source_name: str
    file: str
    reason: str


@dataclass(frozen=True)
class FileArrival:
    """A file that was read."""

    source_name: str
    file: str
    is_empty: bool


@dataclass
class Bundle:
    """What is typed and staged together, under one chunk number."""

    parts: list[FilePart] = field(default_factory=list)
    refusals: list[FileRefusal] = field(default_factory=list)
    arrived: list[FileArrival] = field(default_factory=list)
    """Files read to their end since the bundle before."""
    bytes: int = 0

    @property
    def has_records(self) -> bool:
        """Whether there is anything to stage."""
        return bool(self.parts or self.refusals)


def bundles(
    files: Iterable[LogFile], *, home: Path, source_name: str, forced: str | None, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[Bundle]:
    """Give the records of all files, in order, in bundles; the last may be empty.

    Parameters
    ----------
    files : in the order in which they are read.
    source_name : name for files that belong to no configured source.
    forced : format of all files; None: the source's, else by content.

    Raises
    ------
    InputError
        If a file that was named itself can't be read; others are refused within their bundle.
    """
    bundle = Bundle()
    for one in files:
        name = one.source.name if one.source else source_name
        place = _shown(one.path, home)
        is_empty = True
        try:
            for part in _parts(one, name, place, forced or (one.source.format if one.source else None), chunk_bytes):
                is_empty = False
                bundle.parts.append(part)
                bundle.bytes += sum(map(len, part.chunk.texts))
                if bundle.bytes >= chunk_bytes // 2:
                    yield bundle
                    bundle = Bundle()
            bundle.arrived.append(FileArrival(name, place, is_empty))
        except InputError as error:
            if one.is_named:
                raise
            bundle.refusals.append(FileRefusal(name, place, str(error)))
    yield bundle


def _parts(one: LogFile, source_name: str, place: str, forced: str | None, chunk_bytes: int) -> Iterator[FilePart]:
    zone = ZoneInfo(one.source.timezone) if one.source and one.source.timezone else None
    log_format = format_named(forced) if forced else None
    for chunk in raw_chunks(one.path, chunk_bytes=chunk_bytes):
        if log_format is None:
            log_format = detect_format(chunk.texts, file=str(one.path))
        yield FilePart(source_name, place, log_format, zone, chunk)


def _shown(path: Path, home: Path) -> str:
    full, root = path.resolve(), home.resolve()
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else full.as_posix()
