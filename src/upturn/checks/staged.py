"""A staged batch as the checks read it: chunks in groups, frames of narrow columns, and its rows that fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from upturn.checks.expectation import Expectation

__all__ = ["GROUP_ROWS", "ChunkGroup", "StagedBatch", "opened"]

GROUP_ROWS: Final = 1_250_000
"""Turns that are checked at once: a suite costs a fixed .2 s, a frame of this size 150 MB."""

_TABLES: Final = ("conversations", "turns", "feedback")
_PLACE: Final = "source_name, file, line, chunk"


@dataclass(frozen=True)
class ChunkGroup:
    """Some chunks of a batch, by number."""

    numbers: tuple[str, ...]


@dataclass(frozen=True)
class StagedBatch:
    """A staged batch in a database in memory of its own."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    scratch: Path
    """A folder that is removed afterwards."""
    day_end: datetime
    """Instant at which the day that is loaded is over, UTC."""
    schemas: Mapping[str, pa.Schema]
    """Schema of each staged table."""

    def groups(self) -> tuple[ChunkGroup, ...]:
        """Give the batch's chunks in order, in groups of at most `GROUP_ROWS` turns or a single chunk."""
        groups: list[list[str]] = []
        room = 0
        for number in self.numbers(*_TABLES):
            rows = self._row_count("turns", number)
            if not groups or rows > room:
                groups.append([])
                room = GROUP_ROWS
            groups[-1].append(number)
            room -= rows
        return tuple(ChunkGroup(tuple(numbers)) for numbers in groups)

    def numbers(self, *tables: str) -> list[str]:
        """Give the numbers of the chunks that have a file of one of these tables, sorted."""
        return sorted(
            {path.stem.rpartition("-")[2] for table in tables for path in self.folder.glob(f"{table}-*.parquet")}
        )

    def frame(self, suite: str, group: ChunkGroup) -> pa.Table:
        """Give the columns that a suite looks at."""
        sql = load_sql(f"checks/{suite}")
        query = f"select * exclude ({_PLACE}) from ({sql})"
        return self.connection.execute(query, self._parameters(sql, group)).to_arrow_table()

    def failing(self, suite: str, group: ChunkGroup, expectations: Sequence[Expectation], first_rank: int) -> pa.Table:
        """Give the records with a row that fails one of `expectations`: `source_name, file, line, chunk, rank`.

        `rank` is `first_rank` plus the place of the first expectation that a row fails.
        """
        sql = load_sql(f"checks/{suite}")
        branches = " ".join(
            f"when {expectation.predicate} then {first_rank + place}" for place, expectation in enumerate(expectations)
        )
        query = f"""
            select {_PLACE}, min(failed) as rank
            from (select {_PLACE}, case {branches} end as failed from ({sql}))
            where failed is not null
            group by {_PLACE}
        """
        return self.connection.execute(query, self._parameters(sql, group)).to_arrow_table()

    def rebuilt(self, group: ChunkGroup, places: pa.Table) -> pa.Table:
        """Give the records at `places` (with `rule, reason`) in the schema `rejected`, with their chunk."""
        sql = load_sql("checks/refused")
        self.connection.register("refused_places", places)
        found = self.connection.execute(sql, self._parameters(sql, group)).to_arrow_table()
        self.connection.unregister("refused_places")
        return found

    def _parameters(self, sql: str, group: ChunkGroup) -> dict[str, object]:
        values: dict[str, object] = {table: self.files(table, group.numbers) for table in _TABLES}
        values["day_end"] = self.day_end
        return {name: value for name, value in values.items() if f"${name}" in sql}

    def files(self, table: str, numbers: Sequence[str]) -> list[str]:
        """Give the files of a table in these chunks; one without rows where there are none."""
        paths = [self.folder / f"{table}-{number}.parquet" for number in numbers]
        return [str(path) for path in paths if path.exists()] or [str(self._empty(table))]

    def _empty(self, table: str) -> Path:
        import pyarrow.parquet as pq

        path = self.scratch / f"{table}.parquet"
        if not path.exists():
            pq.write_table(self.schemas[table].empty_table(), path)
        return path

    def _row_count(self, table: str, number: str) -> int:
        import pyarrow.parquet as pq

        path = self.folder / f"{table}-{number}.parquet"
        return int(pq.read_metadata(path).num_rows) if path.exists() else 0


@contextmanager
def opened(folder: Path, *, day_end: datetime, schemas: Mapping[str, pa.Schema]) -> Iterator[StagedBatch]:
    """Open the batch staged in `folder`."""
    import duckdb

    with TemporaryDirectory(prefix="upturn-") as scratch, duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set enable_external_file_cache = false")  # a batch may be larger than memory
        yield StagedBatch(connection, folder, Path(scratch), day_end, schemas)
