"""New versions in a home: compared daily, an alert once for a metric that got worse, all of it in tables and report."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.support.failing import add_conversation, open_tables
from upturn.cli.homes import init
from upturn.home import Home
from upturn.impact.version_watch import METHODS
from upturn.report.gather import ReportScope, gather
from upturn.report.week import Week
from upturn.resources import load_sql
from upturn.stages.stage import StageContext
from upturn.wiring import open_context, run_stages

pytestmark = pytest.mark.slow

MONDAY = date(2026, 11, 2)
DAYS, RELEASED = 8, 5
"""Days of the log; the day, from 0, from which every other user has the new version."""
STAGES = ("ingest", "validate", "append", "project", "score", "detect", "measure", "publish")


def conversations(day: int) -> Iterator[dict[str, Any]]:
    """Sixty conversations a day. The new version answers in a second instead of four, but errs in every second."""
    dice = random.Random(day)
    for number in range(60):
        is_new = day >= RELEASED and number % 2 == 0
        start = datetime(2026, 11, 2, 8, tzinfo=UTC) + timedelta(days=day, minutes=number)
        is_wrong = dice.random() < (0.5 if is_new else 0.02)
        answer = {
            "role": "assistant",
            "content": "Your order is on its way.",
            "created_at": (start + timedelta(seconds=9)).isoformat(),
            "latency_ms": dice.gauss(1000 if is_new else 4000, 100),
            **({"error_type": "timeout"} if is_wrong else {}),
        }
        yield {
            "conversation_id": f"c-{day}-{number}",
            "assistant_id": "shop",
            "assistant_version": "v2" if is_new else "v1",
            "config_version": "prompt-1",
            "channel": "web",
            "user_id": f"user-{number}-{day % 3}",
            "started_at": start.isoformat(),
            "ended_at": (start + timedelta(minutes=1)).isoformat(),
            "turns": [{"role": "user", "content": "Where is my order?", "created_at": start.isoformat()}, answer],
        }


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> StageContext:
    root = tmp_path_factory.mktemp("watch") / "home"
    init(home=root, timezone="UTC", start=MONDAY.isoformat())
    home = Home(root)
    for day in range(DAYS):
        name = home.inbox / f"chat-{MONDAY + timedelta(days=day)}.jsonl"
        name.write_text("".join(json.dumps(one) + "\n" for one in conversations(day)), encoding="utf-8")
    context = open_context(root)
    for day in range(DAYS):
        run_stages(context, MONDAY + timedelta(days=day), STAGES)
    return context


def asked(context: StageContext, sql: str) -> list[tuple[Any, ...]]:
    with context.warehouse.connect() as connection:
        return connection.execute(sql).fetchall()


def test_a_version_that_mends_one_thing_and_breaks_another_is_told_so(watched: StageContext) -> None:
    rows = asked(
        watched,
        "select metric, verdict, is_flagged, n, n_before from version_differences "
        f"where method = '{METHODS[0]}' and metric in ('error_rate', 'response_ms', 'turn_count') order by metric",
    )
    # three days with 30 of each version; every conversation has two turns: nothing to tell
    assert rows == [
        ("error_rate", "worse", True, 90, 90),
        ("response_ms", "better", False, 90, 90),
        ("turn_count", "too little data", False, 90, 90),
    ]
    pair = "assistant_id, dimension, version, version_before, first_day, compared_on"
    last = MONDAY + timedelta(days=DAYS - 1)
    assert asked(watched, f"select distinct {pair} from version_differences") == [
        ("shop", "assistant_version", "v2", "v1", MONDAY + timedelta(days=RELEASED), last)
    ]
    before = asked(
        watched,
        "select n, n_before, is_flagged from version_differences "
        f"where method = '{METHODS[1]}' and metric = 'error_rate'",
    )
    assert before == [(90, 60 * RELEASED, False)]  # the days side by side decide


def test_an_alert_is_raised_once_for_a_metric_and_a_run_again_appends_nothing(watched: StageContext) -> None:
    told = asked(
        watched,
        "select metric, segment, version_before, direction, method, count(*), min(difference_low) > 0 "
        "from alerts where kind = 'regression' and metric = 'error_rate' group by all",
    )
    assert told == [("error_rate", "shop v2", "v1", "above", METHODS[0], 1, True)]
    flagged = asked(watched, "select count(*) from alerts where kind = 'regression' and metric like '%response%'")
    assert flagged == [(0,)]
    version = watched.log.version
    for day in range(DAYS):
        counts = run_stages(watched, MONDAY + timedelta(days=day), ("measure",))["measure"]
        assert counts.notes["versions"] == int(day >= RELEASED)
    assert watched.log.version == version


def test_the_weekly_report_says_what_got_worse(watched: StageContext) -> None:
    lines = []
    for week in ("2026-W45", "2026-W46"):
        with watched.warehouse.connect() as connection:
            scope = ReportScope(week=Week.parse(week), timezone="UTC", latency_threshold_ms=3000, window_days=28)
            lines += [alert.line for alert in gather(connection, scope).alerts if alert.metric == "error_rate"]
    (line,) = lines
    assert line.startswith("Worse in shop v2 than in v1: error rate ")
    assert "; same days), " in line


def pairs_of(*named: tuple[str, str | None, str | None, int]) -> list[tuple[Any, ...]]:
    """Pairs on day 40 of conversations (assistant, version, config, day)."""
    with open_tables() as connection:
        for number, (assistant, version, config, day) in enumerate(named):
            add_conversation(
                connection,
                f"c{number}",
                [],
                assistant_id=assistant,
                assistant_version=version,
                config_version=config,
                started_at=datetime(2026, 11, 2, 12, tzinfo=UTC) + timedelta(days=day),
                day=MONDAY + timedelta(days=day),
            )
        parameters = {"day": MONDAY + timedelta(days=40), "horizon_days": 28}
        return connection.execute(load_sql("watch/pairs"), parameters).fetchall()


def test_each_late_version_is_paired_with_the_one_that_came_before_it() -> None:
    found = pairs_of(
        ("shop", "v1", None, 0),
        ("shop", "v2", "p1", 12),  # came 29 days ago: no longer watched
        ("shop", "v3", "p1", 13),
        ("shop", "v1", "p2", 14),  # v1 is back: it came on day 0
        ("shop", None, None, 15),
        ("bank", "v9", None, 39),  # the first of its assistant
        ("shop", "v4", "p2", 41),  # not yet
    )
    days = {"v3": MONDAY + timedelta(days=13), "p2": MONDAY + timedelta(days=14)}
    assert found == [
        ("shop", "assistant_version", "v3", "v2", days["v3"]),
        ("shop", "config_version", "p2", "p1", days["p2"]),
    ]
    assert pairs_of() == []
