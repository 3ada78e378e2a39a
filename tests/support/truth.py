"""Holds a home's suggestions against the truth of its simulated logs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upturn.home import Home
from upturn.warehouse import read_only


@dataclass(frozen=True)
class Match:
    """A planted mode and the best placed suggestion that is about it."""

    mode: Mapping[str, Any]
    place: int | None
    """1-based place in the list; None: no suggestion is about it."""
    title: str | None
    precision: float | None
    """Share of the cited and clustered failures that this mode caused or touched."""
    exposure_jaccard: float | None


def matches(home: Home, folder: Path) -> list[Match]:
    """Give each mode, the largest true effect first.

    A suggestion is about the mode that caused most of its cluster's failed members, if it caused at least half of
    those members that any mode caused, and at least a third of all. One without a cluster is about the mode that
    showed in most of the conversations that it cites.
    """
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    caused: dict[str, str] = {}
    shown: dict[str, str] = {}
    exposed: dict[str, set[str]] = {mode["id"]: set() for mode in truth["modes"]}
    with (folder / "truth_conversations.jsonl").open(encoding="utf-8") as file:
        for record in map(json.loads, file):
            if record["failed"]:
                caused[record["conversation_id"]] = record["failed"][0]
            if record["shown"]:
                shown[record["conversation_id"]] = record["shown"][0]
            for mode in record["exposed"]:
                exposed[mode].add(record["conversation_id"])
    with read_only(home) as connection:
        listed = connection.execute(
            "select suggestion_list.place, suggestions.title, suggestions.evidence, suggestions.exposure "
            "from suggestion_list inner join suggestions using (suggestion_id) order by suggestion_list.place"
        ).fetchall()
        members = _by_cluster(connection, "cluster_members")
        touched = _by_cluster(connection, "exposures")
        places = connection.execute("select conversation_id, assistant_id, topic_id from conversations").fetchall()
    found: dict[str, Match] = {}
    modes = {mode["id"]: mode for mode in truth["modes"]}
    for place, title, evidence, exposure in listed:
        named = json.loads(exposure)
        if named["cluster_ids"]:
            inside = {one for cluster_id in named["cluster_ids"] for one in members.get(cluster_id, ())}
            reached = {one for cluster_id in named["cluster_ids"] for one in touched.get(cluster_id, ())}
            blamed = caused
        else:
            inside = {each["conversation_id"] for each in json.loads(evidence)}
            reached = {one for one, *where in places if any(_meets(rule, *where) for rule in named["rules"])}
            blamed = shown
        causes = [blamed[one] for one in inside if one in blamed]
        if not causes:
            continue
        cause = max(sorted(set(causes)), key=causes.count)
        share = causes.count(cause) / len(inside)
        if causes.count(cause) * 2 < len(causes) or share * 3 < 1 or cause in found:
            continue
        union = reached | exposed[cause]
        found[cause] = Match(modes[cause], place, title, share, len(reached & exposed[cause]) / max(len(union), 1))
    return [
        found.get(mode["id"], Match(mode, None, None, None, None))
        for mode in sorted(truth["modes"], key=lambda mode: -mode["effect"])
    ]


def _by_cluster(connection: Any, table: str) -> dict[str, list[str]]:
    return dict(
        connection.execute(f"select cluster_id, list(conversation_id) from {table} group by cluster_id").fetchall()
    )


def _meets(rule: Mapping[str, Any], assistant_id: str, topic_id: str | None) -> bool:
    return rule["assistant_id"] == assistant_id and topic_id in rule.get("topic_ids", (topic_id,))
