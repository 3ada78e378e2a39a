"""Which files a path names, and which configured source a file belongs to."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from upturn.domain.errors import InputError
from upturn.settings import Source

__all__ = ["LogFile", "files_of_day", "files_of_paths", "source_of"]

_LOGS: Final = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")
_DIGITS: Final = {"%Y": r"\d{4}", "%y": r"\d{2}", "%m": r"\d{2}", "%d": r"\d{2}", "%j": r"\d{3}", "%H": r"\d{2}"}


@dataclass(frozen=True)
class LogFile:
    """A file to ingest."""

    path: Path
    source: Source | None
    """The configured source it belongs to; None: none."""
    is_named: bool
    """Whether somebody named this very file: then it is an error, and no quarantine, that it can't be read."""


def files_of_day(source: Source, day: date, home: Path) -> list[LogFile]:
    """Give the files of a source for a day, sorted by path; none where none arrived."""
    pattern = str(home / source.pattern_for(day))
    found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207  the pattern may be absolute
    return [LogFile(Path(path), source, is_named=False) for path in found if Path(path).is_file()]


def files_of_paths(paths: Iterable[Path], sources: Iterable[Source], home: Path) -> list[LogFile]:
    """Give the files that paths, folders and globs name, each once, sorted by path within each.

    In a folder, files that end in .jsonl, .ndjson or .json, also with .gz, are logs; hidden ones are not.

    Raises
    ------
    InputError
        If a path names nothing.
    """
    known = list(sources)
    files: dict[Path, LogFile] = {}
    for path in paths:
        found = _named_by(path)
        if not found:
            raise InputError(
                f"{path} names no log file: expected a file, a folder with {', '.join(_LOGS[:3])} files (also .gz), "
                "or a glob that matches some; check the path"
            )
        for one in found:
            full = Path(one).resolve()
            files.setdefault(full, LogFile(full, source_of(full, known, home), is_named=one == path))
    return list(files.values())


def _named_by(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(
            inner
            for inner in path.rglob("*")
            if inner.name.endswith(_LOGS) and inner.is_file() and not _is_hidden(inner.relative_to(path))
        )
    if path.exists():
        return [path]
    if not glob.has_magic(str(path)):
        return []
    return sorted(Path(found) for found in glob.glob(str(path), recursive=True) if Path(found).is_file())  # noqa: PTH207


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def source_of(path: Path, sources: Iterable[Source], home: Path) -> Source | None:
    """Give the configured source whose pattern, for some day, matches the file; the first where several do."""
    for source in sources:
        if re.fullmatch(_expression(str(home.resolve() / source.path)), path.as_posix()):
            return source
    return None


def _expression(pattern: str) -> str:
    """Give a path pattern with days and wildcards as a regular expression.

    >>> re.fullmatch(_expression("inbox/chat-{day:%Y%m}.*"), "inbox/chat-202611.json") is not None
    True
    """
    text = ""
    for part in re.split(r"(\{day[^}]*\}|\*\*/|\*|\?)", pattern):
        if part.startswith("{day"):
            text += _day_expression(part[5:-1] or "%Y-%m-%d")
        else:
            text += {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
    return text


def _day_expression(form: str) -> str:
    pieces = re.split(r"(%[A-Za-z])", form)
    return "".join(_DIGITS.get(piece, "[^/]+" if piece.startswith("%") else re.escape(piece)) for piece in pieces)
