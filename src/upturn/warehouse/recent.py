"""The marts over some days only: what a day's look at them costs follows those days, not the history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from upturn.warehouse.ddl import create_schema

if TYPE_CHECKING:
    from datetime import date

    import duckdb

__all__ = ["recent_marts"]

_OF_A_CONVERSATION: Final = ("feedback", "failures", "working.rule_scores", "working.given_scores", "working.traits")
_TEXTS: Final = ("content", "parts", "tool_calls")
_READ_TEXTS: Final = ("turn_taking", "message_sentiment", "context_losses", "conversation_personas")
"""Marts that are not there: the turns come without their texts, which are most of a warehouse."""


@contextmanager
def recent_marts(
    connection: duckdb.DuckDBPyConnection, *, first_day: date, last_day: date
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Let the names of tables and marts mean the conversations that started on these days; nothing of it is kept.

    The tables are `conversations`, `turns` without texts, `feedback`, `failures`, `response_scores` and `topics`.
    Others are empty.
    """
    (working,) = connection.execute("select current_catalog()").fetchone() or ("",)
    connection.execute("attach ':memory:' as recent")
    try:
        connection.execute("use recent")
        create_schema(connection)
        connection.execute(
            f'insert into conversations from "{working}".conversations where day between $1 and $2',
            [first_day, last_day],
        )
        for name in _OF_A_CONVERSATION:
            connection.execute(
                f"insert into {name} by name "
                f'select * from "{working}".{name} semi join conversations using (conversation_id)'
            )
        no_texts = ", ".join(f"null as {column}" for column in _TEXTS)
        connection.execute(
            f"insert into turns by name select * replace ({no_texts}) "
            f'from "{working}".turns semi join conversations using (conversation_id)'
        )
        for mart in _READ_TEXTS:
            connection.execute(f"drop view {mart}")
        connection.execute(f'insert into topics from "{working}".topics')
        yield connection
    finally:
        connection.execute(f'use "{working}"')
        connection.execute("detach recent")
