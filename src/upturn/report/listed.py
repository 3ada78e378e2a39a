"""The week's suggestions, each with the figures it was published with, its cluster's trend and its quoted evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import orjson

from upturn.domain.ranking import LIST_LENGTH, Rankable, rank
from upturn.report.actions import Citation, ListedSuggestion, TrendPoint, Turn
from upturn.report.estimate import Estimate
from upturn.report.rows import dictionaries, records
from upturn.report.text import plain

if TYPE_CHECKING:
    import duckdb

__all__ = ["Listed", "listed_suggestions", "one_suggestion", "pending_candidates"]

CITATIONS_SHOWN: Final = 3
"""Pieces of evidence quoted for each suggestion; the rest are counted."""
QUOTE_LENGTH: Final = 320
MOVED: Final = 0.0005
"""Points from which an impact that moved since it was published is said: half the last digit shown."""


@dataclass(frozen=True)
class Listed:
    """The list and how it came about."""

    suggestions: tuple[ListedSuggestion, ...]
    is_published: bool
    pending_count: int


@dataclass(frozen=True)
class _Candidate:
    """A row of `sql/reports/suggestions.sql` as `upturn.domain.ranking` looks at it."""

    row: Mapping[str, Any]
    suggestion_id: str
    severity: str | None
    impact_estimate: float | None
    impact_low: float | None
    impact_high: float | None
    opportunity: float | None
    implementation_effort: str


def listed_suggestions(
    connection: duckdb.DuckDBPyConnection, *, week: str, week_end: datetime, first_week: str, conversation_count: int
) -> Listed:
    """Give the week's list: as published, else the first of the pending ones in the order of the domain."""
    rows = _rows(connection, week, week_end)
    is_published = any(row["rank"] is not None for row in rows)
    if is_published:
        chosen = rows
    else:
        order = rank([_candidate(row) for row in rows])[:LIST_LENGTH]
        chosen = [{**candidate.row, "rank": place} for place, candidate in enumerate(order, start=1)]
    citations = _citations(connection, [row["suggestion_id"] for row in chosen])
    trends = _trends(connection, {row["cluster_id"] for row in chosen if row["cluster_id"]}, first_week, week)
    return Listed(
        suggestions=tuple(
            _listed(
                row,
                conversation_count=conversation_count,
                trend=trends.get(row["cluster_id"], ()),
                citations=citations.get(row["suggestion_id"], ()),
            )
            for row in chosen
        ),
        is_published=is_published,
        pending_count=len(rows),
    )


def one_suggestion(connection: duckdb.DuckDBPyConnection, suggestion_id: str) -> ListedSuggestion | None:
    """Give a suggestion as it stands, with its evidence and all of its cluster's trend; None: there is none."""
    rows = dictionaries(connection, "suggestion", suggestion_id=suggestion_id)
    if not rows:
        return None
    (row,) = rows
    clusters = {row["cluster_id"]} - {None}
    return _listed(
        row,
        conversation_count=row["weekly_count"],
        trend=_trends(connection, clusters, "", "9999-W53").get(row["cluster_id"], ()),
        citations=_citations(connection, [suggestion_id]).get(suggestion_id, ()),
    )


def pending_candidates(connection: duckdb.DuckDBPyConnection, *, week: str, week_end: datetime) -> list[Rankable]:
    """Give what could stand on the week's list, in no order; nothing where the list is published already."""
    return [_candidate(row) for row in _rows(connection, week, week_end) if row["rank"] is None]


def _rows(connection: duckdb.DuckDBPyConnection, week: str, week_end: datetime) -> list[dict[str, Any]]:
    return dictionaries(connection, "suggestions", week=week, week_end=week_end)


def _candidate(row: Mapping[str, Any]) -> _Candidate:
    names = [name for name in _Candidate.__dataclass_fields__ if name != "row"]
    return _Candidate(row=row, **{name: row[name] for name in names})


def _listed(
    row: Mapping[str, Any], *, conversation_count: int, trend: tuple[TrendPoint, ...], citations: tuple[Citation, ...]
) -> ListedSuggestion:
    impact = Estimate(row["impact_estimate"], row["impact_low"], row["impact_high"], conversation_count)
    now = row["restated_impact"]
    has_moved = now is not None and impact.value is not None and abs(now - impact.value) >= MOVED
    texts: dict[str, Any] = {
        name: plain(row[name], 1200)
        for name in ("title", "description", "explanation", "assumptions", "category", "rule", "priority", "status")
    } | {
        name: plain(row[name]) if row[name] else None
        for name in ("severity", "assignee", "impact_reason", "cluster_id", "cluster_title", "cluster_status")
    }
    texts["explanation"] = texts["explanation"].removeprefix(f"{texts['rule']}: ")
    return ListedSuggestion(
        **texts,
        rank=row["rank"],
        suggestion_id=row["suggestion_id"],
        implementation_effort=row["implementation_effort"],
        impact=impact,
        restated_impact=now if has_moved else None,
        weekly_impact=impact.times(conversation_count),
        opportunity=Estimate(row["opportunity"], row["opportunity_low"], row["opportunity_high"], conversation_count),
        reach=row["reach"],
        gap=row["gap"],
        overlap=row["overlap"],
        prior_share=row["prior_share"],
        recommended_actions=tuple(plain(str(action)) for action in _json(row["recommended_actions"])),
        metrics_to_track=tuple(_metric(metric) for metric in _json(row["metrics_to_track"])),
        expires_at=row["expires_at"],
        cluster_terms=tuple(plain(str(term), 60) for term in _json(row["cluster_terms"])),
        cluster_size=row["cluster_size"],
        cluster_stability=row["cluster_stability"],
        trend=trend,
        citations=citations,
        evidence_count=len(_json(row["evidence"])),
    )


def _json(text: str | None) -> list[Any]:
    return list(orjson.loads(text)) if text else []


def _metric(metric: object) -> str:
    """Say `{metric, where, now, target}` in words, as much of it as there is; anything else as it is."""
    if not isinstance(metric, dict) or "metric" not in metric:
        return plain(str(metric))
    name = f"{metric['metric']}, {metric['where']}" if metric.get("where") else str(metric["metric"])
    aims = [f"{aim} {metric[aim]}" for aim in ("now", "target") if metric.get(aim) is not None]
    return plain(f"{name}: {', '.join(aims)}" if aims else name)


def _citations(connection: duckdb.DuckDBPyConnection, suggestion_ids: list[str]) -> dict[str, tuple[Citation, ...]]:
    if not suggestion_ids:
        return {}
    rows = dictionaries(connection, "evidence", suggestion_ids=suggestion_ids, limit=CITATIONS_SHOWN)
    found: dict[str, tuple[Citation, ...]] = {}
    for (suggestion_id, _), group in groupby(rows, key=lambda row: (row["suggestion_id"], row["citation"])):
        found[suggestion_id] = (*found.get(suggestion_id, ()), _citation(group))
    return found


def _citation(rows: Iterable[Mapping[str, Any]]) -> Citation:
    turns = list(rows)
    return Citation(
        conversation_id=plain(turns[0]["conversation_id"], 80),
        why=plain(turns[0]["why"]),
        turns=tuple(
            Turn(
                turn_index=row["turn_index"],
                role=plain(row["role"]),
                content=plain(row["content"], QUOTE_LENGTH),
                latency_ms=row["latency_ms"],
                error_type=plain(row["error_type"], 80) or None,
                is_cited=row["is_cited"],
            )
            for row in turns
        ),
    )


def _trends(
    connection: duckdb.DuckDBPyConnection, cluster_ids: set[str], first_week: str, week: str
) -> dict[str | None, tuple[TrendPoint, ...]]:
    if not cluster_ids:
        return {}
    points = records(
        connection,
        "cluster_trend",
        TrendPoint,
        cluster_ids=sorted(cluster_ids),
        first_week=first_week,
        week=week,
    )
    return {key: tuple(group) for key, group in groupby(points, key=lambda point: point.cluster_id)}
