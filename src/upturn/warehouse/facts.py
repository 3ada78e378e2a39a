"""Folds new facts into turns and conversations: only the conversations they are about are made anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from upturn.warehouse.projections import FACTS, run_sql

if TYPE_CHECKING:
    import duckdb

__all__ = ["project_facts"]


def project_facts(
    connection: duckdb.DuckDBPyConnection, *, types: Collection[str], parameters: Mapping[str, object]
) -> None:
    """Bring turns, feedback and conversations up to the view `events` and to `$as_of`.

    Changed conversations are noted in `working.changed_conversations`.
    """
    run_sql(connection, "projections/touched_conversations", parameters, into="touched_conversations")
    if "turn.logged" in types:
        _project_turns(connection, parameters)
    _set_turns_aside(connection)
    for projection in FACTS:
        if projection.concerns(types):
            projection.apply(connection, parameters)
    _place_feedback(connection)
    connection.execute("create or replace temp table due_contexts (conversation_id varchar, what varchar)")
    if "topic_model.fitted" in types:
        connection.execute("insert into due_contexts select conversation_id, 'topic' from incoming_topic_assignments")
    if "response.judged" in types:
        connection.execute(
            "insert into due_contexts "
            "select distinct data ->> '$.conversation_id', 'judgement' from events where type = 'response.judged'"
        )
    if not _touch(connection, parameters):
        return
    run_sql(connection, "projections/conversation_fields", parameters, into="incoming_conversation_fields")
    run_sql(connection, "projections/conversations", parameters, into="incoming_conversations")
    connection.execute(
        "delete from conversations using incoming_conversations as incoming "
        "where conversations.conversation_id = incoming.conversation_id"
    )
    connection.execute("insert into conversations by name from incoming_conversations")


def _set_turns_aside(connection: duckdb.DuckDBPyConnection) -> None:
    """Let `events` hold the other events only, read once: turns are most of what there is to read."""
    connection.execute("create or replace temp table incoming_events as from logged_events where type <> 'turn.logged'")
    connection.execute("create or replace temp view events as from incoming_events")


def _project_turns(connection: duckdb.DuckDBPyConnection, parameters: Mapping[str, object]) -> None:
    """Number the turns of the touched conversations anew, old and new together."""
    low, high = connection.execute(
        "select min(first_turn_at), max(last_turn_at) from working.turn_totals "
        "semi join (from touched_conversations where has_turns) using (conversation_id)"
    ).fetchone() or (None, None)
    bounds = {**parameters, "low": low, "high": high}
    run_sql(connection, "projections/previous_turns", bounds, into="previous_turns")
    if low is not None:
        connection.execute(
            "delete from turns where occurred_at between $low and $high "
            "and conversation_id in (select conversation_id from previous_turns)",
            {"low": low, "high": high},
        )
    run_sql(connection, "projections/turns", parameters, into="turns", is_new=False)
    first, last = connection.execute(
        "select min(occurred_at), max(occurred_at) from turns where log_version > $after",
        {"after": parameters["after"]},
    ).fetchone() or (None, None)
    spanned = [moment for moment in (low, high, first, last) if moment is not None]
    bounds = {"low": min(spanned, default=None), "high": max(spanned, default=None)}
    run_sql(connection, "projections/turn_totals", bounds, into="incoming_turn_totals")
    connection.execute(
        "delete from working.turn_totals using incoming_turn_totals as incoming "
        "where turn_totals.conversation_id = incoming.conversation_id"
    )
    connection.execute("insert into working.turn_totals by name from incoming_turn_totals")
    connection.execute("drop table previous_turns")


def _place_feedback(connection: duckdb.DuckDBPyConnection) -> None:
    """Let feedback on known turns of the touched conversations point to where they stand now."""
    bounds = connection.execute(
        "select min(first_turn_at), max(last_turn_at) from working.turn_totals "
        "semi join (select conversation_id from feedback semi join touched_conversations using (conversation_id) "
        "where turn_key is not null) using (conversation_id)"
    ).fetchone() or (None, None)
    if bounds[0] is None:
        return
    span = dict(zip(("low", "high"), bounds, strict=True))
    run_sql(connection, "projections/feedback_places", span, into="incoming_feedback_places")
    connection.execute(
        "update feedback set turn_index = places.turn_index from incoming_feedback_places as places "
        "where feedback.feedback_id = places.feedback_id and feedback.turn_index is distinct from places.turn_index"
    )


def _touch(connection: duckdb.DuckDBPyConnection, parameters: Mapping[str, object]) -> bool:
    """Add to the touched conversations those that are over by now or have another topic, and note all changes.

    Gives whether there are any.
    """
    over = {name: parameters[name] for name in ("as_of", "idle_minutes")}
    connection.execute(
        "insert into touched_conversations select conversation_id, false from conversations "
        "where is_open and last_turn_at + to_minutes($idle_minutes) <= $as_of "
        "and conversation_id not in (select conversation_id from touched_conversations)",
        over,
    )
    changed = connection.execute("select exists (from touched_conversations) or exists (from due_contexts)").fetchone()
    if changed == (False,):
        return False
    connection.execute("update working.stage_watermarks set change_number = change_number + 1 where stage = 'project'")
    connection.execute(
        """
        insert into working.changed_conversations
        select changed.conversation_id, marks.change_number, changed.what
        from (
            select conversation_id, 'content' as what from touched_conversations
            union all
            select conversation_id, what from due_contexts
        ) as changed
        cross join working.stage_watermarks as marks
        where marks.stage = 'project'
        """
    )
    connection.execute(
        "insert into touched_conversations select distinct conversation_id, false from due_contexts "
        "where conversation_id not in (select conversation_id from touched_conversations)"
    )
    return True
