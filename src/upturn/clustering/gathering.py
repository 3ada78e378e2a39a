"""Reads what topics and clusters are made from out of the working warehouse."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upturn.clustering.exposure import Segment
from upturn.clustering.failure_groups import Failure
from upturn.clustering.tracking import KnownCluster
from upturn.resources import load_sql

if TYPE_CHECKING:
    from datetime import date

    import duckdb

__all__ = ["Wants", "failures_by_assistant", "known_clusters", "segments_by_assistant", "want_texts"]


@dataclass(frozen=True)
class Wants:
    """What users wanted, in ascending order of ids; the lists are parallel."""

    ids: list[str]
    topics: list[str | None]
    texts: list[str]
    answers: list[str]
    """What the assistant first said."""


def want_texts(connection: duckdb.DuckDBPyConnection, first: date, last: date, *, is_all: bool) -> Wants:
    """Give the wants of the closed production conversations of a span; without `is_all` only of those without topic."""
    rows = (
        connection.execute(load_sql("clustering/wants"), {"first_day": first, "last_day": last, "is_all": is_all})
        .to_arrow_table()
        .to_pydict()
    )
    return Wants(ids=rows["conversation_id"], topics=rows["topic_id"], texts=rows["want"], answers=rows["answer"])


def failures_by_assistant(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> dict[str, list[Failure]]:
    """Give the failures of a span by assistant, both in ascending order."""
    span = {"first_day": first, "last_day": last}
    connection.execute(
        f"create or replace temporary table wants as {load_sql('clustering/wants')}", span | {"is_all": True}
    )
    try:
        rows = connection.execute(load_sql("clustering/failed"), span).to_arrow_table().to_pylist()
    finally:
        connection.execute("drop table temp.wants")
    found: dict[str, list[Failure]] = {}
    for row in rows:
        assistant_id = row.pop("assistant_id")
        found.setdefault(assistant_id, []).append(Failure(**row | {"signals": tuple(row["signals"])}))
    return dict(sorted(found.items()))


def segments_by_assistant(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> dict[str, list[Segment]]:
    """Give the segments of a span by assistant."""
    rows = connection.execute(load_sql("clustering/segments"), {"first_day": first, "last_day": last})
    found: dict[str, list[Segment]] = {}
    for row in rows.to_arrow_table().to_pylist():
        assistant_id = row.pop("assistant_id")
        found.setdefault(assistant_id, []).append(Segment(**row))
    return found


def known_clusters(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[date, KnownCluster]]]:
    """Give the clusters as the newest fits left them, with the day of that fit, by assistant."""
    rows = connection.execute(load_sql("clustering/known")).to_arrow_table().to_pylist()
    found: dict[str, list[tuple[date, KnownCluster]]] = {}
    for row in rows:
        known = KnownCluster(
            cluster_id=row["cluster_id"],
            status=row["status"],
            first_seen=row["first_seen"],
            members=frozenset(row["members"]),
            title=row["title"],
            stability=row["stability"],
            top_terms=tuple(json.loads(row["top_terms"])),
            exposure_rule=json.loads(row["exposure_rule"]),
            signal_shares=json.loads(row["signal_shares"]),
        )
        found.setdefault(row["assistant_id"], []).append((row["last_seen"], known))
    return found
