"""What the turns of a conversation tell of it, kept when it changed: no view reads a history's texts again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb

__all__ = ["drop_traits", "prepare_traits", "replace_traits"]

_TABLES: Final = {"turns": "turns", "production_conversations": "conversations"}
"""What the marts read, and the table of which it then is the conversations at hand."""
_MARTS: Final = ("turn_taking", "message_sentiment", "context_losses", "conversation_personas")


def prepare_traits(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temp table `fresh_traits` of the conversations in the temp table `conversations_to_score`.

    Outside of the transaction that writes them: DuckDB plans joins of a transaction's own fresh tables badly.
    """
    with _at_hand(connection):
        connection.execute(f"create or replace temp table fresh_traits as {load_sql('behaviour/traits')}")


def replace_traits(connection: duckdb.DuckDBPyConnection) -> None:
    """Put `fresh_traits` in the place of what those conversations had. The caller's transaction."""
    connection.execute(
        "delete from working.traits where conversation_id in (select conversation_id from temp.conversations_to_score)"
    )
    connection.execute("insert into working.traits by name select * from temp.fresh_traits")


def drop_traits(connection: duckdb.DuckDBPyConnection) -> None:
    """Let go of what `prepare_traits` made."""
    connection.execute("drop table if exists temp.fresh_traits")


@contextmanager
def _at_hand(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let the names of tables and marts mean the conversations at hand, open and internal ones too."""
    catalog = connection.execute("select current_catalog()").fetchone()
    try:
        for name, table in _TABLES.items():
            connection.execute(
                f'create or replace temp view {name} as select * from "{catalog[0] if catalog else ""}".main.{table} '
                "semi join temp.conversations_to_score using (conversation_id)"
            )
        for mart in _MARTS:
            connection.execute(f"create or replace temp view {mart} as {load_sql(f'marts/{mart}')}")
        yield
    finally:
        for name in (*reversed(_MARTS), *_TABLES):
            connection.execute(f"drop view if exists temp.{name}")
