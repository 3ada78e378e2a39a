"""`measure`: the effect of a shipped fix against its frozen prediction, looked at once a week."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.support.planted import LAST_DAY, add_days, planted_context
from upturn.domain.decision import SuggestionState
from upturn.stages.measure import look_of, measure
from upturn.stages.review import decide, ship
from upturn.stages.state import state_of
from upturn.stages.suggest import suggest

SHIPPED = datetime(2026, 11, 10, tzinfo=UTC)


@pytest.fixture
def shipped(tmp_path):
    context = planted_context(tmp_path)
    suggest(context, LAST_DAY)
    with context.warehouse.connect() as connection:
        (name,) = connection.execute("select suggestion_id from suggestions").fetchone()
    decide(context, name, "accepted", actor="ana", at=SHIPPED - timedelta(days=5))
    ship(context, name, version="v2", actor="ana", at=SHIPPED)
    return context


def effects(context):
    with context.warehouse.connect() as connection:
        query = "select effect, predicted, verdict, before_count, after_count, method from effects order by measured_at"
        return connection.execute(query).fetchall()


def test_the_planted_effect_is_measured_without_the_window_that_chose_it(shipped):
    # refunds .4 → .8 from the shipping on, the others stay at .9: .4 − 0 = .4; predicted .05 / .2 = .25
    add_days(shipped, until=68, better_from=SHIPPED)
    assert measure(shipped, date(2026, 12, 8)).appended == 1
    ((effect, predicted, verdict, before, after, method),) = effects(shipped)
    assert (effect, predicted, verdict) == (0.4, 0.25, "improved")
    # per day 4 of 20; before: days 28..39 of the history (29 October to 9 November), after: days 40..67
    assert (before, after) == (12 * 4, 28 * 4)
    assert "left out" in method
    assert method.endswith("final")


@pytest.mark.slow
def test_the_same_day_twice_measures_once_and_only_weekly(shipped):
    add_days(shipped, until=68, better_from=SHIPPED)
    appended = [measure(shipped, date(2026, 11, 11) + timedelta(days=days)).appended for days in range(40)]
    assert sum(appended) == 4
    assert [verdict for _, _, verdict, *_ in effects(shipped)] == ["improved"] * 4
    assert measure(shipped, date(2026, 12, 8)).appended == 0


def test_no_change_is_no_measurable_effect(shipped):
    add_days(shipped, until=68, better_from=datetime(2030, 1, 1, tzinfo=UTC))
    measure(shipped, date(2026, 12, 8))
    assert [(effect, verdict) for effect, _, verdict, *_ in effects(shipped)] == [(0.0, "no measurable effect")]


def test_nobody_after_the_change_is_too_little_data(shipped):
    measure(shipped, date(2026, 11, 17))
    assert [(effect, verdict, after) for effect, _, verdict, _, after, _ in effects(shipped)] == [
        (None, "too little data", 0)
    ]


def test_shipping_at_once_measures_against_the_selecting_window_and_says_so(tmp_path):
    context = planted_context(tmp_path)
    suggest(context, LAST_DAY)
    with context.warehouse.connect() as connection:
        (name,) = connection.execute("select suggestion_id from suggestions").fetchone()
    at = datetime(2026, 10, 29, tzinfo=UTC)
    decide(context, name, "accepted", actor="ana", at=at)
    ship(context, name, version="v2", actor="ana", at=at)
    add_days(context, until=56, better_from=at)
    measure(context, date(2026, 11, 26))
    ((effect, _, verdict, before, _, method),) = effects(context)
    assert (effect, verdict, before) == (0.4, "improved", 112)
    assert "regression to the mean" in method


@pytest.mark.parametrize(("age", "is_due"), [(0, False), (1, False), (7, True), (20, True), (21, False), (27, False)])
def test_looks_are_weekly_and_last_at_the_end_of_the_horizon(age, is_due):
    prediction = {"horizon_days": 20, "exposure_rules": [{"topic_ids": ["t1"]}]}
    state = SuggestionState("s1", SHIPPED, "shipped", shipped_at=SHIPPED, prediction=prediction)
    look = look_of(state, SHIPPED.date() + timedelta(days=age), "UTC")
    assert (look is not None) == is_due
    if look:
        assert look.is_final == (age == 20)


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        (None, "no rule says"),
        ([], "no rule says"),
        ([{"topic_ids": ["t1"], "latency_over_ms": 3000}], "it touches slow responses"),
        ([{"topic_ids": ["t1"], "mood": "x", "latency_over_ms": 3}], "by latency_over_ms, mood"),
    ],
)
def test_an_exposure_that_can_not_be_told_on_other_days_is_said_to_be_so_once(rules, why):
    prediction = {"horizon_days": 20, "exposure_rules": rules}
    state = SuggestionState("s1", SHIPPED, "shipped", shipped_at=SHIPPED, prediction=prediction)
    looks = [look_of(state, SHIPPED.date() + timedelta(days=age), "UTC") for age in range(30)]
    assert [age for age, look in enumerate(looks) if look] == [7]
    assert why in looks[7].why_not
    assert looks[7].is_final


def test_a_fix_of_slow_responses_is_recorded_as_not_measurable(shipped, monkeypatch):
    def slow(connection, name):
        found = state_of(connection, name)
        rules = [{"topic_ids": ["t1"], "latency_over_ms": 3000.0}]
        return replace(found, prediction={**found.prediction, "exposure_rules": rules})

    monkeypatch.setattr("upturn.stages.measure.state_of", slow)
    days = [SHIPPED.date() + timedelta(days=age) for age in (7, 14, 28)]
    assert [measure(shipped, day).appended for day in days] == [1, 0, 0]
    ((effect, _, verdict, before, after, method),) = effects(shipped)
    assert (effect, verdict, before, after) == (None, "not measurable", 0, 0)
    assert method.startswith("it touches slow responses")
