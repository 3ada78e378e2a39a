"""Limits, when one is crossed, and the stage that appends the crossing: once, whatever is run again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from tests.support.homes import simulated_home
from tests.support.scoring import keep_traits
from tests.support.tables import load_canonical
from upturn.alert_limits import ALERT_METRICS, AlertLimit, alert_limits
from upturn.domain.crossing import Reading, crossings
from upturn.domain.errors import ConfigurationError
from upturn.home import Home
from upturn.resources import load_sql
from upturn.settings import load_settings
from upturn.warehouse import create_schema
from upturn.wiring import open_context, run_stages

MONDAY = date(2026, 11, 2)


def readings(*values: float | None, segment: str | None = None, count: int = 30) -> list[Reading]:
    """One reading a day from Monday; None: nothing in the window."""
    return [
        Reading(
            MONDAY + timedelta(days=number), segment, value, value, None, None, count, datetime(2026, 11, 2, tzinfo=UTC)
        )
        for number, value in enumerate(values)
        if value is not None
    ]


def crossed(given: list[Reading], first_day: date = MONDAY) -> list[tuple[int, str | None]]:
    found = crossings(given, is_beyond=lambda value: value > 3, min_conversations=20, first_day=first_day)
    return [((one.day - MONDAY).days, one.segment) for one in found]


@pytest.mark.parametrize(
    ("values", "days"),
    [
        ((1, 4, 5, 4, 1), [1]),  # it stands for three days and is told once
        ((4, 1, 4), [0, 2]),  # back within the limit and over it again: two crossings
        ((3, 3), []),  # the limit itself is not beyond
        ((4, None, 4), [0, 2]),  # a window of nothing is not beyond
        ((), []),
    ],
)
def test_a_limit_is_crossed_on_the_first_day_beyond_it(values: tuple[float | None, ...], days: list[int]) -> None:
    assert crossed(readings(*values)) == [(day, None) for day in days]


def test_segments_cross_by_themselves_and_small_windows_never() -> None:
    given = [*readings(4, 4, segment="web"), *readings(1, 4, segment="phone"), *readings(9, 9, segment="fax", count=19)]
    assert crossed(given) == [(0, "web"), (1, "phone")]
    assert crossed(given, first_day=MONDAY + timedelta(days=1)) == [(1, "phone")]


def test_the_defaults_stand_until_a_limit_takes_their_name() -> None:
    assert [(one.name, one.statistic, one.threshold) for one in alert_limits(3000, ())] == [
        ("response_time", "p95", 3000),
        ("error_rate", "mean", 0.05),
        ("satisfaction", "mean", 0.625),  # 3.5 on 1-5: (3.5 − 1) / 4
    ]
    own = AlertLimit(name="error_rate", metric="error_rate", above=0.1, segment="channel")
    off = AlertLimit(name="satisfaction", metric="satisfaction", below=0.5, is_on=False)
    assert [one.name for one in alert_limits(3000, (own, off))] == ["response_time", "error_rate"]
    assert not own.is_beyond(0.1)
    assert off.is_beyond(0.49)


ERRORS = 'name = "a"\nmetric = "error_rate"\nabove = 1\n'


def configured(root: Path, text: str) -> Home:
    home = Home(root).create()
    home.configuration.write_text(text, encoding="utf-8")
    return home


@pytest.mark.parametrize("table", ["thresholds.alerts", "thresholds"])
def test_limits_are_read_from_the_configuration(tmp_path: Path, table: str) -> None:
    text = f'[[{table}]]\nname = "slow_web"\nmetric = "response_ms"\nstatistic = "p99"\nabove = 9000\nwindow_days = 1\n'
    limits = load_settings(configured(tmp_path, text)).thresholds.limits
    assert [limit.name for limit in limits] == ["response_time", "error_rate", "satisfaction", "slow_web"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('name = "a"\nmetric = "error_rate"\n', "one of `above` and `below`"),
        ('name = "a"\nmetric = "mood"\nabove = 1\n', "no metric 'mood'"),
        (
            f"{ERRORS}[[thresholds.alerts]]\n{ERRORS}",
            "two alerts",
        ),
    ],
)
def test_a_limit_that_says_nothing_sensible_is_refused(tmp_path: Path, lines: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        load_settings(configured(tmp_path, f"[[thresholds.alerts]]\n{lines}"))


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return simulated_home(tmp_path_factory.mktemp("home"), days=4, per_day=60, seed=3, start=MONDAY)


def test_every_metric_of_the_marts_can_be_watched(simulated: Home) -> None:
    with duckdb.connect() as connection:
        create_schema(connection)
        load_canonical(connection, simulated.inbox)
        keep_traits(connection)
        told = {name for (name,) in connection.execute("select distinct metric from conversation_measures").fetchall()}
        connection.execute("create temp table alert_measures as from conversation_measures")
        figures = {"first_day": MONDAY, "last_day": MONDAY, "window_days": 1, "segment": "channel"}
        for statistic in ("mean", "p95"):
            rows = connection.execute(
                load_sql("alerts/readings"), {"metric": "response_ms", "statistic": statistic, **figures}
            ).fetchall()
            assert rows
            for _, segment, value, mean, low, high, count, _ in rows:
                exact = connection.execute(
                    "select quantile_disc(latency_ms, 0.95), count(distinct conversation_id) from turns "
                    "inner join conversations using (conversation_id) "
                    "where role = 'assistant' and latency_ms is not null and day = $1 and channel = $2",
                    [MONDAY, segment],
                ).fetchone()
                assert (value, count) == ((mean if statistic == "mean" else exact[0]), exact[1])
                assert low <= mean <= high
    known = set(ALERT_METRICS)
    assert told <= known
    assert known - told <= {
        "accuracy",
        "relevance",
        "coherence",
        "completeness",
        "helpfulness",
        "safety",
        "efficiency",
        "success_rate",
        "rephrase_rate",
        "answer_repeat_rate",
        "repeat_contact_rate",
    }  # fmt: skip  (of scores, failures and topics, which were not made here)


@pytest.mark.slow
def test_a_crossing_is_appended_once_and_shown(simulated: Home) -> None:
    simulated.configuration.write_text(
        simulated.configuration.read_text(encoding="utf-8")
        + '\n[[thresholds.alerts]]\nname = "long_talks"\nmetric = "turn_count"\nabove = 2\n'
        'window_days = 2\nsegment = "assistant"\n'
        '\n[[thresholds.alerts]]\nname = "unsafe"\nmetric = "safety"\nbelow = 1.1\n',
        encoding="utf-8",
    )
    context = open_context(simulated.root)
    names = ("ingest", "validate", "append", "project", "score", "detect", "alert", "publish")
    days = [MONDAY + timedelta(days=number) for number in range(4)]
    for day in days:
        run_stages(context, day, names)
    with context.warehouse.connect() as connection:
        told = connection.execute(
            "select name, segment, cast(min(last_day) as varchar), count(*), min(conversation_count) from alerts "
            "where name in ('long_talks', 'unsafe') group by all order by all"
        ).fetchall()
    # both limits are crossed from the first day on, and stay so: one alert each, on the day with enough conversations
    assert [(name, count) for name, _, _, count, _ in told] == [("long_talks", 1)] * 3 + [("unsafe", 1)]
    assert {segment for name, segment, *_ in told if name == "long_talks"} == {"shop", "telecom", "bank"}
    version = context.log.version
    for day in days:
        run_stages(context, day, names)
    assert context.log.version == version
    counted = [run_stages(context, day, ("alert",))["alert"] for day, _ in pairwise(days)]
    assert all(count.appended == 0 for count in counted)
