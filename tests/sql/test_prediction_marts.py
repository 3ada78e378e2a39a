"""How predictions held: worked out by hand, and against simulated fixes whose effect is known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pytest

from tests.support.report_home import fill, insert
from upturn.report.bets import bets
from upturn.report.gather import ReportScope, gather
from upturn.report.week import Week
from upturn.resources import load_sql
from upturn.warehouse import create_schema

METHOD = "difference in differences of success per exposed conversation, bootstrap over users; left out; final"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set timezone = 'UTC'")
        create_schema(opened)
        yield opened


def shipped(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    *,
    effect: tuple[float, float, float],
    predicted: tuple[float, float, float] = (0.10, 0.02, 0.20),
    category: str = "tools",
    method: str = METHOD,
    at: str = "2026-11-20T00:00:00+00:00",
) -> None:
    """Add a fix of half of the conversations: the impact is half of what it does for those."""
    reach, gap = 0.5, 0.4
    values = dict(
        zip(("impact_estimate", "impact_low", "impact_high"), (reach * one for one in predicted), strict=True)
    )
    frozen = {**values, "reach": reach, "gap": gap, "effect_on_exposed": predicted[0], "horizon_days": 28}
    insert(connection, "suggestions", [{**SUGGESTION, "suggestion_id": name, "category": category, "title": name}])
    insert(
        connection,
        "decisions",
        [
            {
                "decision_id": f"{name}-a", "suggestion_id": name, "decision": "accepted", "actor": "Ines",
                "decided_at": "2026-10-01T00:00:00+00:00", "prediction": json.dumps(frozen), "log_version": 1,
            }
        ],
    )  # fmt: skip
    insert(
        connection,
        "effects",
        [
            {
                "effect_id": f"{name}-e{method[-3:]}{at}", "suggestion_id": name, "metric": "success_rate",
                "effect": effect[0], "effect_low": effect[1], "effect_high": effect[2], "predicted": predicted[0],
                "method": method, "verdict": "improved", "measured_at": at, "before_count": 60, "after_count": 60,
            }
        ],
    )  # fmt: skip


SUGGESTION: dict[str, Any] = {
    "status": "shipped", "priority": "low", "implementation_effort": "low", "description": "", "explanation": "",
    "assumptions": "", "recommended_actions": "[]", "metrics_to_track": "[]", "evidence": "[]", "rule": "r",
    "proposed_at": "2026-09-01T00:00:00+00:00", "expires_at": "2026-12-01T00:00:00+00:00", "revised_on": "2026-10-01",
}  # fmt: skip


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def test_a_fix_is_held_against_its_own_prediction(connection: duckdb.DuckDBPyConnection) -> None:
    shipped(connection, "s1", effect=(0.06, 0.03, 0.09))
    (row,) = rows(connection, "from prediction_record")
    assert (row["predicted"], row["predicted_low"], row["predicted_high"]) == (0.10, 0.02, 0.20)
    # .06 − .10 = −.04; down sqrt(.03² + .10²) = .1044, up sqrt(.03² + .08²) = .0854; .06 / .4 = .15 of the gap
    assert row["error"] == pytest.approx(-0.04)
    assert row["error_low"] == pytest.approx(-0.1444, abs=1e-4)
    assert row["error_high"] == pytest.approx(0.0454, abs=1e-4)
    assert row["is_as_predicted"] is True
    assert row["closed_share"] == pytest.approx(0.15)


def test_an_interim_look_is_no_end_and_the_newest_end_counts(connection: duckdb.DuckDBPyConnection) -> None:
    shipped(connection, "s1", effect=(0.5, 0.4, 0.6), method="interim look, decided at 99.8 %")
    assert rows(connection, "from prediction_record") == []
    connection.execute("delete from suggestions; delete from decisions")
    shipped(connection, "s1", effect=(0.3, 0.2, 0.4), at="2026-11-01T00:00:00+00:00")
    connection.execute("delete from suggestions; delete from decisions")
    shipped(connection, "s1", effect=(0.2, 0.1, 0.3))
    assert [row["effect"] for row in rows(connection, "from prediction_record")] == [0.2]


def test_beliefs_rest_on_what_was_measured_before_the_day(connection: duckdb.DuckDBPyConnection) -> None:
    shipped(connection, "s1", effect=(0.0, -0.03, 0.03))  # nothing came of it: that counts too
    shipped(connection, "s2", effect=(0.2, 0.14, 0.26), category="flow", at="2026-11-21T00:00:00+00:00")
    query = load_sql("suggest/closed")
    assert connection.execute(query, {"until": "2026-11-20T00:00:00+00:00"}).fetchall() == []
    ((category, value, error),) = connection.execute(query, {"until": "2026-11-21T00:00:00+00:00"}).fetchall()
    # the interval's width .06 / 3.29 standard errors, / .4 of gap
    assert (category, value, error) == ("tools", 0.0, pytest.approx(0.0456, abs=1e-4))
    assert len(connection.execute(query, {"until": "2026-11-22T00:00:00+00:00"}).fetchall()) == 2


def test_predictions_are_judged_by_category_and_all_together(connection: duckdb.DuckDBPyConnection) -> None:
    shipped(connection, "s1", effect=(0.06, 0.03, 0.09))
    shipped(connection, "s2", effect=(-0.10, -0.14, -0.06))  # error −.2, far outside
    shipped(connection, "s3", effect=(0.12, 0.05, 0.19), category="flow")
    found = {row["category"]: row for row in rows(connection, "from prediction_accuracy")}
    assert set(found) == {"tools", "flow", "all"}
    assert (found["all"]["fix_count"], found["all"]["as_predicted_count"], found["all"]["judged_count"]) == (3, 2, 3)
    # errors −.04, −.2, .02: mean −.0733, variance .0133 / 3, t with two degrees of freedom 2.92
    assert found["all"]["mean_error"] == pytest.approx(-0.073333)
    half = 2.919986 * np.std([-0.04, -0.2, 0.02], ddof=1) / np.sqrt(3)
    assert found["all"]["mean_error_high"] == pytest.approx(-0.073333 + half, abs=1e-5)
    assert found["flow"]["mean_error_low"] is None


def test_right_predictions_are_as_predicted_nine_times_in_ten(connection: duckdb.DuckDBPyConnection) -> None:
    """400 fixes: what a fix does is drawn from the prediction, what is measured from what it does."""
    generator = np.random.default_rng(5)
    for number in range(400):
        true = generator.normal(0.10, 0.04)
        effect = generator.normal(true, 0.03)
        belief, measured = 1.645 * 0.04, 1.645 * 0.03
        shipped(
            connection,
            f"s{number}",
            effect=(effect, effect - measured, effect + measured),
            predicted=(0.10, 0.10 - belief, 0.10 + belief),
        )
    (row,) = rows(connection, "from prediction_accuracy where category = 'all'")
    assert 0.86 <= row["as_predicted_count"] / row["judged_count"] <= 0.94
    assert row["mean_error_low"] <= 0 <= row["mean_error_high"]


def test_the_report_says_how_earlier_bets_paid() -> None:
    with duckdb.connect() as opened:
        opened.execute("set timezone = 'UTC'")
        fill(opened)
        scope = ReportScope(week=Week.parse("2026-W47"), timezone="UTC", latency_threshold_ms=3000.0, window_days=28)
        assert bets(gather(opened, scope)).startswith("No fix has been measured to the end")
        shipped(opened, "b1", effect=(0.06, 0.03, 0.09))
        one = bets(gather(opened, scope))
        shipped(opened, "b2", effect=(0.10, 0.05, 0.15))
        shipped(opened, "b3", effect=(0.50, 0.45, 0.55), at="2026-12-20T00:00:00+00:00")  # after this week's end
        two = bets(gather(opened, scope))
    assert one == (
        "Predictions so far: the one fix measured to the end, predicted +10.0 and measured +6.0 points on the "
        "conversations touched. Too few to judge predictions by."
    )
    # errors −.04 and 0: mean −.02, half 6.313752 × .0283 / sqrt(2) = .126
    assert two == (
        "Predictions so far: 2 fixes measured to the end, predicted +10.0 and measured +8.0 points on the conversations"
        " touched, on average −2.0 off (−14.6 to +10.6). As predicted, within both intervals: 2 of 2; 90 % should be."
    )
