"""Reads a window's conversations and what a fix would touch from the working warehouse as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from upturn.impact.cohort import Cohort, Integers
from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb

_COARSER: Final = (
    ("assistant and channel", "channel_code"),
    ("assistant and persona", "persona_code"),
    ("assistant", "assistant_code"),
)
"""Strata to fall back to, finest first."""

__all__ = [
    "is_by_latency",
    "label_count",
    "open_window",
    "read_crossed",
    "read_placed",
    "read_touched",
    "without_signal",
]


def open_window(connection: duckdb.DuckDBPyConnection, *, first_day: date, last_day: date) -> Cohort:
    """Give the window's conversations; make the temporary tables `suggest_window`, `_clusters`, `_exposed`, `_crossed`.

    Both days are inclusive, days of the team's time zone. An empty window gives an empty cohort.
    """
    days = {"first_day": first_day, "last_day": last_day}
    connection.execute(f"create or replace temp table suggest_window as\n{load_sql('suggest/window')}", days)
    connection.execute(
        f"create or replace temp table suggest_clusters as\n{load_sql('suggest/live')}", {"last_day": last_day}
    )
    connection.execute(f"create or replace temp table suggest_exposed as\n{load_sql('suggest/exposed')}")
    connection.execute(f"create or replace temp table suggest_crossed as\n{load_sql('suggest/crossed')}")
    columns = connection.execute(
        "select user_code, stratum_code, channel_code, persona_code, assistant_code, success from suggest_window "
        "order by conversation_no"
    ).to_arrow_table()
    return Cohort(
        user=columns["user_code"].to_numpy(),
        stratum=columns["stratum_code"].to_numpy(),
        success=columns["success"].to_numpy(),
        coarser=tuple((name, columns[column].to_numpy()) for name, column in _COARSER),
    )


def read_touched(
    connection: duckdb.DuckDBPyConnection,
    cluster_ids: Sequence[str],
    *,
    dimension: str | None = None,
    value: str | None = None,
) -> Integers:
    """Give the positions in the cohort, (m,) int64 ascending, that a fix of these clusters would touch.

    Parameters
    ----------
    dimension, value : segment that the fix is for, such as assistant_version and v2; None: all of the exposed.
    """
    parameters = {"cluster_ids": list(cluster_ids), "dimension": dimension, "value": value}
    rows = connection.execute(load_sql("suggest/touched"), parameters).to_arrow_table()
    places: Integers = rows["conversation_no"].to_numpy()
    return places


def read_crossed(
    connection: duckdb.DuckDBPyConnection,
    cluster_ids: Sequence[str],
    *,
    dimension: str | None = None,
    value: str | None = None,
) -> Integers | None:
    """Give the positions, (m,) int64 ascending, that the rule of the other half of the users exposes.

    None: a cluster has no rules of halves.
    """
    lacking = connection.execute(
        "select 1 from clusters "
        "where list_contains($1, cluster_id) and coalesce(json_array_length(exposure_halves), 0) <> 2",
        [list(cluster_ids)],
    ).fetchone()
    if lacking is not None:
        return None
    query = load_sql("suggest/touched").replace("suggest_exposed", "suggest_crossed")
    parameters = {"cluster_ids": list(cluster_ids), "dimension": dimension, "value": value}
    places: Integers = connection.execute(query, parameters).to_arrow_table()["conversation_no"].to_numpy()
    return places


def read_placed(connection: duckdb.DuckDBPyConnection, assistant_id: str, topic_ids: Sequence[str]) -> Integers:
    """Give the positions, (m,) int64 ascending, of an assistant's conversations in these topics; no topic: all."""
    parameters = {"assistant_id": assistant_id, "topic_ids": list(topic_ids)}
    rows = connection.execute(load_sql("suggest/placed"), parameters).to_arrow_table()
    places: Integers = rows["conversation_no"].to_numpy()
    return places


def is_by_latency(connection: duckdb.DuckDBPyConnection, cluster_ids: Sequence[str]) -> bool:
    """Whether slowness itself is what exposes a conversation to one of these clusters."""
    row = connection.execute(
        "select count(*) from clusters "
        "where list_contains($1, cluster_id) and (exposure_rule -> 'latency_over_ms') is not null",
        [list(cluster_ids)],
    ).fetchone()
    return row is not None and row[0] > 0


def without_signal(connection: duckdb.DuckDBPyConnection, cohort: Cohort, signal: str, weight: float) -> Cohort:
    """Give the cohort of `open_window` as if a signal that adds `weight` to the log-odds of a failure said nothing.

    Who is exposed by what a signal looks at fails more often by that signal alone, whatever it did to anybody.
    """
    rows = connection.execute(load_sql("suggest/success_without"), {"signal": signal, "weight": weight})
    return replace(cohort, success=rows.to_arrow_table()["success"].to_numpy())


def label_count(connection: duckdb.DuckDBPyConnection) -> int:
    """Give how many of the window's conversations carry a label with a known inclusion probability."""
    row = connection.execute(load_sql("suggest/labels")).fetchone()
    return int(row[0]) if row else 0
