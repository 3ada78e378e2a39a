"""Files become bundles of raw records: each about a chunk in size, of one file or of many small ones."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from upturn.domain.errors import InputError
from upturn.formats.assumed_times import file_time
from upturn.formats.claims import claim
from upturn.formats.detect import detect_format
from upturn.formats.mapping_files import source_mapping
from upturn.formats.reading import CHUNK_BYTES, Break, RawChunk, raw_chunks
from upturn.formats.registry import LogFormat, Place, ThreadReader, format_named
from upturn.formats.sources import LogFile, TableFiles
from upturn.formats.table_rows import row_reader
from upturn.formats.table_sets import table_set_records
from upturn.settings import Source

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
    assumed_at: str | None = None
    """Start of conversations that have no time at all; None: they are refused."""
    threads: Sequence[str | None] = ()
    """What the records before each say of its conversation, as many as records; none: its format follows none."""
    table_format: str | None = None
    """The format of the tables that its records were joined of; None: they are records of a file."""

    @property
    def format_name(self) -> str:
        """The name of the format that its source is in."""
        return self.table_format or self.log_format.name

    @property
    def user_fields(self) -> frozenset[str]:
        """The names under which its records, or the tables they were joined of, hold users' ids."""
        of_tables = format_named(self.table_format).user_fields if self.table_format else ()
        return frozenset((*self.log_format.user_fields, *of_tables))

    def places(self, hide: Callable[[str], str] | None = None) -> Iterator[Place]:
        """Give the place of each record; `hide` makes ids of users' ids, None where nothing is stored."""
        for number, line in enumerate(self.chunk.lines):
            yield Place(self.file, line, self.threads[number] if self.threads else None, hide)


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
    file_count: int = 1
    """How many files it is: a folder of tables is several."""


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
    files: Sequence[LogFile],
    *,
    home: Path,
    source_name: str,
    forced: str | LogFormat | None,
    chunk_bytes: int = CHUNK_BYTES,
) -> Iterator[Bundle]:
    """Give the records of all files, in order, in bundles; the last may be empty.

    Parameters
    ----------
    files : in the order in which they are read.
    source_name : name for files that belong to no configured source.
    forced : format of all files, or what a mapping gives; None: the source's, else by content.

    Raises
    ------
    InputError
        If a file that was named itself can't be read; others are refused within their bundle.
    """
    bundle = Bundle()
    mappings = {one.name: found for one in _sources(files) if (found := source_mapping(one, home))}
    for given in files:
        name = given.source.name if given.source else source_name
        place = given.shown(home)
        is_empty = True
        try:
            wanted = forced or mappings.get(name) or (given.source.format if given.source else None)
            with given.at_hand(_fetching(home) if given.stored else home) as one:
                for part in _file_parts(one, name, home, wanted, chunk_bytes):
                    is_empty = False
                    bundle.parts.append(part)
                    bundle.bytes += sum(map(len, part.chunk.texts))
                    if bundle.bytes >= chunk_bytes // 2:
                        yield bundle
                        bundle = Bundle()
            count = len(given.tables.files) if given.tables else 1
            bundle.arrived.append(FileArrival(name, place, is_empty, count))
        except InputError as error:
            if given.is_named:
                raise
            bundle.refusals.append(FileRefusal(name, place, str(error)))
    yield bundle


def _fetching(home: Path) -> Path:
    """Give a folder of its own for a copy of an object."""
    staging = home / "staging"
    return staging / f".fetched-files-{uuid.uuid4().hex[:8]}.{claim(staging)}"


def _sources(files: Iterable[LogFile]) -> list[Source]:
    return list({one.source.name: one.source for one in files if one.source}.values())


def _file_parts(
    one: LogFile, source_name: str, home: Path, wanted: str | LogFormat | None, chunk_bytes: int
) -> Iterator[FilePart]:
    if one.tables:
        yield from _table_parts(one, one.tables, source_name, wanted, home, chunk_bytes)
        return
    try:
        yield from _parts(one, source_name, home, wanted, chunk_bytes)
    except InputError as error:
        if one.stored is None and one.label is None:
            raise
        raise InputError(str(error).replace(str(one.path), one.shown(home))) from error


def _parts(
    one: LogFile, source_name: str, home: Path, forced: str | LogFormat | None, chunk_bytes: int
) -> Iterator[FilePart]:
    zone = ZoneInfo(one.source.timezone) if one.source and one.source.timezone else None
    log_format = format_named(forced) if isinstance(forced, str) else forced
    place = one.shown(home)
    follow: ThreadReader | None = None
    chunks = _raw_chunks(one, log_format, chunk_bytes)
    for chunk in chunks if log_format else _from_first_record(chunks, one.path):
        if log_format is None:
            log_format = detect_format(chunk.texts, file=str(one.path))
        chunk = log_format.gather(chunk) if log_format.gather else chunk  # noqa: PLW2901
        if follow is None and log_format.threads:
            follow = log_format.threads()
        is_timed = log_format.is_canonical or one.rows is not None
        address = one.stored.address if one.stored else None
        assumed = None if is_timed else file_time(one.path, one.source, home, address=address)
        threads = follow(chunk.texts) if follow else ()
        yield FilePart(source_name, place, log_format, zone, chunk, assumed, threads)


def _raw_chunks(one: LogFile, log_format: LogFormat | None, chunk_bytes: int) -> Iterator[RawChunk]:
    if one.rows is not None:
        return one.rows.chunks(chunk_bytes)
    read = (log_format.read if log_format else None) or row_reader(one.path) or _json_chunks
    return read(one.path, chunk_bytes)


def _from_first_record(chunks: Iterator[RawChunk], path: Path) -> Iterator[RawChunk]:
    """Give chunks from the first that holds a record on, with the breaks before it: by records a format is told.

    Raises
    ------
    InputError
        If there is nothing but breaks.
    """
    held: list[Break] = []
    is_found = False
    for chunk in chunks:
        if is_found:
            yield chunk
        elif chunk.texts:
            is_found = True
            yield RawChunk(chunk.lines, chunk.texts, [*held, *chunk.breaks])
        else:
            held += chunk.breaks
    if held and not is_found:
        raise InputError(f"{path} can't be read: {held[0].reason}; write the file again")


def _json_chunks(path: Path, chunk_bytes: int) -> Iterator[RawChunk]:
    return raw_chunks(path, chunk_bytes=chunk_bytes)


def _table_parts(
    one: LogFile, tables: TableFiles, source_name: str, forced: str | LogFormat | None, home: Path, chunk_bytes: int
) -> Iterator[FilePart]:
    """Give what the tables of an export become, by the file it begins in; a row that becomes nothing is a break."""
    if forced not in (None, tables.format):
        given = forced if isinstance(forced, str) else "a mapping"
        raise InputError(
            f"{one.path} holds tables of {tables.format}, not of {given}: leave out the format, or name single files"
        )
    log_format = format_named(tables.format)
    is_canonical = log_format.table_set is not None and log_format.table_set.is_canonical
    made = format_named("upturn") if is_canonical else log_format
    held: dict[Path, RawChunk] = {}
    size = 0

    def parts() -> Iterator[FilePart]:
        for path, kept in held.items():
            yield FilePart(source_name, _shown(path, home), made, None, kept, table_format=tables.format)

    for row in table_set_records(tables.files, log_format):
        chunk = held.setdefault(row.file, RawChunk([], [], []))
        if row.refusal is None:
            chunk.lines.append(row.row)
            chunk.texts.append(row.record)
        else:
            chunk.breaks.append(Break(row.row, row.refusal, row.record))
        size += len(row.record)
        if size >= chunk_bytes // 2:
            yield from parts()
            held, size = {}, 0
    yield from parts()


def _shown(path: Path, home: Path) -> str:
    full, root = path.resolve(), home.resolve()
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else full.as_posix()
