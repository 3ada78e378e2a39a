"""Canonical records become typed tables: vectorised in DuckDB, one by one only where something is doubtful.

Every row is made by the SQL of `sql/ingest/`. A record that is doubtful there is normalised in Python, or refused with
its reason, and what was normalised takes the same SQL: so both ways give the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from upturn.formats.normalise import as_line, normalise, parse_json
from upturn.formats.registry import RefusedRecordError
from upturn.formats.staged import staged_schemas
from upturn.log.functions import register
from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

__all__ = ["CanonicalLines", "RecordTyper", "Refusal", "Typed", "open_typer"]

_TYPED: Final = ("parsed", "turns", "conversations", "feedback")
_STAGED: Final = ("conversations", "turns", "feedback")


@dataclass(frozen=True)
class Refusal:
    """A raw record that was refused, by its number in the chunk."""

    record_no: int
    reason: str
    rule: str


@dataclass(frozen=True)
class CanonicalLines:
    """Canonical records as text: parallel columns, one row per record."""

    table: pa.Table
    """row_no, record_no, source_name, file, line, raw; row_no counts from 0."""
    zones: dict[str, ZoneInfo]
    """Zone of times without an offset, by source name; a source that is not here refuses them."""


@dataclass(frozen=True)
class Typed:
    """The rows of the records that could be read, and the refusals of the others."""

    tables: dict[str, pa.Table]
    refusals: Sequence[Refusal]


def open_typer(key: bytes, *, mask: Callable[[Any], Any]) -> RecordTyper:
    """Give a typer on a database in memory and one thread of its own: several of them run side by side."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("set threads = 1")
    register(connection, key)
    return RecordTyper(connection, mask=mask)


class RecordTyper:
    """Types canonical records on one DuckDB connection, which holds `keyed_digest` and nothing of use to others."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, mask: Callable[[Any], Any]) -> None:
        """Prepare the connection.

        Parameters
        ----------
        connection : with `upturn.log.functions.register` done.
        mask : replaces user ids within a JSON value, for `metadata`.
        """
        self._connection = connection
        self._mask = mask
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set preserve_insertion_order = false")
        connection.execute(load_sql("functions/canonical_values"))

    def type(self, lines: CanonicalLines) -> Typed:
        """Give the staged tables of these records, and the refusals; each record ends in one of the two."""
        tables, doubtful = self._run(lines.table, is_trusted=False)
        if not doubtful:
            return Typed(tables, ())
        normalised, refusals = self._look_at(lines, doubtful)
        if normalised.num_rows:
            more, _ = self._run(normalised, is_trusted=True)
            tables = {name: _together(tables[name], more[name]) for name in tables}
        return Typed(tables, refusals)

    def _run(self, table: pa.Table, *, is_trusted: bool) -> tuple[dict[str, pa.Table], list[int]]:
        """Type a table of lines; the records in doubt are left out, unless all are trusted."""
        execute = self._connection.execute
        self._connection.register("lines", table)
        for name in _TYPED:
            kept = name if name == "parsed" else f"typed_{name}"
            execute(f"create or replace temp table {kept} as {load_sql(f'ingest/{name}')}")
        found = "select 0::bigint as record_no where false" if is_trusted else load_sql("ingest/doubtful")
        execute(f"create or replace temp table doubtful as {found}")
        doubtful = [number for (number,) in execute("from doubtful order by record_no").fetchall()]
        schemas = staged_schemas()
        tables = {
            name: execute(load_sql(f"ingest/staged_{name}")).to_arrow_table().cast(schemas[name]) for name in _STAGED
        }
        self._connection.unregister("lines")
        return tables, doubtful

    def _look_at(self, lines: CanonicalLines, doubtful: list[int]) -> tuple[pa.Table, list[Refusal]]:
        """Normalise the records in doubt one by one; one refused piece refuses the record it came from."""
        import pyarrow as pa
        import pyarrow.compute as pc

        chosen = lines.table.filter(pc.is_in(lines.table["record_no"], pa.array(doubtful, pa.int64())))
        refused: dict[int, Refusal] = {}
        texts: list[bytes] = []
        for row in chosen.select(["record_no", "source_name", "raw"]).to_pylist():
            try:
                texts.append(self._normal(row["raw"].encode(), lines.zones.get(row["source_name"])))
            except RefusedRecordError as error:
                refused.setdefault(row["record_no"], Refusal(row["record_no"], str(error), "canonical"))
                texts.append(b"")
        changed = chosen.set_column(
            chosen.schema.get_field_index("raw"), "raw", pa.array([text.decode() for text in texts], pa.large_string())
        )
        kept = pc.invert(pc.is_in(changed["record_no"], pa.array(list(refused), pa.int64())))
        return changed.filter(kept), list(refused.values())

    def _normal(self, raw: bytes, zone: ZoneInfo | None) -> bytes:
        plain = normalise(parse_json(raw), zone)
        if "metadata" in plain:
            plain["metadata"] = self._mask(plain["metadata"])
        return as_line(plain)


def _together(first: pa.Table, second: pa.Table) -> pa.Table:
    import pyarrow as pa

    return pa.concat_tables([first, second]) if second.num_rows else first
