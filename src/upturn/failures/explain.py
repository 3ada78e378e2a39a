"""Says in a few lines why a conversation is a failure or none, what a cluster is, why a suggestion stands there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from upturn.domain.errors import NotFoundError
from upturn.failures.model import FIXED_MODEL
from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb

__all__ = ["cluster_lines", "conversation_lines", "explain"]

_KINDS: Final = (
    ("conversation", "conversations", "conversation_id"),
    ("cluster", "clusters", "cluster_id"),
    ("suggestion", "suggestions", "suggestion_id"),
)
_WORDS: Final = {weight.signal: weight.words for weight in FIXED_MODEL.weights}


def explain(connection: duckdb.DuckDBPyConnection, identifier: str) -> list[str]:
    """Give the lines for a conversation, cluster or suggestion, by its id or a unique beginning of it.

    Raises
    ------
    NotFoundError
        If nothing has the id, or several things begin with it; the message names some of those.
    """
    kind, found = _resolve(connection, identifier)
    if kind == "suggestion":
        query = "select title, explanation, assumptions from suggestions where suggestion_id = $id"
        row = _row(connection, query, found)
        return [f"{found}: {row['title']}", row["explanation"], row["assumptions"]]
    row = _row(connection, load_sql(f"failures/explain_{kind}"), found)
    return conversation_lines(row) if kind == "conversation" else cluster_lines(row)


def conversation_lines(row: Mapping[str, Any]) -> list[str]:
    """Say of a row of `explain_conversation.sql` why the conversation is a failure or none, and in which cluster."""
    name = row["conversation_id"]
    if row["failure_probability"] is None:
        return [f"{name} was not judged: {_why_unjudged(row)}"]
    verdict = f"a failure at turn {row['failed_turn_index']}" if row["is_failure"] else "no failure"
    weights = FIXED_MODEL.by_signal
    told = sorted(row["signals"], key=lambda each: -abs(weights[each["signal"]] * each["strength"]))
    reasons = "; ".join(_reason(each, weights[each["signal"]]) for each in told) or "nothing was noticed"
    lines = [f"{name} is {verdict} (probability {row['failure_probability']:.2f}, {row['model_version']}): {reasons}"]
    if row["topic"]:
        lines.append(f"Topic: {row['topic']}")
    if row["cluster_id"]:
        lines.append(f"In {row['cluster_id']} “{row['cluster_title']}” at cosine {row['similarity']:.2f} to its centre")
    elif row["is_failure"]:
        lines.append("In no cluster: too few failures are like it, or it is not in the window")
    return lines


def cluster_lines(row: Mapping[str, Any]) -> list[str]:
    """Say of a row of `explain_cluster.sql` what the cluster is, whom its fix would touch, and where it came from."""
    shares = sorted(json.loads(row["signal_shares"]).items(), key=lambda item: (-item[1], item[0]))[:3]
    signs = ", ".join(f"{_WORDS.get(signal, signal)} ({share:.0%})" for signal, share in shares)
    steady = "unknown" if row["stability"] is None else f"{row['stability']:.2f}"
    lines = [
        f"{row['cluster_id']} “{row['title']}”: {row['size']} failures of {row['assistant_id']}, {row['status']}, "
        f"first seen {row['first_seen']}, stability {steady}",
        f"Typical: {signs or 'no signal'}; words: {', '.join(json.loads(row['top_terms'])[:6])}",
        f"A fix would touch {row['exposed_count']} conversations, failed or not: {_rule_in_words(row)}",
    ]
    if row["ties"]:
        lines.append(f"From the fit before: {', '.join(row['ties'])}")
    return lines


def _rule_in_words(row: Mapping[str, Any]) -> str:
    rule = json.loads(row["exposure_rule"])
    topics = f"topics {', '.join(row['topics'])}" if "topic_ids" in rule else ""
    others = [f"{key.replace('_', ' ')} {value}" for key, value in rule.items() if key != "topic_ids"]
    return "; ".join(part for part in (topics, *others) if part)


def _reason(signal: Mapping[str, Any], weight: float) -> str:
    place = "" if signal["turn_index"] is None else f" at turn {signal['turn_index']}"
    return f"{_WORDS[signal['signal']]}{place} ({weight * signal['strength']:+.1f})"


def _why_unjudged(row: Mapping[str, Any]) -> str:
    if row["origin"] != "production":
        return "it is test traffic"
    if row["is_internal"]:
        return "it is internal or bot traffic"
    return "it is still open" if row["is_open"] else "the stage detect has not run since it came"


def _resolve(connection: duckdb.DuckDBPyConnection, identifier: str) -> tuple[str, str]:
    """Give the kind and the whole id of the one thing that has this id, else of the one that begins with it."""
    begin: list[tuple[str, str]] = []
    for kind, table, column in _KINDS:
        query = f"select {column} from {table} where starts_with({column}, $id) order by {column} limit 4"
        found = [str(row[0]) for row in connection.execute(query, {"id": identifier}).fetchall()] if identifier else []
        if identifier in found:
            return kind, identifier
        begin.extend((kind, each) for each in found)
    if len(begin) == 1:
        return begin[0]
    if begin:
        some = ", ".join(each for _, each in begin[:4])
        raise NotFoundError(f"{identifier!r} is no whole id and several begin with it, such as {some}: give more of it")
    raise NotFoundError(
        f"no conversation, cluster or suggestion has the id {identifier!r} or begins with it; "
        'list them by `upturn sql "select cluster_id, title from clusters"`'
    )


def _row(connection: duckdb.DuckDBPyConnection, query: str, identifier: str) -> dict[str, Any]:
    table = connection.execute(query, {"id": identifier}).to_arrow_table()
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows[0]
