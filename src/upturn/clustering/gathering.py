"""Reads what topics and clusters are made from out of the working warehouse."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upturn.clustering.exposure import Segment, Segments
from upturn.clustering.failure_groups import Failure
from upturn.clustering.tracking import KnownCluster
from upturn.resources import load_sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import duckdb

__all__ = [
    "Wants",
    "active_days",
    "failures_by_assistant",
    "first_answers",
    "known_clusters",
    "segments_by_assistant",
    "want_texts",
]


@dataclass(frozen=True)
class Wants:
    """What users wanted, in ascending order of ids; the lists are parallel."""

    ids: list[str]
    topics: list[str | None]
    texts: list[str]
    speakers: list[str]
    """The user of each; the conversation where no user is known: it is erased alone too."""


def want_texts(connection: duckdb.DuckDBPyConnection, first: date, last: date, *, is_all: bool) -> Wants:
    """Give the wants of the closed production conversations of a span; without `is_all` only of those without topic."""
    parameters = {"first_day": first, "last_day": last, "scope": "all" if is_all else "without topic"}
    rows = connection.execute(load_sql("clustering/wants"), parameters).to_arrow_table().to_pydict()
    return Wants(ids=rows["conversation_id"], topics=rows["topic_id"], texts=rows["want"], speakers=rows["speaker"])


def first_answers(connection: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> list[str]:
    """Give what the assistant first said in each of these conversations; ids in ascending order, each once."""
    import pyarrow as pa

    connection.register("asked", pa.table({"conversation_id": pa.array(ids, pa.string())}))
    try:
        answers: list[str] = connection.execute(load_sql("clustering/answers")).to_arrow_table()["answer"].to_pylist()
    finally:
        connection.unregister("asked")
    return answers


def failures_by_assistant(
    connection: duckdb.DuckDBPyConnection, first: date, last: date, wants: Wants | None
) -> dict[str, list[Failure]]:
    """Give the failures of a span by assistant, both in ascending order.

    `wants` are those of all conversations of the span, where they were read already; None: they are read here.
    """
    import pyarrow as pa

    span = {"first_day": first, "last_day": last}
    if wants is None:
        scope = {"scope": "failed"}
        wanted = connection.execute(load_sql("clustering/wants"), span | scope).to_arrow_table()
    else:
        wanted = pa.table(
            {"conversation_id": pa.array(wants.ids, pa.string()), "want": pa.array(wants.texts, pa.string())}
        )
    connection.register("wants", wanted)
    try:
        rows = connection.execute(load_sql("clustering/failed"), span).to_arrow_table().to_pylist()
    finally:
        connection.unregister("wants")
    found: dict[str, list[Failure]] = {}
    for row in rows:
        assistant_id = row.pop("assistant_id")
        found.setdefault(assistant_id, []).append(Failure(**row | {"signals": tuple(row["signals"])}))
    return dict(sorted(found.items()))


def segments_by_assistant(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> dict[str, Segments]:
    """Give the segments of a span by assistant: of all users, and of each half of them."""
    rows = connection.execute(load_sql("clustering/segments"), {"first_day": first, "last_day": last})
    found: dict[str, Segments] = {}
    for row in rows.to_arrow_table().to_pylist():
        here = found.setdefault(row["assistant_id"], Segments([], ([], [])))
        place = {name: row[name] for name in ("topic_id", "assistant_version", "channel", "persona")}
        count, failed = row["conversation_count"], row["failure_count"]
        first_count, first_failed = row["first_conversation_count"], row["first_failure_count"]
        here.all.append(Segment(**place, conversation_count=count, failure_count=failed))
        for half, (n, m) in enumerate(((first_count, first_failed), (count - first_count, failed - first_failed))):
            if n:
                here.halves[half].append(Segment(**place, conversation_count=n, failure_count=m))
    return found


def active_days(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> dict[str, set[date]]:
    """Give the days of a span on which assistants had conversations, by assistant."""
    found: dict[str, set[date]] = {}
    rows = connection.execute(load_sql("clustering/active_days"), {"first_day": first, "last_day": last}).fetchall()
    for assistant_id, day in rows:
        found.setdefault(assistant_id, set()).add(day)
    return found


def known_clusters(connection: duckdb.DuckDBPyConnection) -> dict[str, list[KnownCluster]]:
    """Give the clusters as the newest fits left them, by assistant."""
    rows = connection.execute(load_sql("clustering/known")).to_arrow_table().to_pylist()
    found: dict[str, list[KnownCluster]] = {}
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
            last_seen=row["last_seen"],
        )
        found.setdefault(row["assistant_id"], []).append(known)
    return found
