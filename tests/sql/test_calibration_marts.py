"""The marts of calibration: the same as the Python estimators, and right about who is in the population."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from tests.support.report_home import insert
from upturn.calibration.agreement import agreement, bias, cohen_kappa, is_good, spearman
from upturn.calibration.correction import LabelledPopulation, corrected_mean
from upturn.resources import load_sql
from upturn.warehouse import create_schema


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as database:
        database.execute("set timezone = 'UTC'")
        database.execute(load_sql("functions/behaviour"))
        yield database


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def scored(seed: int, *, size: int = 400, share: float = 0.25, is_perfect: bool = False) -> dict[str, Any]:
    """Scores in tenths, labels of some with unequal weights, about three responses a user."""
    generator = np.random.default_rng(seed)
    score = generator.integers(0, 11, size) / 10
    truth = score if is_perfect else np.clip(np.round(score * 4 + generator.normal(0, 1, size)) / 4, 0, 1)
    weight = generator.uniform(1, 4, size)
    return {
        "score": score,
        "label": np.where(generator.random(size) < share, truth, np.nan),
        "weight": weight,
        "label_weight": weight * generator.uniform(2, 8, size),
        "unit": generator.integers(0, size // 3, size),
    }


def fill(connection: duckdb.DuckDBPyConnection, given: dict[str, Any]) -> None:
    connection.execute(
        "create table labelled_scores (metric text, scorer text, scorer_version text, score double, weight double, "
        "label double, label_weight double, unit bigint)"
    )
    for score, label, weight, label_weight, unit in zip(*(given[name].tolist() for name in given), strict=True):
        told = (None, None) if np.isnan(label) else (label, label_weight)
        connection.execute(
            "insert into labelled_scores values ('safety', 'judge', 'v1', $1, $2, $3, $4, $5)",
            [score, weight, *told, unit],
        )


CASES = [scored(1), scored(2, share=0.9), scored(3, size=60), scored(4, is_perfect=True), scored(5, size=30, share=0.1)]


@pytest.mark.parametrize("given", CASES, ids=["usual", "many labels", "few", "perfect", "too few"])
def test_corrected_scores_are_those_of_the_estimator(
    connection: duckdb.DuckDBPyConnection, given: dict[str, Any]
) -> None:
    fill(connection, given)
    (row,) = rows(connection, load_sql("marts/corrected_scores"))
    expected = corrected_mean(
        LabelledPopulation(given["score"], given["label"], given["weight"], given["label_weight"], given["unit"])
    )
    assert expected is not None
    assert row["label_count"] == expected.label_count
    assert row["corrected"] == pytest.approx(expected.estimate, abs=2e-6)
    assert row["power"] == pytest.approx(expected.power, abs=2e-6)
    assert (row["corrected_low"] is None) == (expected.low is None)
    if expected.low is not None:
        assert row["corrected_low"] == pytest.approx(expected.low, abs=1e-5)
        assert row["corrected_high"] == pytest.approx(expected.high, abs=1e-5)
    assert row["labels_to_halve"] == expected.labels_to_halve


@pytest.mark.parametrize("given", CASES, ids=["usual", "many labels", "few", "perfect", "too few"])
def test_agreement_is_that_of_the_functions(connection: duckdb.DuckDBPyConnection, given: dict[str, Any]) -> None:
    fill(connection, given)
    (row,) = rows(connection, load_sql("marts/score_agreement"))
    labelled = ~np.isnan(given["label"])
    label, score = given["label"][labelled].tolist(), given["score"][labelled].tolist()
    weight = given["label_weight"][labelled].tolist()
    sides = [is_good(one) for one in label], [is_good(one) for one in score]
    assert row["agreement"] == pytest.approx(agreement(*sides, weight), abs=1e-6)
    kappa = cohen_kappa(*sides, weight)
    assert row["kappa"] == (None if kappa is None else pytest.approx(kappa, abs=1e-6))
    rank = spearman(label, score)
    assert row["spearman"] == (None if rank is None else pytest.approx(rank, abs=1e-6))
    assert row["bias"] == pytest.approx(bias(label, score, weight), abs=1e-6)
    counts = ("both_good_count", "both_bad_count", "too_kind_count", "too_harsh_count")
    assert sum(row[name] for name in counts) == len(label)


def test_one_opinion_throughout_has_no_kappa_and_no_rank(connection: duckdb.DuckDBPyConnection) -> None:
    fill(connection, {**scored(1, size=6, share=1.1), "score": np.ones(6), "label": np.ones(6)})
    (row,) = rows(connection, load_sql("marts/score_agreement"))
    assert (row["agreement"], row["kappa"], row["spearman"], row["bias"]) == (1.0, None, None, 0.0)


def _conversation(name: str, day: str, user: str | None = None) -> dict[str, Any]:
    return {
        "conversation_id": name, "assistant_id": "shop", "channel": "web", "origin": "production", "is_internal": False,
        "started_at": f"{day} 10:00:00+00", "last_turn_at": f"{day} 10:10:00+00", "is_open": False, "turn_count": 2,
        "day": day, "week": "2026-W48", "user_key": user,
    }  # fmt: skip


@pytest.fixture
def labelled(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Ten conversations in the drawn days, one outside; three labelled, one of them by two annotators."""
    create_schema(connection)
    names = [f"c{number}" for number in range(10)]
    days = [*(_conversation(name, "2026-11-23", user="ann") for name in names), _conversation("old", "2026-10-01")]
    insert(connection, "conversations", days)
    failures = [
        {"conversation_id": name, "failure_probability": number / 10, "is_failure": number > 5, "signals": "[]",
         "model_version": "m1"}
        for number, name in enumerate([*names, "old"])
    ]  # fmt: skip
    insert(connection, "failures", failures)
    request = {"metrics": '["success"]', "stratum": "other", "random_number": 0.1, "first_day": "2026-11-01",
               "last_day": "2026-11-28", "requested_by": "ana", "requested_at": "2026-11-28 00:00:00+00"}  # fmt: skip
    drawn = {"c0": 0.5, "c9": 0.25, "c5": 0.5}
    insert(
        connection,
        "label_requests",
        [
            {**request, "request_id": name, "conversation_id": name, "inclusion_probability": p}
            for name, p in drawn.items()
        ],
    )
    label = {"metric": "success", "inclusion_probability": 0.1, "labelled_at": "2026-11-28 00:00:00+00"}
    said = [("c0", "ana", 0.0), ("c9", "ana", 1.0), ("c9", "bo", 0.5), ("c5", "ana", None)]
    insert(
        connection,
        "labels",
        [
            {
                **label,
                "label_id": f"{name}/{by}",
                "request_id": name,
                "conversation_id": name,
                "annotator": by,
                "score": s,
            }
            for name, by, s in said
        ],
    )
    return connection


def test_the_population_is_what_was_drawn_from_and_annotators_share_one_label(
    labelled: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(labelled, "from labelled_scores order by conversation_id")
    assert len(found) == 10  # not `old`
    told = {row["conversation_id"]: (row["label"], row["label_weight"]) for row in found if row["label"] is not None}
    assert told == {"c0": (0.0, 2.0), "c9": (0.75, 4.0)}  # c5: the annotator could not say
    assert {row["unit"] for row in found} == {"ann"}


def test_volunteered_feedback_is_no_label(labelled: duckdb.DuckDBPyConnection) -> None:
    before = rows(labelled, "from calibration order by all")
    volunteered = {"feedback_id": "f", "conversation_id": "c1", "kind": "label", "author": "user", "score": 0.0,
                   "received_at": "2026-11-23 11:00:00+00"}  # fmt: skip
    insert(labelled, "feedback", [volunteered])
    assert rows(labelled, "from calibration order by all") == before


def test_calibration_and_disagreements_by_hand(labelled: duckdb.DuckDBPyConnection) -> None:
    """Scores 1 and .1 against labels 0 and .75, weights 2 and 4: bias (2 × 1 − 4 × .65) / 6 = −.1."""
    (row,) = rows(labelled, "from calibration")
    assert (row["metric"], row["scorer"], row["scorer_version"]) == ("success", "failure model", "m1")
    assert (row["scored_count"], row["label_count"], row["agreement"], row["bias"]) == (10, 2, 0.0, -0.1)
    assert (row["too_kind_count"], row["too_harsh_count"], row["bias_change"]) == (1, 1, None)
    assert row["mean_score"] == pytest.approx(0.55)
    assert row["corrected_low"] is None
    far = rows(labelled, "select conversation_id, difference from disagreements order by conversation_id")
    assert far == [{"conversation_id": "c0", "difference": 1.0}, {"conversation_id": "c9", "difference": -0.65}]


def test_without_labels_scores_stand_uncorrected(labelled: duckdb.DuckDBPyConnection) -> None:
    labelled.execute("delete from labels")
    (row,) = rows(labelled, "from calibration")
    assert (row["label_count"], row["corrected"], row["agreement"], row["power"]) == (0, None, None, None)
    assert row["labels_to_halve"] is None


def test_a_new_version_shows_its_change_of_bias(labelled: duckdb.DuckDBPyConnection) -> None:
    """c9 scored by a second model: .1 − .75 = −.65 there, 1 − 0 in the first."""
    labelled.execute("update failures set model_version = 'm2' where conversation_id >= 'c5'")
    found = rows(labelled, "select scorer_version, bias, bias_change from calibration order by scorer_version")
    assert [(row["bias"], row["bias_change"]) for row in found] == [(1.0, None), (-0.65, -1.65)]


def test_status_shows_what_has_labels_and_the_furthest_first(labelled: duckdb.DuckDBPyConnection) -> None:
    (agreed,), (corrected,) = (rows(labelled, load_sql(f"status/{name}")) for name in ("agreement", "corrected"))
    assert (agreed["scorer"], agreed["labels"], agreed["bias"]) == ("failure model", 2, -0.1)
    assert (corrected["mean"], corrected["low"]) == (pytest.approx(0.55), None)
    far = rows(labelled, load_sql("status/disagreements"))
    assert [row["conversation_id"] for row in far] == ["c0", "c9"]
    labelled.execute("delete from labels")
    assert rows(labelled, load_sql("status/agreement")) == rows(labelled, load_sql("status/corrected")) == []


@pytest.mark.parametrize("given", CASES, ids=["usual", "many labels", "few", "perfect", "too few"])
def test_the_bias_of_a_scorer_is_the_correction_at_full_power(
    connection: duckdb.DuckDBPyConnection, given: dict[str, Any]
) -> None:
    fill(connection, given)
    (row,) = rows(connection, load_sql("marts/score_bias"))
    population = LabelledPopulation(
        given["score"], given["label"], given["weight"], given["label_weight"], given["unit"]
    )
    whole = corrected_mean(population, power=1.0)
    assert whole is not None
    mean_score = float(np.average(given["score"], weights=given["weight"]))
    assert row["bias"] == pytest.approx(whole.estimate - mean_score, abs=1e-6)
    assert (row["label_count"], row["user_count"]) == (whole.label_count, whole.cluster_count)
    # all but the scores' own part of the variance: that of labels minus scores, leverage and rule of three included
    only_labels = LabelledPopulation(
        np.zeros_like(given["score"]),
        given["label"] - given["score"],
        given["weight"],
        given["label_weight"],
        given["unit"],
    )
    expected = corrected_mean(only_labels, power=0.0)
    assert expected is not None
    if expected.standard_error is None:
        assert row["variance"] is None
    else:
        assert row["variance"] == pytest.approx(expected.standard_error**2, rel=1e-2)


def test_a_weeks_mean_by_a_kind_judge_is_corrected_by_labels_of_other_weeks(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """400 simulated weeks: 7 in 10 answers are good, the judge takes 4 in 10 bad ones for good (bias .12)."""
    generator = np.random.default_rng(11)
    weeks, judged_count, label_count = 400, 120, 60

    def answers(count: int) -> tuple[Any, Any]:
        is_good = generator.random((weeks, count)) < 0.7
        return is_good, is_good | (generator.random((weeks, count)) < 0.4)

    _, judged = answers(judged_count)
    truth, seen = answers(label_count)
    week = np.repeat(np.arange(weeks).astype(str), judged_count)
    _table(
        connection,
        "judged_responses",
        week=week, metric=np.full(week.size, "safety"), scorer_version=week,
        conversation_id=np.arange(week.size).astype(str), score=judged.ravel().astype(float),
        weight=np.ones(week.size), stratum=week, cell=week, cost_usd=np.zeros(week.size),
    )  # fmt: skip
    version = np.repeat(np.arange(weeks).astype(str), label_count)
    _table(
        connection,
        "labelled_scores",
        metric=np.full(version.size, "safety"), scorer=np.full(version.size, "judge"), scorer_version=version,
        score=seen.ravel().astype(float), label=truth.ravel().astype(float), label_weight=np.ones(version.size),
        unit=np.arange(version.size),
    )  # fmt: skip
    connection.execute("create table judge_strata (day date, stratum text, conversation_weight double)")
    for mart in ("judge_means", "score_bias", "judge_quality"):
        connection.execute(f"create view {mart} as {load_sql(f'marts/{mart}')}")
    found = rows(connection, "from judge_quality")
    assert len(found) == weeks
    assert np.mean([row["score"] for row in found]) == pytest.approx(0.82, abs=0.01)
    assert np.mean([row["corrected"] for row in found]) == pytest.approx(0.70, abs=0.01)
    raw = np.mean([row["score_low"] <= 0.7 <= row["score_high"] for row in found])
    corrected = np.mean([row["corrected_low"] <= 0.7 <= row["corrected_high"] for row in found])
    assert raw < 0.2
    assert 0.86 <= corrected <= 0.95  # 90 % stated; 400 weeks leave 1.5 points either way


def _table(connection: duckdb.DuckDBPyConnection, name: str, **columns: Any) -> None:
    given = pa.table(columns)  # read by name below
    connection.execute(f"create table {name} as select * from given")
    assert given.num_rows


def test_a_version_of_the_judge_without_labels_is_not_corrected(labelled: duckdb.DuckDBPyConnection) -> None:
    assert rows(labelled, "from score_bias where scorer = 'judge'") == []
    assert [row["scorer"] for row in rows(labelled, "from score_bias")] == ["failure model"]
