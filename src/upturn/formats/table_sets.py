"""Exports of several tables, known by the names of their files or of the folders around them, joined by SQL."""

from __future__ import annotations

import bz2
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from upturn.domain.errors import InputError
from upturn.formats.html_text import html_text
from upturn.formats.json_tables import json_rows
from upturn.formats.reading import Break
from upturn.formats.registry import LogFormat, Table, TableSet
from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb

__all__ = ["TableRecord", "is_table", "table_files", "table_set_records"]

_CSV: Final = "read_csv({path}, header = true, all_varchar = true)"
_READERS: Final = {
    ".csv": _CSV,
    ".csv.gz": _CSV,
    ".csv.zst": _CSV,
    ".csv.bz2": _CSV,
    ".parquet": "read_parquet({path})",
}
_UNKNOWN_TO_DUCKDB: Final = ".bz2"
_LONG_ROWS: Final = ", delim = ',', quote = '\"', escape = '\"', max_line_size = 16777216"
"""What CSV is where a cell may hold all that was said: up to 16 MB a row."""
_JSON: Final = re.compile(r"\.(json|jsonl|ndjson)(\.(gz|zst|bz2))?$")
_VERSION: Final = r"(_data)?([-_.]?\d[-_.\d]*)?"
"""What may stand behind a table's name: `_data`, and a date or a number."""
_ROWS: Final = 1024
_MEMORY: Final = "1GB"
"""What joining may take; beyond it DuckDB works on disk."""


@dataclass(frozen=True)
class TableRecord:
    """A record that several rows became, or a row that could become none."""

    file: Path
    """The file of its first row."""
    row: int
    """That row, from 1."""
    record: bytes
    """The record as JSON, canonical or the format's own (see `TableSet`); the row where it is refused."""
    refusal: str | None
    """Why the row is refused: one line that quotes no customer's words."""


def is_table(path: Path) -> bool:
    """Whether a file is a table by its name: CSV, also gzipped, or Parquet."""
    return _ending(path) is not None


def table_files(files: Iterable[Path], log_format: LogFormat) -> dict[str, list[Path]]:
    """Give the files of each table of a format, sorted; empty where one that is needed is missing: no such export.

    A file belongs to a table by its name: `ticket.csv`, `tickets.parquet`, `ticket_data.csv.gz`, `ticket-2026-11.csv`;
    or, where tables are folders, by the name of its own: `scores/2026-11-02.jsonl.gz`.
    """
    wanted = log_format.table_set
    if wanted is None:
        return {}
    given = sorted(files)
    found = {table.name: [path for path in given if _is_of(path, table, wanted)] for table in wanted.tables}
    has_required = all(found[table.name] for table in wanted.tables if table.is_required)
    has_enough = not wanted.enough or any(all(found[name] for name in group) for group in wanted.enough)
    return found if has_required and has_enough else {}


def _is_of(path: Path, table: Table, wanted: TableSet) -> bool:
    if wanted.is_in_folders:
        return path.parent.name == table.name and (is_table(path) or _is_json(path))
    stem = path.name.lower().removesuffix(_ending(path) or "/")
    return _ending(path) is not None and re.fullmatch(f"{re.escape(table.name)}s?{_VERSION}", stem) is not None


def _is_json(path: Path) -> bool:
    return _JSON.search(path.name.lower()) is not None


def _ending(path: Path) -> str | None:
    return next((ending for ending in _READERS if path.name.lower().endswith(ending)), None)


def table_set_records(files: Iterable[Path], log_format: LogFormat) -> Iterator[TableRecord]:
    """Give what the tables among these files become: each row ends in one record, is counted in one, or is refused.

    The order is none. Memory stays within 1 GB; what is more lies in a folder that is removed afterwards.

    Raises
    ------
    InputError
        If a required table is missing, or a file is no table; the message names it and quotes nothing of it.
    """
    import duckdb

    wanted = log_format.table_set
    found = table_files(files, log_format)
    if wanted is None or not found:
        raise InputError(f"no tables of a {log_format.name} export: expected {_needed(wanted)}")
    with tempfile.TemporaryDirectory(prefix="upturn-tables-") as folder, duckdb.connect() as connection:
        connection.execute(f"set temp_directory = '{folder}'")
        connection.execute(f"set memory_limit = '{_MEMORY}'")
        connection.execute("set threads = 2")
        connection.execute(load_sql("functions/exported_tables"))
        connection.create_function("html_text", html_text, ["VARCHAR"], "VARCHAR")
        places, breaks = _load(connection, wanted, found, Path(folder))
        yield from breaks
        for step in wanted.steps:
            connection.execute(f"create temp table {step} as {load_sql(f'formats/{step}')}")
        for query in wanted.queries:
            reader = connection.execute(load_sql(f"formats/{query}")).to_arrow_reader(_ROWS)
            for batch in reader:
                for row in batch.to_pylist():
                    yield TableRecord(
                        places[row["source_file"]], row["source_row"], row["record"].encode(), row["refusal"]
                    )


def _needed(wanted: TableSet | None) -> str:
    if wanted is None:
        return "no table"
    if wanted.is_in_folders:
        return "folders named " + " or ".join(" and ".join(group) for group in wanted.enough)
    return "a CSV or Parquet file each for " + ", ".join(table.name for table in wanted.tables if table.is_required)


def _load(
    connection: duckdb.DuckDBPyConnection, wanted: TableSet, found: Mapping[str, list[Path]], folder: Path
) -> tuple[dict[str, Path], list[TableRecord]]:
    """Load each table with its declared columns as text; give the files by what stands in source_file, and breaks."""
    places: dict[str, Path] = {}
    breaks: list[TableRecord] = []
    for table in wanted.tables:
        columns = ", ".join(f'"{name}" varchar' for name in table.columns)
        connection.execute(f'create temp table "{table.name}" (source_file varchar, source_row bigint, {columns})')
        for path in found[table.name]:
            places[path.as_posix()] = path
            if _is_json(path):
                refused = _append_json(connection, table, path)
                breaks += [TableRecord(path, one.line, one.start, one.reason) for one in refused]
            elif path.stat().st_size:
                with _unpacked(path, folder) as plain:
                    _append(connection, table, path, plain, has_long_rows=wanted.is_in_folders)
    return places, breaks


def _append_json(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> list[Break]:
    """Append the rows of a JSON file; give those that are none."""
    refused: list[Break] = []
    for rows, breaks in json_rows(path, table.columns):
        refused += breaks
        connection.register("json_rows", rows)
        connection.execute(
            f'insert into "{table.name}" by name select {_literal(path.as_posix())} as source_file, * from json_rows'
        )
        connection.unregister("json_rows")
    return refused


@contextmanager
def _unpacked(path: Path, folder: Path) -> Iterator[Path]:
    """Give a file that DuckDB can open: the file itself, or for the time being a copy in `folder`."""
    if not path.name.lower().endswith(_UNKNOWN_TO_DUCKDB):
        yield path
        return
    plain = folder / "unpacked.csv"
    try:
        with bz2.open(path) as packed, plain.open("wb") as out:
            shutil.copyfileobj(packed, out)
    except (OSError, EOFError) as error:
        raise InputError(
            f"{path} can't be unpacked: its bzip2 stream is cut short or damaged; export it again"
        ) from error
    yield plain
    plain.unlink()


def _append(
    connection: duckdb.DuckDBPyConnection, table: Table, path: Path, plain: Path, *, has_long_rows: bool
) -> None:
    import duckdb

    reader = _READERS[_ending(path) or ".csv"].format(path=_literal(plain.as_posix()))
    if has_long_rows and reader.startswith("read_csv"):
        reader = reader.removesuffix(")") + _LONG_ROWS + ")"
    try:
        there = {
            str(name).lower(): str(kind)
            for name, kind, *_ in connection.execute(f"describe select * from {reader}").fetchall()
        }
        kept = [name for name in table.columns if name in there]
        connection.execute(
            f'insert into "{table.name}" by name '
            f"select {_literal(path.as_posix())} as source_file, row_number() over () as source_row"
            + "".join(f', {_as_text(name, there[name])} as "{name}"' for name in kept)
            + f" from {reader}"
        )
    except duckdb.Error as error:
        raise InputError(
            f"{path} can't be read as the table {table.name} ({type(error).__name__}): expected a CSV file with a "
            "header, or a Parquet file; export it again"
        ) from error


def _as_text(column: str, kind: str) -> str:
    """Give the expression for a column as text: objects, maps and lists as JSON, text in bytes as UTF-8."""
    if kind == "BLOB":
        return f'decode("{column}")'
    is_nested = kind.endswith("]") or kind.startswith(("STRUCT", "MAP"))
    return f'to_json("{column}")::varchar' if is_nested else f'"{column}"::varchar'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
