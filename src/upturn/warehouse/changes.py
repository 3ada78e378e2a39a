"""Which conversations changed since a stage last looked: how each of them costs what the day holds.

Every catch-up gives its changed conversations the next change number. A stage takes what is above its own mark,
writes its rows and moves the mark in one transaction: killed in between, it takes the same again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

__all__ = ["EVERY_KIND", "changes_taken", "take_changes"]

EVERY_KIND: Final = ("content", "judgement", "topic")
"""What may have changed: turns, end, feedback, open or closed; the judge's scores; the topic."""


def take_changes(
    connection: duckdb.DuckDBPyConnection, stage: str, *, into: str, kinds: Sequence[str] = ("content",)
) -> int:
    """Create the temporary table `into(conversation_id)` with what changed since `stage` last took changes.

    Parameters
    ----------
    stage : score, detect or exposures.
    kinds : those of `EVERY_KIND` that concern the stage.

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
        "and list_contains($kinds, what)",
        {"stage": stage, "kinds": list(kinds)},
    )
    return int(row[0]) if row else 0


def changes_taken(
    connection: duckdb.DuckDBPyConnection, stage: str, number: int, *, reads_scores: bool = False
) -> None:
    """Move the mark of `stage` up to `number` and forget what every stage has taken.

    A stage that reads scores goes no further than the responses are scored: what is not scored yet stays due.
    """
    if reads_scores:
        row = connection.execute(
            "select min(change_number) - 1 from working.changed_conversations where what = 'content' and "
            "change_number > (select change_number from working.stage_watermarks where stage = 'score')"
        ).fetchone()
        number = number if row is None or row[0] is None else min(number, row[0])
    connection.execute(
        "update working.stage_watermarks set change_number = greatest(change_number, $number) where stage = $stage",
        {"stage": stage, "number": number},
    )
    connection.execute(
        "delete from working.changed_conversations where change_number <= "
        "(select min(change_number) from working.stage_watermarks)"
    )
