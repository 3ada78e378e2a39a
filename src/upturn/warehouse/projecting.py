"""One catch-up: the log's new events become rows, in one transaction with the watermark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from upturn.warehouse.changes import changes_taken, take_changes
from upturn.warehouse.facts import project_facts
from upturn.warehouse.projections import RESULTS, run_sql

if TYPE_CHECKING:
    import duckdb

    from upturn.log.port import EventLog
    from upturn.settings import Settings

__all__ = ["CatchUp", "project", "refresh_exposures", "watermark"]


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
    """
    after = watermark(connection)
    version = log.expose(connection, after=after, view="logged_events")
    connection.execute("create or replace temp view events as from logged_events")
    connection.execute("begin")
    try:
        counted = connection.execute("select type, count(*) from events group by type").fetchall()
        types = {kind: int(count) for kind, count in counted}
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
        connection.execute("update warehouse_state set log_version = $1, as_of = $2", [version, moment])
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    _drop_temporary_tables(connection)
    return CatchUp(log_version=version, event_count=sum(types.values()))


def refresh_exposures(connection: duckdb.DuckDBPyConnection, window_days: int) -> None:
    """Make the exposures of conversations that changed or were scored since they were last looked at."""
    connection.execute("begin")
    try:
        _expose(connection, window_days, has_fits=False)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
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
    number = take_changes(connection, "exposures", into="due_conversations", contents_only=False)
    fitted = "from incoming_clusters" if has_fits else "from clusters where false"
    connection.execute(f"create or replace temp table due_clusters as select cluster_id {fitted}")
    if connection.execute("select 1 from clusters limit 1").fetchone():
        connection.execute(
            "delete from exposures "
            "where cluster_id in (from due_clusters) or conversation_id in (from due_conversations)"
        )
        run_sql(connection, "projections/exposures", {"window_days": window_days}, into="exposures", is_new=False)
    row = connection.execute("select change_number from working.stage_watermarks where stage = 'score'").fetchone()
    changes_taken(connection, "exposures", min(number, int(row[0]) if row else 0))


def _drop_temporary_tables(connection: duckdb.DuckDBPyConnection) -> None:
    names = connection.execute(
        "select table_name from duckdb_tables() where temporary and "
        "(starts_with(table_name, 'incoming_') or starts_with(table_name, 'due_') "
        "or table_name in ('touched_conversations', 'previous_turns'))"
    ).fetchall()
    for (name,) in names:
        connection.execute(f"drop table {name}")
