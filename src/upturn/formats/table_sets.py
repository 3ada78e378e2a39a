"""Exports of several tables: CSV or Parquet files known by their names, joined into canonical records by SQL."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from upturn.domain.errors import InputError
from upturn.formats.html_text import html_text
from upturn.formats.registry import LogFormat, Table
from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb

__all__ = ["TableRecord", "is_table", "table_files", "table_set_records"]

_READERS: Final = {
    ".csv": "read_csv({path}, header = true, all_varchar = true)",
    ".csv.gz": "read_csv({path}, header = true, all_varchar = true)",
    ".parquet": "read_parquet({path})",
}
_VERSION: Final = r"(_data)?([-_.]?\d[-_.\d]*)?"
"""What may stand behind a table's name: `_data`, and a date or a number."""
_ROWS: Final = 1024
_MEMORY: Final = "1GB"
"""What joining may take; beyond it DuckDB works on disk."""


@dataclass(frozen=True)
class TableRecord:
    """A canonical record that several rows became, or a row that could become none."""

    file: Path
    """The file of its first row."""
    row: int
    """That row, from 1."""
    record: bytes
    """The canonical record as JSON; the row as JSON where it is refused."""
    refusal: str | None
    """Why the row is refused: one line that quotes no customer's words."""


def is_table(path: Path) -> bool:
    """Whether a file is a table by its name: CSV, also gzipped, or Parquet."""
    return _ending(path) is not None


def table_files(files: Iterable[Path], log_format: LogFormat) -> dict[str, list[Path]]:
    """Give the files of each table of a format, sorted; empty where a required one is missing: it is no such export.

    A file belongs to a table by its name: `ticket.csv`, `tickets.parquet`, `ticket_data.csv.gz`, `ticket-2026-11.csv`.
    """
    given = sorted(files)
    tables = log_format.table_set.tables if log_format.table_set else ()
    found = {table.name: [path for path in given if _is_of(path, table)] for table in tables}
    return found if all(found[table.name] for table in tables if table.is_required) else {}


def _is_of(path: Path, table: Table) -> bool:
    stem = path.name.lower().removesuffix(_ending(path) or "/")
    return _ending(path) is not None and re.fullmatch(f"{re.escape(table.name)}s?{_VERSION}", stem) is not None


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
        names = ", ".join(table.name for table in wanted.tables if table.is_required) if wanted else "no table"
        raise InputError(f"no tables of a {log_format.name} export: expected a CSV or Parquet file each for {names}")
    with tempfile.TemporaryDirectory(prefix="upturn-tables-") as folder, duckdb.connect() as connection:
        connection.execute(f"set temp_directory = '{folder}'")
        connection.execute(f"set memory_limit = '{_MEMORY}'")
        connection.execute("set threads = 2")
        connection.execute(load_sql("functions/exported_tables"))
        connection.create_function("html_text", html_text, ["VARCHAR"], "VARCHAR")
        places = _load(connection, wanted.tables, found)
        for step in wanted.steps:
            connection.execute(f"create temp table {step} as {load_sql(f'formats/{step}')}")
        for query in wanted.queries:
            reader = connection.execute(load_sql(f"formats/{query}")).to_arrow_reader(_ROWS)
            for batch in reader:
                for row in batch.to_pylist():
                    yield TableRecord(
                        places[row["source_file"]], row["source_row"], row["record"].encode(), row["refusal"]
                    )


def _load(
    connection: duckdb.DuckDBPyConnection, tables: tuple[Table, ...], found: Mapping[str, list[Path]]
) -> dict[str, Path]:
    """Load each table with its declared columns as text; give the files by the text that stands in source_file."""
    places: dict[str, Path] = {}
    for table in tables:
        columns = ", ".join(f'"{name}" varchar' for name in table.columns)
        connection.execute(f'create temp table "{table.name}" (source_file varchar, source_row bigint, {columns})')
        for path in found[table.name]:
            places[path.as_posix()] = path
            _append(connection, table, path)
    return places


def _append(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> None:
    import duckdb

    reader = _READERS[_ending(path) or ".csv"].format(path=_literal(path.as_posix()))
    try:
        there = {str(name).lower() for name, *_ in connection.execute(f"describe select * from {reader}").fetchall()}
        kept = [name for name in table.columns if name in there]
        connection.execute(
            f'insert into "{table.name}" by name '
            f"select {_literal(path.as_posix())} as source_file, row_number() over () as source_row"
            + "".join(f', "{name}"::varchar as "{name}"' for name in kept)
            + f" from {reader}"
        )
    except duckdb.Error as error:
        raise InputError(
            f"{path} can't be read as the table {table.name} ({type(error).__name__}): expected a CSV file with a "
            "header, or a Parquet file; export it again"
        ) from error


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
