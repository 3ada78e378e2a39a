"""Which conversations changed since a stage last looked: how score and exposures cost what the day holds.

Every catch-up gives its changed conversations the next change number. A stage takes what is above its own mark,
writes its rows and moves the mark in one transaction: killed in between, it takes the same again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

__all__ = ["changes_taken", "take_changes"]


def take_changes(connection: duckdb.DuckDBPyConnection, stage: str, *, into: str, contents_only: bool = True) -> int:
    """Create the temporary table `into(conversation_id)` with what changed since `stage` last took changes.

    Parameters
    ----------
    stage : score or exposures.
    contents_only : leave out conversations of which only topic or judgement changed.

    Returns
    -------
    int
        The change number to give to `changes_taken` in the transaction that writes the stage's rows.
    """
    row = connection.execute("select change_number from working.stage_watermarks where stage = 'project'").fetchone()
    connection.execute(
        f"create or replace temp table {into} as "
        "select distinct conversation_id from working.changed_conversations where change_number > "
        "(select change_number from working.stage_watermarks where stage = $stage) "
        "and (what = 'content' or not $contents_only)",
        {"stage": stage, "contents_only": contents_only},
    )
    return int(row[0]) if row else 0


def changes_taken(connection: duckdb.DuckDBPyConnection, stage: str, number: int) -> None:
    """Move the mark of `stage` up to `number` and forget what every stage has taken."""
    connection.execute(
        "update working.stage_watermarks set change_number = greatest(change_number, $number) where stage = $stage",
        {"stage": stage, "number": number},
    )
    connection.execute(
        "delete from working.changed_conversations where change_number <= "
        "(select min(change_number) from working.stage_watermarks)"
    )
