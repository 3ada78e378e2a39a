"""Which files a path names, and which configured source a file belongs to."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from upturn.domain.errors import InputError
from upturn.formats.registry import format_named, formats
from upturn.formats.table_sets import is_table, table_files
from upturn.settings import Source
from upturn.stores.address import is_address, shown
from upturn.stores.objects import StoredObject, fetched

if TYPE_CHECKING:
    from upturn.formats.reading import RawChunk

__all__ = ["LogFile", "RowSource", "files_of_day", "files_of_paths", "is_log_name", "path_expression", "source_of"]

_LOGS: Final = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
_PACKED: Final = (".gz", ".zst", ".bz2")
_DIGITS: Final = {"%Y": r"\d{4}", "%y": r"\d{2}", "%m": r"\d{2}", "%d": r"\d{2}", "%j": r"\d{3}", "%H": r"\d{2}"}


@dataclass(frozen=True)
class TableFiles:
    """The tables of an export in one folder, or in folders within it."""

    format: str
    files: tuple[Path, ...]

    @property
    def folders(self) -> frozenset[str]:
        """Names of the folders within that belong to it; empty where the tables are files of the folder itself."""
        wanted = format_named(self.format).table_set
        return wanted.folders if wanted else frozenset()


@dataclass(frozen=True)
class LogFile:
    """A file to ingest, or a folder of tables that belong together."""

    path: Path
    source: Source | None
    """The configured source it belongs to; None: none."""
    is_named: bool
    """Whether somebody named this very file: then it is an error, and no quarantine, that it can't be read."""
    tables: TableFiles | None = None
    """The tables, where `path` is their folder; None: it is a file of records."""
    stored: StoredObject | None = None
    """The object of a store that it is; `path` is then its name, until it is fetched."""
    rows: RowSource | None = None
    """What gives its records, where it is no file; `path` is then a name."""
    label: str | None = None
    """Its place, where `path` is none that anybody would know."""

    @property
    def version(self) -> str:
        """What tells it from what it was at another time: its size, an object's time too, where rows begin."""
        if self.rows is not None:
            return self.rows.version
        if self.stored is not None:
            return f"{self.stored.address} {self.stored.size} {self.stored.modified_at}"
        files = self.tables.files if self.tables else (self.path,)
        return " ".join(str(path.stat().st_size) for path in files if path.exists())

    def shown(self, home: Path) -> str:
        """Give its place as it is stored and shown: relative to the home, absolute elsewhere, or an address."""
        if self.label is not None:
            return self.label
        if self.stored is not None:
            return shown(self.stored.address)
        full, root = self.path.resolve(), home.resolve()
        return full.relative_to(root).as_posix() if full.is_relative_to(root) else full.as_posix()

    @contextmanager
    def at_hand(self, folder: Path) -> Iterator[LogFile]:
        """Give it with a `path` that can be opened; a copy made for that in `folder` is removed afterwards."""
        if self.stored is None:
            yield self
            return
        with fetched(self.stored, folder) as path:
            yield replace(self, path=path)


class RowSource(Protocol):
    """Records that come from elsewhere than a file, such as a database."""

    @property
    def version(self) -> str:
        """What tells these records from those of another time."""
        ...

    def chunks(self, chunk_bytes: int) -> Iterator[RawChunk]:
        """Give the records in order, about so many bytes at a time."""
        ...


def is_log_name(name: str) -> bool:
    """Whether a file in a folder is a log by its ending.

    >>> is_log_name("chat.jsonl.zst"), is_log_name("turns.CSV"), is_log_name("notes.txt")
    (True, True, False)
    """
    name = name.lower()
    for packed in _PACKED:
        name = name.removesuffix(packed)
    return name.endswith(_LOGS)


def files_of_day(source: Source, day: date, home: Path) -> list[LogFile]:
    """Give the files of a source for a day, sorted by path; none where none arrived."""
    if is_address(source.path):
        from upturn.formats.remote_files import matching_objects

        objects = matching_objects(source.pattern_for(day))
        return [LogFile(Path(one.name), source, is_named=False, stored=one) for one in objects]
    pattern = str(home / source.pattern_for(day))
    found = [Path(path) for path in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207  it may be absolute
    inner = [child for path in found if path.is_dir() for child in sorted([*path.glob("*"), *path.glob("*/*")])]
    sets = _table_sets([path for path in [*found, *inner] if path.is_file()])
    single = [path for path in found if path.is_file() and not _is_in(path, sets)]
    return [
        *(LogFile(path, source, is_named=False) for path in single),
        *(LogFile(path, source, is_named=False, tables=one) for path, some in sets.items() for one in some),
    ]


def files_of_paths(paths: Iterable[Path | str], sources: Iterable[Source], home: Path) -> list[LogFile]:
    """Give the files that paths, folders and globs name, each once, sorted by path within each.

    In a folder, files that end in .jsonl, .ndjson, .json, .csv, .tsv or .parquet, also packed as .gz, .zst or .bz2, are
    logs; hidden ones are not. Tables that are an export together (see `table_sets`) are one entry, their folder; other
    tables beside them belong to it, where a table is a file. An address such as `s3://bucket/folder/*.jsonl` names
    objects of a store.

    Raises
    ------
    InputError
        If a path names nothing.
    """
    known = list(sources)
    files: dict[Path | str, LogFile] = {}
    for given in paths:
        if is_address(str(given)):
            from upturn.formats.remote_files import remote_files

            files |= {one.shown(home): one for one in remote_files(str(given), known, home)}
            continue
        path = Path(given)
        found, beside = _named_by(path)
        sets = _table_sets([*found, *beside])
        found = [one for one in found if not _is_in(one, sets)]
        if not found and not sets:
            raise InputError(
                f"{path} names no log file: expected a file, a folder with {', '.join(_LOGS)} files (also .gz, .zst, "
                ".bz2), or a glob that matches some; check the path"
            )
        for one in found:
            full = Path(one).resolve()
            files.setdefault(full, LogFile(full, source_of(full, known, home), is_named=one == path))
        for folder, some in sets.items():
            full = folder.resolve()
            for tables in some:
                source = source_of(tables.files[0].resolve(), known, home) or source_of(full, known, home)
                files.setdefault(full / tables.format, LogFile(full, source, is_named=True, tables=tables))
    return list(files.values())


def _named_by(path: Path) -> tuple[list[Path], list[Path]]:
    """Give the logs that a path names, and the tables in it that may be an export together."""
    if path.is_dir():
        inner = sorted(one for one in path.rglob("*") if one.is_file() and not _is_hidden(one.relative_to(path)))
        return [one for one in inner if is_log_name(one.name)], [one for one in inner if is_table(one)]
    if path.exists():
        return [path], []
    if not glob.has_magic(str(path)):
        return [], []
    matched = (Path(found) for found in glob.glob(str(path), recursive=True))  # noqa: PTH207
    return sorted(one for one in matched if one.is_file()), []


def _table_sets(files: Iterable[Path]) -> dict[Path, list[TableFiles]]:
    """Give the exports that these files hold, by the folder of their files or of their tables' folders."""
    given = sorted(set(files))
    sets: dict[Path, list[TableFiles]] = {}
    for name, one in formats().items():
        wanted = one.table_set
        if wanted is None:
            continue
        groups: dict[Path, list[Path]] = {}
        for path in given:
            if wanted.is_in_folders and path.parent.name in wanted.folders:
                groups.setdefault(path.parent.parent, []).append(path)
            elif not wanted.is_in_folders and is_table(path):
                groups.setdefault(path.parent, []).append(path)
        for folder, here in groups.items():
            chosen = tuple(path for some in table_files(here, one).values() for path in some)
            if chosen:
                sets.setdefault(folder, []).append(TableFiles(name, chosen))
    return sets


def _is_in(path: Path, sets: Mapping[Path, list[TableFiles]]) -> bool:
    """Whether a file belongs to one of the exports."""
    here, above = sets.get(path.parent, []), sets.get(path.parent.parent, [])
    is_beside = is_table(path) and any(not one.folders for one in here)
    return is_beside or any(path.parent.name in one.folders for one in above)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def source_of(path: Path | str, sources: Iterable[Source], home: Path) -> Source | None:
    """Give the configured source whose pattern, for some day, matches a file or address; the first where several do."""
    place = path if isinstance(path, str) else path.as_posix()
    for source in sources:
        pattern = source.path if is_address(source.path) else str(home.resolve() / source.path)
        if re.fullmatch(path_expression(pattern), place):
            return source
    return None


def path_expression(pattern: str) -> str:
    """Give a path pattern with days and wildcards as a regular expression, with a group for each day.

    >>> re.fullmatch(path_expression("inbox/chat-{day:%Y%m}.*"), "inbox/chat-202611.json").groups()
    ('202611',)
    """
    text = ""
    for part in re.split(r"(\{day[^}]*\}|\*\*/|\*|\?)", pattern):
        if part.startswith("{day"):
            text += f"({_day_expression(part[5:-1] or '%Y-%m-%d')})"
        else:
            text += {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
    return text


def _day_expression(form: str) -> str:
    pieces = re.split(r"(%[A-Za-z])", form)
    return "".join(_DIGITS.get(piece, "[^/]+" if piece.startswith("%") else re.escape(piece)) for piece in pieces)
