"""Canonical records become typed tables: vectorised in DuckDB, one by one only where something is doubtful.

Every row is made by the SQL of `sql/ingest/`. A record that is doubtful there is normalised in Python, or refused with
its reason, and what was normalised takes the same SQL: so both ways give the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol
from zoneinfo import ZoneInfo

from upturn.formats.normalise import as_line, normalise, parse_json
from upturn.formats.registry import RefusedRecordError
from upturn.formats.staged import staged_schemas
from upturn.log.functions import register
from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from upturn.internal_rules import InternalRule

__all__ = ["CanonicalLines", "HideUsers", "IsErased", "RecordTyper", "Refusal", "Typed", "open_typer"]


class HideUsers(Protocol):
    """Hides user ids within a JSON value: as it is stored, and as it counts for the digest of its record."""

    def value(self, value: Any) -> Any:
        """Give it as it is stored."""

    def identity_of(self, value: Any) -> Any:
        """Give it as no rotated key changes it."""


IsErased = Callable[[str | None, str | None], bool]
"""Of a conversation id and a user id, as the source knows them."""

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
    erased: frozenset[int] = frozenset()
    """Numbers of the raw records of which nothing is left, since they are about somebody who was erased."""


def open_typer(
    *,
    pseudonym_key: bytes,
    fact_key: bytes,
    users: HideUsers,
    is_erased: IsErased | None = None,
    internal: Sequence[InternalRule] = (),
) -> RecordTyper:
    """Give a typer on a database in memory and one thread of its own: several of them run side by side."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("set threads = 1")
    register(connection, pseudonym_key=pseudonym_key, fact_key=fact_key)
    return RecordTyper(connection, users=users, is_erased=is_erased, internal=internal)


class RecordTyper:
    """Types canonical records on one DuckDB connection, which holds the digests' keys and nothing of use to others."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        users: HideUsers,
        is_erased: IsErased | None = None,
        internal: Sequence[InternalRule] = (),
    ) -> None:
        """Prepare the connection.

        Parameters
        ----------
        connection : with `upturn.log.functions.register` done.
        users : hides user ids within `metadata`.
        is_erased : says of a conversation id and a user id whether they are of somebody who was erased; None: nobody.
        internal : rules by which conversations are marked as internal.
        """
        self._connection = connection
        self._users = users
        self._is_erased = is_erased
        self._internal = internal
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set preserve_insertion_order = false")
        connection.execute(load_sql("functions/canonical_values"))

    def type(self, lines: CanonicalLines) -> Typed:
        """Give the staged tables of these records, and the refusals; each record ends in one of the two."""
        tables, doubtful, erased = self._run(lines.table, is_trusted=False)
        if not doubtful:
            return Typed(tables, (), erased)
        normalised, refusals, metadata = self._look_at(lines, doubtful)
        if normalised.num_rows:
            more, _, late = self._run(normalised, is_trusted=True, metadata=metadata)
            tables = {name: _together(tables[name], more[name]) for name in tables}
            erased |= late
        return Typed(tables, refusals, erased)

    def _run(
        self, table: pa.Table, *, is_trusted: bool, metadata: pa.Table | None = None
    ) -> tuple[dict[str, pa.Table], list[int], frozenset[int]]:
        """Type a table of lines; the records in doubt are left out, unless all are trusted; those of the erased too.

        `metadata` is what is stored (row_no, stored) in the place of that which the digest was made of.
        """
        execute = self._connection.execute
        self._connection.register("lines", table)
        for name in _TYPED:
            kept = name if name == "parsed" else f"typed_{name}"
            execute(f"create or replace temp table {kept} as {load_sql(f'ingest/{name}')}")
        erased = self._without_erased()
        self._mark_internal()
        if metadata is not None:
            self._connection.register("stored_metadata", metadata)
            execute(load_sql("ingest/stored_metadata"))
            self._connection.unregister("stored_metadata")
        found = "select 0::bigint as record_no where false" if is_trusted else load_sql("ingest/doubtful")
        execute(f"create or replace temp table doubtful as {found}")
        doubtful = [number for (number,) in execute("from doubtful order by record_no").fetchall()]
        schemas = staged_schemas()
        tables = {
            name: execute(load_sql(f"ingest/staged_{name}")).to_arrow_table().cast(schemas[name]) for name in _STAGED
        }
        self._connection.unregister("lines")
        return tables, doubtful, erased

    def _mark_internal(self) -> None:
        """Note which of the typed conversations a rule tells to be internal."""
        execute = self._connection.execute
        execute("create or replace temp table internal_records (row_no bigint)")
        for rule in self._internal:
            for name, value in rule.variables().items():
                kind = "varchar[]" if isinstance(value, list) else "varchar"
                execute(f"set variable {name} = $value::{kind}", {"value": value})
            execute(f"insert into internal_records {load_sql('ingest/internal')}")

    def _without_erased(self) -> frozenset[int]:
        """Take what is about the erased out of the typed tables; the raw records of which nothing is left.

        A conversation goes whole: also those of its records in this chunk that name no user.
        """
        if self._is_erased is None:
            return frozenset()
        rows = self._connection.execute(
            "select row_no, record_no, record.conversation_id, record.user_id from parsed"
        ).fetchall()
        theirs = {one for _, _, one, user in rows if one is not None and self._is_erased(one, user)}
        gone = [row_no for row_no, _, conversation, _ in rows if conversation in theirs]
        if not gone:
            return frozenset()
        for name in _STAGED:
            self._connection.execute(f"delete from typed_{name} where row_no in (select unnest($gone))", {"gone": gone})
        left = {record for _, record, conversation, _ in rows if conversation not in theirs}
        return frozenset(record for _, record, _, _ in rows if record not in left)

    def _look_at(self, lines: CanonicalLines, doubtful: list[int]) -> tuple[pa.Table, list[Refusal], pa.Table | None]:
        """Normalise the records in doubt one by one; one refused piece refuses the record it came from.

        The third: metadata (row_no, stored) that are stored otherwise than they count; None: there are none.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        chosen = lines.table.filter(pc.is_in(lines.table["record_no"], pa.array(doubtful, pa.int64())))
        refused: dict[int, Refusal] = {}
        texts: list[bytes] = []
        stored: list[dict[str, Any]] = []
        for row in chosen.select(["row_no", "record_no", "source_name", "raw"]).to_pylist():
            try:
                plain = normalise(parse_json(row["raw"].encode()), lines.zones.get(row["source_name"]))
                if said := plain.get("metadata"):
                    plain["metadata"], shown = self._users.identity_of(said), self._users.value(said)
                    if shown != plain["metadata"]:
                        stored.append({"row_no": row["row_no"], "stored": as_line(shown).decode()})
                texts.append(as_line(plain))
            except RefusedRecordError as error:
                refused.setdefault(row["record_no"], Refusal(row["record_no"], str(error), "canonical"))
                texts.append(b"")
        changed = chosen.set_column(
            chosen.schema.get_field_index("raw"), "raw", pa.array([text.decode() for text in texts], pa.large_string())
        )
        kept = pc.invert(pc.is_in(changed["record_no"], pa.array(list(refused), pa.int64())))
        metadata = (
            pa.Table.from_pylist(stored, schema=pa.schema([("row_no", pa.int64()), ("stored", pa.string())]))
            if stored
            else None
        )
        return changed.filter(kept), list(refused.values()), metadata


def _together(first: pa.Table, second: pa.Table) -> pa.Table:
    import pyarrow as pa

    return pa.concat_tables([first, second]) if second.num_rows else first
