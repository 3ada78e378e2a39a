"""Reads from the warehouse what judging needs: the population, answers, texts, known verdicts, what is spent."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from upturn.judge.budget import Spent
from upturn.judge.daily import PASSING_REASONS
from upturn.judge.pricing import Charge
from upturn.judge.prompting import Judgeable, ShownTurn
from upturn.judge.reading import Verdict
from upturn.judge.sampling import Candidate, Drawn
from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb

__all__ = ["Tried", "candidates", "is_closed_as", "known_verdicts", "spent_before", "texts", "tried"]

_DECEMBER: Final = 12


@dataclass(frozen=True)
class Tried:
    """What was done about one metric of one response."""

    count: int
    is_final: bool
    """Whether it is answered; else every try failed for a reason that may pass."""


def candidates(connection: duckdb.DuckDBPyConnection, since: datetime, until: datetime) -> list[Candidate]:
    """Give the responses given from `since` up to and without `until`, with what rules think of them."""
    rows = connection.execute(load_sql("judge/population"), {"since": since, "until": until}).fetchall()
    return [Candidate(*row) for row in rows]


def tried(
    connection: duckdb.DuckDBPyConnection, drawn: Sequence[Drawn], *, model: str, prompt_versions: Sequence[str]
) -> dict[tuple[str, int], dict[str, Tried]]:
    """Give by response and metric what this model was asked before under these prompts."""
    parameters = {"model": model, "passing": list(PASSING_REASONS), "prompt_versions": list(prompt_versions)}
    responses = ((one.candidate.conversation_id, one.candidate.turn_index) for one in drawn)
    found: dict[tuple[str, int], dict[str, Tried]] = defaultdict(dict)
    for conversation, turn, metric, count, is_final in _joined(
        connection, "answered", "drawn_responses", responses, parameters
    ):
        found[conversation, turn][metric] = Tried(count, is_final)
    return found


def texts(
    connection: duckdb.DuckDBPyConnection, waiting: Sequence[Drawn], turns: int
) -> dict[tuple[str, int], Judgeable]:
    """Give the waiting responses with the newest `turns` turns before each."""
    responses = ((one.candidate.conversation_id, one.candidate.turn_index) for one in waiting)
    rows = _joined(connection, "texts", "waiting_responses", responses, {"turns": turns})
    found = {}
    for (conversation, response, persona), group in groupby(rows, key=lambda row: row[:3]):
        shown = [ShownTurn(*row[3:]) for row in group]
        found[conversation, response] = Judgeable(conversation, response, shown[-1], tuple(shown[:-1]), persona)
    return found


def known_verdicts(connection: duckdb.DuckDBPyConnection, keys: Iterable[str]) -> dict[str, dict[str, Verdict]]:
    """Give by content key and metric the verdicts that were given before."""
    import pyarrow as pa

    table = pa.table({"content_key": pa.array(sorted(set(keys)), pa.string())})
    found: dict[str, dict[str, Verdict]] = defaultdict(dict)
    for key, metric, score, rationale, votes, spread in _with(connection, "known", "content_keys", table, {}):
        given = tuple(json.loads(votes)) if votes else (score,)
        found[key][metric] = Verdict(score, None, rationale, given, spread)
    return found


def spent_before(connection: duckdb.DuckDBPyConnection, day: date, now: datetime) -> Spent:
    """Give what was charged for `day`, and for any day in the month of `now`, UTC."""
    moment = now.astimezone(UTC)
    start = datetime(moment.year, moment.month, 1, tzinfo=UTC)
    is_last = moment.month == _DECEMBER
    end = datetime(moment.year + is_last, 1 if is_last else moment.month + 1, 1, tzinfo=UTC)
    row = connection.execute(load_sql("judge/spent"), {"day": day, "month_start": start, "month_end": end}).fetchone()
    assert row is not None  # noqa: S101  (an aggregate always has a row)
    return Spent(run=Charge(row[0], row[1]), month=Charge(row[2], row[3]))


def is_closed_as(connection: duckdb.DuckDBPyConnection, day: date, drawn: Sequence[Drawn], cutoff: float) -> bool:
    """Whether the warehouse holds the day's sample as it is with this cutoff."""
    from upturn.judge.sampling import final_probability

    expected = sorted(
        (one.candidate.conversation_id, one.candidate.turn_index, final_probability(round(one.probability, 12), cutoff))
        for one in drawn
        if one.rank < cutoff
    )
    held = connection.execute(
        "select conversation_id, turn_index, inclusion_probability from judge_samples where day = $day order by all",
        {"day": day},
    ).fetchall()
    return held == expected


def _joined(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    name: str,
    responses: Iterable[tuple[str, int]],
    parameters: dict[str, Any],
) -> list[tuple[Any, ...]]:
    """Run `sql/judge/QUERY.sql` beside the relation `name` of these responses."""
    import pyarrow as pa

    pairs = list(responses)
    table = pa.table(
        {
            "conversation_id": pa.array([conversation for conversation, _ in pairs], pa.string()),
            "turn_index": pa.array([turn for _, turn in pairs], pa.int32()),
        }
    )
    return _with(connection, query, name, table, parameters)


def _with(
    connection: duckdb.DuckDBPyConnection, query: str, name: str, table: Any, parameters: dict[str, Any]
) -> list[tuple[Any, ...]]:
    connection.register(name, table)
    try:
        return connection.execute(load_sql(f"judge/{query}"), parameters or None).fetchall()
    finally:
        connection.unregister(name)
