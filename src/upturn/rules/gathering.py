"""Reads the evidence of every live cluster from the working warehouse, by the files of `sql/suggest/`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from upturn.resources import load_sql
from upturn.rules.evidence import (
    Citation,
    ClusterEvidence,
    Dimension,
    Latency,
    Segment,
    SegmentShare,
    SignalShare,
    ToolUse,
)
from upturn.rules.finding import CITED

if TYPE_CHECKING:
    import duckdb

__all__ = ["gather_evidence"]

_LOOK_CLOSER: Final = frozenset({"slow_response", "tool_failed", "tool_repeated"})
"""Signals whose clusters get their latency and tools read: the turns of all others are never touched."""
_CLOSER_SHARE: Final = 0.1

Rows = Mapping[str, list[dict[str, Any]]]


def gather_evidence(connection: duckdb.DuckDBPyConnection, *, latency_ms: float) -> list[ClusterEvidence]:
    """Give the evidence of every live cluster, by cluster id; no live cluster gives an empty list.

    Needs the temporary tables `suggest_window`, `suggest_clusters` and `suggest_exposed`.

    Parameters
    ----------
    latency_ms : threshold above which a response counts as slow, milliseconds.
    """
    clusters = list(_rows(connection, "clusters"))
    signals = _grouped(connection, "signals")
    sizes = {row["cluster_id"]: row["size"] for row in clusters}
    closer = sorted(name for name in sizes if _needs_a_closer_look(signals[name], sizes[name]))
    timed = {row["cluster_id"]: row for row in _rows(connection, "latency", cluster_ids=closer, latency_ms=latency_ms)}
    tools = _grouped(connection, "tools", cluster_ids=closer)
    segments = _grouped(connection, "segments")
    citations = _grouped(connection, "citations", limit=CITED)
    return [
        ClusterEvidence(
            cluster_id=name,
            assistant_id=row["assistant_id"],
            title=row["title"],
            top_terms=tuple(json.loads(row["top_terms"])),
            size=row["size"],
            exposed_count=row["exposed_count"],
            exposed_failure_count=row["exposed_failure_count"],
            latency_threshold_ms=latency_ms,
            stability=row["stability"],
            age_days=row["age_days"],
            signals={each["signal"]: _signal(each, row) for each in signals[name]},
            segments=tuple(_segment(each, row["exposed_count"]) for each in segments[name] if each["total_members"]),
            latency=_latency(timed[name]) if name in timed else None,
            tools=tuple(_tool(each) for each in tools[name]),
            citations=_citations(citations[name]),
        )
        for row in clusters
        for name in (row["cluster_id"],)
    ]


def _rows(connection: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> Iterator[dict[str, Any]]:
    result = connection.execute(load_sql(f"suggest/{name}"), parameters or None)
    columns = [column[0] for column in result.description]
    for row in result.fetchall():
        yield dict(zip(columns, row, strict=True))


def _grouped(connection: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> Rows:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _rows(connection, name, **parameters):
        groups[row["cluster_id"]].append(row)
    return groups


def _needs_a_closer_look(signals: list[dict[str, Any]], size: int) -> bool:
    return any(row["signal"] in _LOOK_CLOSER and row["member_count"] >= _CLOSER_SHARE * size for row in signals)


def _signal(row: dict[str, Any], cluster: dict[str, Any]) -> SignalShare:
    return SignalShare(
        member_share=min(1.0, row["member_count"] / cluster["size"]) if cluster["size"] else 0.0,
        exposed_share=row["exposed_count"] / max(cluster["exposed_count"], 1),
        base_share=row["base_count"] / row["base_total"],
        exposed_count=row["exposed_count"],
    )


def _segment(row: dict[str, Any], exposed_count: int) -> SegmentShare:
    return SegmentShare(
        segment=Segment(cast("Dimension", row["dimension"]), row["value"]),
        member_share=row["member_count"] / row["total_members"],
        exposed_share=row["exposed_count"] / exposed_count,
        exposed_count=row["exposed_count"],
    )


def _latency(row: dict[str, Any]) -> Latency:
    return Latency(
        response_count=row["response_count"],
        median_ms=row["median_ms"],
        p95_ms=row["p95_ms"],
        slow_share=row["slow_count"] / row["response_count"],
        usual_median_ms=row["usual_median_ms"],
    )


def _tool(row: dict[str, Any]) -> ToolUse:
    return ToolUse(row["tool"], row["call_count"], row["error_count"], row["conversation_count"], row["median_ms"])


def _citations(rows: list[dict[str, Any]]) -> dict[str, tuple[Citation, ...]]:
    found: dict[str, tuple[Citation, ...]] = {}
    for row in rows:
        citation = Citation(row["conversation_id"], row["turn_index"])
        found[row["signal"]] = (*found.get(row["signal"], ()), citation)
    return found
