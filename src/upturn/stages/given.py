"""What `upturn ingest` is given becomes files to read: paths, addresses, standard input, or rows of a database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from upturn.domain.errors import ConfigurationError
from upturn.formats.sources import LogFile, files_of_paths
from upturn.stages.databases import DatabaseRequest, requested_rows
from upturn.stages.standard_input import STANDARD_INPUT, standard_input
from upturn.stores.database import Selection, is_database

if TYPE_CHECKING:
    from upturn.home import Home
    from upturn.settings import Settings

__all__ = ["Given", "given_files"]


@dataclass(frozen=True)
class Given:
    """What somebody names to be ingested; all but `paths` and `source` is about a database."""

    paths: tuple[Path | str, ...]
    source: str = "ingest"
    table: str | None = None
    query: str | None = None
    watermark: str | None = None
    since: str | None = None


@contextmanager
def given_files(home: Home, settings: Settings, given: Given) -> Iterator[list[LogFile]]:
    """Give the files, in order; what was copied for them is removed afterwards.

    Raises
    ------
    InputError
        If a path names nothing.
    ConfigurationError
        If a database stands beside other paths, or says not what to read; or a file has a table or query.
    """
    names = [str(one) for one in given.paths]
    if any(is_database(one) for one in names):
        if len(names) > 1:
            raise ConfigurationError("a database and other paths: ingest a database by itself")
        selection = Selection(table=given.table, query=given.query, watermark=given.watermark)
        request = DatabaseRequest(names[0], selection, given.since)
        yield [requested_rows(home, settings, request, source=given.source)]
        return
    if given.table or given.query or given.watermark or given.since:
        raise ConfigurationError(
            "--table, --query, --watermark and --since are about a database: expected its address, such as "
            "env:NAME_OF_A_VARIABLE, in place of a path"
        )
    with _files(home, settings, given.paths) as files:
        yield files


@contextmanager
def _files(home: Home, settings: Settings, paths: Sequence[Path | str]) -> Iterator[list[LogFile]]:
    others = [one for one in paths if str(one) != STANDARD_INPUT]
    files = files_of_paths(others, settings.sources, home.root)
    if len(others) == len(paths):
        yield files
        return
    with standard_input(home) as file:
        yield [file, *files]
