"""The events of a day's clusters."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from upturn.clustering.failure_groups import Failure
from upturn.clustering.tracking import KnownCluster, TrackedCluster
from upturn.domain.events import NewEvent
from upturn.domain.payloads import ClusterFitted

__all__ = ["cluster_event", "fit_name", "resolved_event", "signal_shares"]


def fit_name(assistant_id: str, day: date) -> str:
    """Give the id of the fit of one assistant's failures on one day."""
    return "fit-" + hashlib.sha256(f"{assistant_id}\x1f{day}".encode()).hexdigest()[:10]


def cluster_event(
    tracked: TrackedCluster,
    rule: Mapping[str, Any],
    halves: Sequence[Mapping[str, Any]] = (),
    *,
    assistant_id: str,
    day: date,
) -> NewEvent:
    """Give the event of a cluster that the day's fit found."""
    members = sorted(zip(tracked.group.members, tracked.group.similarities, strict=True), key=_closest_first)
    return _event(
        ClusterFitted(
            cluster_id=tracked.cluster_id,
            fit_id=fit_name(assistant_id, day),
            day=day,
            assistant_id=assistant_id,
            theme_id=None,
            title=tracked.group.naming.title,
            top_terms=list(tracked.group.naming.top_terms),
            stability=tracked.group.stability,
            status=tracked.status,
            first_seen=tracked.first_seen,
            exposure_rule=dict(rule),
            exposure_halves=[dict(each) for each in halves],
            signal_shares=signal_shares(tracked.group.members),
            members=[(member.conversation_id, similarity) for member, similarity in members],
            lineage=list(tracked.lineage),
        )
    )


def resolved_event(known: KnownCluster, *, assistant_id: str, day: date) -> NewEvent:
    """Give the event of a cluster that the day's fit no longer found: resolved, without members."""
    return _event(
        ClusterFitted(
            cluster_id=known.cluster_id,
            fit_id=fit_name(assistant_id, day),
            day=day,
            assistant_id=assistant_id,
            theme_id=None,
            title=known.title,
            top_terms=list(known.top_terms),
            stability=known.stability,
            status="resolved",
            first_seen=known.first_seen,
            exposure_rule=dict(known.exposure_rule),
            signal_shares=dict(known.signal_shares),
            members=[],
            lineage=[],
        )
    )


def signal_shares(members: Sequence[Failure]) -> dict[str, float]:
    """Give the share of members with each signal, 0..1, most frequent first."""
    counts = Counter(signal for each in members for signal in each.signals)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {signal: round(count / len(members), 4) for signal, count in ordered}


def _closest_first(member: tuple[Failure, float]) -> tuple[float, str]:
    return -member[1], member[0].conversation_id


def _event(payload: ClusterFitted) -> NewEvent:
    return NewEvent(
        type="cluster.fitted",
        source="upturn",
        native_ids=(payload.cluster_id, payload.day.isoformat()),
        revision="first",
        subject=payload.cluster_id,
        time=datetime.combine(payload.day, datetime.max.time(), UTC).replace(microsecond=0),
        payload=payload,
    )
