"""The day that is still running: read again and again, and by the daily run at its end, as if it had been read once."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from upturn.cli.homes import init
from upturn.domain.errors import NotFoundError
from upturn.home import Home
from upturn.schedule import NEAR_REAL_TIME_STEPS
from upturn.simulate.logs import write_logs
from upturn.stages.near_real_time import near_real_time
from upturn.wiring import open_context, run_stages

DAY = date(2026, 11, 2)
STAGES = ("ingest", "validate", "append", "project", "score", "detect", "alert", "publish")
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    init(home=tmp_path / "home", timezone="UTC", start=DAY.isoformat())
    place = Home(tmp_path / "home")
    write_logs(place.inbox, days=1, per_day=60, seed=3, start=DAY)
    place.configuration.write_text(
        place.configuration.read_text(encoding="utf-8")
        + '\n[[thresholds.alerts]]\nname = "long_talks"\nmetric = "turn_count"\nabove = 2\nwindow_days = 1\n',
        encoding="utf-8",
    )
    return place


def look(home: Home, moment: datetime) -> dict[str, int]:
    context = open_context(home.root)
    return {step: near_real_time(context, step, moment).appended for step in NEAR_REAL_TIME_STEPS}


@pytest.mark.slow
def test_looks_and_the_daily_run_append_every_fact_and_crossing_once(home: Home) -> None:
    log = home.inbox / f"chat-{DAY}.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
    log.write_text("".join(lines[:40]), encoding="utf-8")
    first = look(home, NOON)
    assert first["ingest"] > 40
    assert first["thresholds"] >= 1  # long_talks is crossed
    assert look(home, NOON) == {"ingest": 0, "rules": 0, "thresholds": 0}

    log.write_text("".join(lines), encoding="utf-8")
    context = open_context(home.root)
    counts = run_stages(context, DAY, STAGES)
    assert counts["append"].skipped == first["ingest"]
    run_stages(context, DAY, STAGES)
    with context.warehouse.connect() as connection:
        alerts = connection.execute("select count(*) from alerts where name = 'long_talks'").fetchone()
    assert alerts == (1,)


def test_a_conversation_that_is_going_on_stays_open_and_the_day_undone(home: Home) -> None:
    log = home.inbox / f"chat-{DAY}.jsonl"
    records = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    unended = [{key: value for key, value in one.items() if key not in {"ended_at", "outcome"}} for one in records]
    log.write_text("".join(json.dumps(one) + "\n" for one in unended), encoding="utf-8")
    context = open_context(home.root)
    near_real_time(context, "ingest", NOON)
    near_real_time(context, "rules", NOON)
    with context.warehouse.connect() as connection:
        (as_of,) = connection.execute("select as_of from warehouse_state").fetchone() or (None,)
        waiting = "select count(*) from conversations where is_open and last_turn_at > $1"
        going_on = connection.execute(waiting, [NOON]).fetchone()
        runs = connection.execute("select count(*) from runs").fetchone()
    assert as_of == NOON
    assert going_on > (0,)  # with the day's end as the moment, all that idle by then would be over
    assert runs == (0,)


def test_a_step_that_there_is_not_is_named(home: Home) -> None:
    with pytest.raises(NotFoundError, match="no step 'cluster'"):
        near_real_time(open_context(home.root), "cluster", NOON)
