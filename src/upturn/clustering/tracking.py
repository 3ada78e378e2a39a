"""A cluster stays itself from day to day: by shared members with the fit before."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from upturn.clustering.failure_groups import FailureGroup
from upturn.clustering.matching import match_groups, shared_members

__all__ = ["KnownCluster", "Status", "TrackedCluster", "first_day", "track_clusters"]

Status = Literal["new", "growing", "steady", "shrinking", "resolved", "regressed"]

_LEAST_SHARE: Final = 0.3
"""Shared members, of the smaller of two clusters, that make them the same or kin."""
_QUIET_DAYS: Final = 14
"""Days without a new member after which a cluster is resolved: of those on which the assistant was talked to at all."""
_TREND: Final = 1.5
"""How many times as many members in the last seven days as in the seven before make it growing."""
_LEAST_CHANGE: Final = 5
"""Members by which they must differ at least."""


@dataclass(frozen=True)
class KnownCluster:
    """A cluster as the fit before left it."""

    cluster_id: str
    status: Status
    first_seen: date
    members: frozenset[str]
    title: str
    stability: float | None
    top_terms: tuple[str, ...]
    exposure_rule: Mapping[str, Any]
    signal_shares: Mapping[str, float]
    last_seen: date
    """Day of the newest fit that found it."""


@dataclass(frozen=True)
class TrackedCluster:
    """A group of today under its lasting identity."""

    cluster_id: str
    status: Status
    first_seen: date
    group: FailureGroup
    lineage: tuple[dict[str, Any], ...]
    """Each: parent_cluster_id, kind (kept, split, merged), shared."""


def track_clusters(
    groups: Sequence[FailureGroup],
    known: Sequence[KnownCluster],
    *,
    assistant_id: str,
    day: date,
    window_days: int,
    active_days: Collection[date],
) -> tuple[list[TrackedCluster], list[KnownCluster]]:
    """Give today's groups under their identities, and the known clusters that are no more (now resolved).

    One to one by most shared members; what is not matched is new, with lineage where it took part of an older cluster.
    A known cluster that is not found today is missed, not gone: it keeps its state and is matched again when it comes
    back. It is gone once its members lie in another cluster, once it was not found for `_QUIET_DAYS` active days, or
    once the window has passed it by.

    Parameters
    ----------
    active_days : days up to `day` on which the assistant had conversations. A day without any shows nothing.
    """
    newer = {
        _new_id(assistant_id, day, each): frozenset(member.conversation_id for member in each.members)
        for each in groups
    }
    older = {each.cluster_id: each.members for each in known if each.members}
    by_id = {each.cluster_id: each for each in known}
    matched = match_groups(newer, older, least_share=_LEAST_SHARE)
    shared = shared_members(newer, older)
    tracked = []
    for fresh, each in zip(newer, groups, strict=True):
        before = by_id[matched[fresh]] if fresh in matched else None
        tracked.append(
            TrackedCluster(
                cluster_id=before.cluster_id if before else fresh,
                status=_status(each, before.status if before else None, day, active_days),
                first_seen=before.first_seen if before else day,
                group=each,
                lineage=_lineage(fresh, matched, shared, {key: len(value) for key, value in older.items()}),
            )
        )
    kept = {each.cluster_id for each in tracked}
    taken: Counter[str] = Counter()
    for (_, older_id), count in shared.items():
        taken[older_id] += count
    gone = [
        each
        for each in known
        if each.cluster_id not in kept
        and each.status != "resolved"
        and (
            taken[each.cluster_id] >= _LEAST_SHARE * max(len(each.members), 1)
            or _active_since(each.last_seen, active_days) >= _QUIET_DAYS
            or (each.last_seen < first_day(day, window_days) and _active_since(each.last_seen, active_days) > 0)
        )
    ]
    return tracked, gone


def _active_since(seen: date, active_days: Collection[date]) -> int:
    return sum(each > seen for each in active_days)


def _new_id(assistant_id: str, day: date, group: FailureGroup) -> str:
    """Give an id that only the cluster's first fit decides."""
    first = min(member.conversation_id for member in group.members)
    return "cluster-" + hashlib.sha256(f"{assistant_id}\x1f{day}\x1f{first}".encode()).hexdigest()[:10]


def _lineage(
    fresh: str, matched: Mapping[str, str], shared: Mapping[tuple[str, str], int], sizes: Mapping[str, int]
) -> tuple[dict[str, Any], ...]:
    """Give the ties that hold at least `_LEAST_SHARE` of the older cluster: kept, or merged into, or split from it."""
    ties = []
    for (newer, older), count in sorted(shared.items()):
        if newer != fresh or (count < _LEAST_SHARE * sizes[older] and matched.get(fresh) != older):
            continue
        is_taken = older in matched.values()
        kind = "kept" if matched.get(fresh) == older else "split" if is_taken else "merged"
        ties.append({"parent_cluster_id": older, "kind": kind, "shared": count})
    return tuple(ties)


def _status(group: FailureGroup, before: Status | None, day: date, active_days: Collection[date]) -> Status:
    if _active_since(max(member.day for member in group.members), active_days) >= _QUIET_DAYS:
        return "resolved"
    if before is None:
        return "new"
    if before == "resolved":
        return "regressed"
    ages = [(day - member.day).days for member in group.members]
    week, week_before = sum(age < 7 for age in ages), sum(7 <= age < 14 for age in ages)
    if week - week_before >= _LEAST_CHANGE and week >= _TREND * week_before:
        return "growing"
    if week_before - week >= _LEAST_CHANGE and week_before >= _TREND * week:
        return "shrinking"
    return "steady"


def first_day(day: date, window_days: int) -> date:
    """Give the first day of the window of `window_days` days that ends with `day`.

    >>> first_day(date(2026, 11, 28), 28)
    datetime.date(2026, 11, 1)
    """
    return day - timedelta(days=window_days - 1)
