"""The report's queries on a handful of rows whose answers are worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import duckdb
import pytest

from tests.support.report_home import insert
from upturn.report.estimate import share_estimate
from upturn.report.findings import of_users, told
from upturn.report.model import Headline
from upturn.report.rows import dictionaries
from upturn.warehouse import create_schema

WEEK = "2026-W47"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set timezone = 'UTC'")
        create_schema(opened)
        yield opened


def _add(connection: duckdb.DuckDBPyConnection, key: str, *, user: str | None, failure: float, **fields: Any) -> None:
    answers = fields.pop("answers", 1)
    failed_turn = fields.pop("failed_turn", None)
    insert(
        connection,
        "conversations",
        [
            {
                "conversation_id": key,
                "assistant_id": "shop",
                "channel": "web",
                "user_key": user,
                "origin": "production",
                "is_internal": False,
                "started_at": "2026-11-18T10:00:00+00:00",
                "last_turn_at": "2026-11-18T10:05:00+00:00",
                "is_open": False,
                "turn_count": 2 * answers,
                "day": "2026-11-18",
                "week": WEEK,
                **fields,
            }
        ],
    )
    insert(
        connection,
        "turns",
        [
            {
                "conversation_id": key,
                "turn_index": index,
                "turn_key": f"{key}-{index}",
                "role": "assistant" if index % 2 else "user",
                "content": "…",
                "occurred_at": "2026-11-18T10:00:00+00:00",
                "position": index,
            }
            for index in range(2 * answers)
        ],
    )
    insert(
        connection,
        "failures",
        [
            {
                "conversation_id": key,
                "failure_probability": failure,
                "is_failure": failure >= 0.5,
                "failed_turn_index": failed_turn,
                "signals": "[]",
                "model_version": "1",
            }
        ],
    )


def test_success_counts_users_not_conversations(connection: duckdb.DuckDBPyConnection) -> None:
    # user a: two conversations with success .2 and .4; user b: one with .9; success = 1.5 / 3 = .5
    # residuals: a: .6 - 2 * .5 = -.4; b: .9 - .5 = .4; variance = (.16 + .16) / 9 * 2 / 1 = .0711111
    _add(connection, "c1", user="a", failure=0.8)
    _add(connection, "c2", user="a", failure=0.6)
    _add(connection, "c3", user="b", failure=0.1, satisfaction=0.75)
    _add(connection, "c4", user="b", failure=0.1, origin="test")
    _add(connection, "c5", user="b", failure=0.1, is_open=True)
    (row,) = dictionaries(connection, "headline", first_week=WEEK, week=WEEK)
    assert (row["conversation_count"], row["user_count"], row["turn_count"]) == (3, 2, 6)
    assert row["success"] == pytest.approx(0.5)
    assert row["success_variance"] == pytest.approx(0.32 / 9 * 2)
    assert (row["satisfaction"], row["satisfaction_count"], row["satisfaction_variance"]) == (0.75, 1, None)


def test_what_the_source_says_stands_beside_the_estimate_of_the_same(connection: duckdb.DuckDBPyConnection) -> None:
    # told: a resolved, a not, b resolved = 2 of 3; estimated .8, .6, .9 = 2.3 / 3; c5 is told nothing of, d has no name
    _add(connection, "c1", user="a", failure=0.2, outcome="resolved")
    _add(connection, "c2", user="a", failure=0.4, outcome="abandoned")
    _add(connection, "c3", user="b", failure=0.1, outcome="resolved")
    _add(connection, "c5", user="b", failure=0.5)
    _add(connection, "d", user=None, failure=0.5)
    (row,) = dictionaries(connection, "headline", first_week=WEEK, week=WEEK)
    assert (row["user_count"], row["nameless_count"], row["told_count"]) == (2, 1, 3)
    assert row["told"] == pytest.approx(2 / 3)
    assert row["told_success"] == pytest.approx(2.3 / 3)
    # residuals of told: a: 1 - 2 × 2/3 = -1/3, b: 1 - 2/3 = 1/3; variance = (2/9) / 9 × 2
    assert row["told_variance"] == pytest.approx(4 / 81)


def test_the_report_says_how_far_the_estimate_is_from_what_is_told() -> None:
    figures = {"week": WEEK, "conversation_count": 9, "turn_count": 9, "escalated_count": 0}
    sides = {"success": share_estimate(0.48, 1e-4, 900), "satisfaction": share_estimate(None, None, 0)}
    headline = Headline(
        **figures,
        **sides,
        user_count=7,
        nameless_count=2,
        told=share_estimate(0.67, 1e-4, 900),
        told_success=share_estimate(0.48, 1e-4, 900),
    )
    (text,) = told(headline)
    assert text == (
        "Where the source says how they ended (900), 67.0 % (64.4–69.5 at 90 %) were resolved; the estimate for the "
        "same ones is 48.0 % (45.3–50.7 at 90 %). They are far apart: trust comparisons, not the level."
    )
    assert of_users(headline) == "of 7 users and 2 times nobody named"
    near = replace(headline, told_success=share_estimate(0.66, 1e-4, 900))
    assert "far apart" not in told(near)[0]
    assert told(replace(headline, told=share_estimate(None, None, 0))) == []


def test_slow_answers_of_one_user_are_not_many(connection: duckdb.DuckDBPyConnection) -> None:
    for number in range(10):
        _add(connection, f"c{number}", user="slow" if number < 5 else f"u{number}", failure=0.1)
    connection.execute("update turns set latency_ms = if(conversation_id < 'c5', 5000, 100) where role = 'assistant'")
    (row,) = dictionaries(connection, "latency_summary", week=WEEK, threshold_ms=3000.0)
    # users: one with 5 of 5 slow, five with 0 of 1: residuals 5 - 2.5 and five of -.5; (6.25 + 1.25) / 100 × 6/5
    assert (row["slow"], row["slow_count"]) == (0.5, 10)
    assert row["slow_variance"] == pytest.approx(7.5 / 100 * 6 / 5)


def test_an_empty_warehouse_has_no_headline(connection: duckdb.DuckDBPyConnection) -> None:
    assert dictionaries(connection, "headline", first_week=WEEK, week=WEEK) == []
    assert dictionaries(connection, "newest_week") == [{"week": None}]


def test_sampled_scores_weigh_by_their_chance_and_each_conversation_once(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    # c1 has 2 answers, one judged .5 with chance .5: weight 1 / .5 / 2 = 1, total .5
    # c2 has 4 answers, all judged 1 with chance 1: weight 4 / 4 = 1, total 1; the mean is .75, not (.5 + 4) / 5
    _add(connection, "c1", user="a", failure=0.2, answers=2)
    _add(connection, "c2", user="b", failure=0.2, answers=4)
    judged = [("c1", 1, 0.5, 0.5), *(("c2", turn, 1.0, 1.0) for turn in (1, 3, 5, 7))]
    insert(
        connection,
        "working.given_scores",
        [
            {
                "conversation_id": key,
                "turn_index": turn,
                "metric": "helpfulness",
                "scorer": "judge",
                "score": score,
                "scorer_version": "1",
                "inclusion_probability": chance,
            }
            for key, turn, score, chance in judged
        ]
        + [
            {
                "conversation_id": "c1",
                "turn_index": 3,
                "metric": "helpfulness",
                "scorer": "judge",
                "unscored_reason": "off the menu",
                "scorer_version": "1",
                "inclusion_probability": 0.5,
            }
        ],
    )
    (row,) = dictionaries(connection, "quality", first_week=WEEK, week=WEEK)
    assert (row["score"], row["score_count"], row["response_count"], row["unscored_count"]) == (0.75, 2, 5, 1)
    # residuals -.25 and .25: variance = .125 / 4 * 2 / 1
    assert row["score_variance"] == pytest.approx(0.0625)


def test_success_by_turn_counts_only_who_gets_there(connection: duckdb.DuckDBPyConnection) -> None:
    # c1 fails at its 1st answer (turn 1) of 3, c2 at its 2nd (turn 3) of 2, c3 never, of 1
    # 1st: 3 there, 1 failed; 2nd: only c2 is left with a 2nd answer, and fails
    _add(connection, "c1", user="a", failure=0.9, answers=3, failed_turn=1)
    _add(connection, "c2", user="b", failure=0.9, answers=2, failed_turn=3)
    _add(connection, "c3", user="c", failure=0.1, answers=1)
    rows = dictionaries(connection, "answers", week=WEEK)
    assert [(row["answer"], row["success_count"], row["failed_count"]) for row in rows] == [(1, 3, 1), (2, 1, 1)]
    assert rows[0]["success"] == pytest.approx(2 / 3)


def test_success_by_turn_counts_users_not_conversations(connection: duckdb.DuckDBPyConnection) -> None:
    # a fails in both of two, b in none of two: 2 of 4; residuals -1 and 1: variance = 2 / 16 * 2 / 1 = .25, not .0625
    for key, user, failure in (("c1", "a", 0.9), ("c2", "a", 0.9), ("c3", "b", 0.1), ("c4", "b", 0.1)):
        _add(connection, key, user=user, failure=failure, answers=1, failed_turn=1 if failure > 0.5 else None)
    (row,) = dictionaries(connection, "answers", week=WEEK)
    assert (row["success"], row["success_count"]) == (0.5, 4)
    assert row["success_variance"] == pytest.approx(0.25)


def test_the_mix_has_a_row_for_each_assistant_and_channel_of_both_weeks(connection: duckdb.DuckDBPyConnection) -> None:
    before = {"day": "2026-11-11", "week": "2026-W46", "started_at": "2026-11-11T10:00:00+00:00"}
    _add(connection, "c1", user="a", failure=0.2)
    _add(connection, "c2", user="b", failure=0.4)
    _add(connection, "c3", user="a", failure=0.5, **before)
    _add(connection, "c4", user="c", failure=0.1, channel="phone")  # no such channel the week before
    (row,) = dictionaries(connection, "mix", before="2026-W46", week=WEEK)
    assert (row["assistant_id"], row["channel"]) == ("shop", "web")
    assert (row["newer"], row["newer_count"], row["older"], row["older_count"]) == (0.7, 2, 0.5, 1)
    assert row["newer_variance"] == pytest.approx(0.01)  # residuals -.1 and .1: .02 / 4 * 2 / 1
    assert row["older_variance"] is None


def test_a_failure_before_the_first_answer_counts_at_it(connection: duckdb.DuckDBPyConnection) -> None:
    _add(connection, "c1", user="a", failure=0.9, answers=2, failed_turn=0)
    rows = dictionaries(connection, "answers", week=WEEK)
    assert [(row["answer"], row["failed_count"]) for row in rows] == [(1, 1)]


def test_days_without_conversations_are_there_with_none(connection: duckdb.DuckDBPyConnection) -> None:
    _add(connection, "c1", user=None, failure=0.1, is_open=True)
    rows = dictionaries(connection, "days", monday="2026-11-16")
    assert [row["conversation_count"] for row in rows] == [0, 0, 1, 0, 0, 0, 0]
    assert rows[2]["open_count"] == 1


def test_latency_says_nothing_where_nothing_was_measured(connection: duckdb.DuckDBPyConnection) -> None:
    _add(connection, "c1", user=None, failure=0.1)
    (row,) = dictionaries(connection, "latency_summary", week=WEEK, threshold_ms=3000.0)
    assert (row["response_count"], row["slow_count"], row["slow"], row["p95_ms"]) == (1, 0, None, None)
    assert dictionaries(connection, "latency", week=WEEK, bin_ms=250.0, last_ms=5750.0) == []
