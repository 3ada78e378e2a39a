"""One catch-up: the log's new events become rows, in one transaction with the watermark."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from upturn.domain.events import FORGETTING_TYPES
from upturn.warehouse.changes import EVERY_KIND, changes_taken, take_changes
from upturn.warehouse.facts import project_facts
from upturn.warehouse.projections import RESULTS, run_sql
from upturn.warehouse.transactions import transaction

if TYPE_CHECKING:
    import duckdb

    from upturn.log.port import EventLog
    from upturn.settings import Settings

__all__ = ["CatchUp", "VoidTablesError", "project", "refresh_exposures", "watermark"]


class VoidTablesError(Exception):
    """The log has forgotten something since the tables were made of it, or is another: they must be made anew."""


@dataclass(frozen=True)
class CatchUp:
    """What one catch-up did."""

    log_version: int
    """Newest log version that the tables hold now."""
    event_count: int
    """New events that were read."""


def watermark(connection: duckdb.DuckDBPyConnection) -> int:
    """Give the newest log version that the tables hold; 0 for none."""
    row = connection.execute("select log_version from warehouse_state").fetchone()
    return int(row[0]) if row else 0


def project(
    connection: duckdb.DuckDBPyConnection, log: EventLog, settings: Settings, as_of: datetime | None = None
) -> CatchUp:
    """Bring every table up to the log and to `as_of`, or leave all of them as they were.

    The instant up to which conversations are judged open or closed never goes back: it is the newest of `as_of`, what
    it was, and the end of the newest day that the log says was projected.

    Raises
    ------
    VoidTablesError
        If the log has forgotten something that the tables may hold; they are as they were.
    """
    after = watermark(connection)
    version = log.expose(connection, after=after, view="logged_events")
    connection.execute("create or replace temp view events as from logged_events")
    with transaction(connection):
        counted = connection.execute("select type, count(*) from events group by type").fetchall()
        types = {kind: int(count) for kind, count in counted}
        _require_valid(after, types)
        if types:
            _require_same_log(connection, log)
        moment, is_later = _moment(connection, settings.timezone, as_of)
        parameters = {
            "after": after,
            "as_of": moment,
            "timezone": settings.timezone,
            "idle_minutes": settings.idle_timeout_minutes,
            "window_days": settings.window_days,
        }
        if types or is_later:
            project_facts(connection, types=types, parameters=parameters)
        for projection in RESULTS:
            if projection.concerns(types) or (is_later and projection.name == "suggestions"):
                projection.apply(connection, parameters)
        _expose(connection, settings.window_days, has_fits="cluster.fitted" in types)
        if types:
            _note_newest_event(connection)
        connection.execute("update warehouse_state set log_version = $1, as_of = $2", [version, moment])
    _drop_temporary_tables(connection)
    return CatchUp(log_version=version, event_count=sum(types.values()))


def _require_valid(after: int, types: Collection[str]) -> None:
    if after and not FORGETTING_TYPES.isdisjoint(types):
        raise VoidTablesError


def _require_same_log(connection: duckdb.DuckDBPyConnection, log: EventLog) -> None:
    """Refuse to go on with a log that lacks the newest event that the tables hold: a backup, and what came after it."""
    newest = connection.execute("from working.newest_event").fetchone()
    if newest is None:
        return
    log.expose(connection, after=newest[0] - 1, view="events_since_newest")
    try:
        found = connection.execute(
            "select 1 from events_since_newest where log_version = $1 and id = $2 limit 1", list(newest)
        ).fetchone()
    finally:
        connection.execute("drop view if exists events_since_newest")
    if found is None:
        raise VoidTablesError


def _note_newest_event(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("delete from working.newest_event")
    connection.execute(
        "insert into working.newest_event select log_version, max(id) from logged_events "
        "where log_version = (select max(log_version) from logged_events) group by log_version"
    )


def refresh_exposures(connection: duckdb.DuckDBPyConnection, window_days: int) -> None:
    """Make the exposures of conversations that changed or were scored since they were last looked at."""
    with transaction(connection):
        _expose(connection, window_days, has_fits=False)
    _drop_temporary_tables(connection)


def _moment(
    connection: duckdb.DuckDBPyConnection, timezone: str, as_of: datetime | None
) -> tuple[datetime | None, bool]:
    """Give the instant up to which conversations are judged, and whether it is later than before."""
    row = connection.execute(
        """
        with projected as (
            select max(cast(data ->> '$.day' as date)) as day
            from events
            where type = 'stage.completed' and (data ->> '$.stage') = 'project'
        )
        select
            greatest(state.as_of, $as_of, timezone($timezone, cast(projected.day + 1 as timestamp))) as as_of,
            state.as_of
        from warehouse_state as state
        cross join projected
        """,
        {"as_of": as_of, "timezone": timezone},
    ).fetchone()
    newest, before = row or (None, None)
    return newest, newest != before


def _expose(connection: duckdb.DuckDBPyConnection, window_days: int, *, has_fits: bool) -> None:
    """Look anew at clusters with a new fit and at conversations that changed; what is not scored yet stays due."""
    number = take_changes(connection, "exposures", into="due_conversations", kinds=EVERY_KIND)
    fitted = "from incoming_clusters" if has_fits else "from clusters where false"
    connection.execute(f"create or replace temp table due_clusters as select cluster_id {fitted}")
    is_due = "select exists (from clusters) and (exists (from due_clusters) or exists (from due_conversations))"
    if connection.execute(is_due).fetchone() == (True,):
        connection.execute(
            "delete from exposures "
            "where cluster_id in (from due_clusters) or conversation_id in (from due_conversations)"
        )
        if _may_expose(connection, window_days):
            run_sql(connection, "projections/exposures", {"window_days": window_days}, into="exposures", is_new=False)
    changes_taken(connection, "exposures", number, reads_scores=True)


def _may_expose(connection: duckdb.DuckDBPyConnection, window_days: int) -> bool:
    """Whether a cluster is due or a due conversation began in a cluster's window: a new day comes after all fits."""
    found = connection.execute(
        """
        select
            exists (from due_clusters)
            or exists (
                from conversations
                semi join due_conversations
                    on conversations.conversation_id = due_conversations.conversation_id
                where
                    conversations.day between (select min(last_seen) - ($window_days - 1) from clusters)
                    and (select max(last_seen) from clusters)
            )
        """,
        {"window_days": window_days},
    ).fetchone()
    return found == (True,)


def _drop_temporary_tables(connection: duckdb.DuckDBPyConnection) -> None:
    names = connection.execute(
        "select table_name from duckdb_tables() where temporary and "
        "(starts_with(table_name, 'incoming_') or starts_with(table_name, 'due_') "
        "or table_name in ('touched_conversations', 'previous_turns'))"
    ).fetchall()
    for (name,) in names:
        connection.execute(f"drop table {name}")
