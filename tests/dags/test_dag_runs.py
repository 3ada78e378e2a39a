from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.airflow_runs import run_dags
from tests.support.homes import simulated_home
from upturn.home import Home
from upturn.log.delta import DeltaLog
from upturn.schedule import DAILY_STAGES
from upturn.warehouse import query

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

MONDAY = date(2026, 11, 2)
WEEK = "2026-W45"
DAYS = [MONDAY + timedelta(days=number) for number in range(7)]


class Ran(NamedTuple):
    home: Home
    states: list[str]
    version_after_first: int
    version_after_second: int


def daily(day: date) -> tuple[str, str, dict[str, str]]:
    later = datetime.combine(day + timedelta(days=2), datetime.min.time(), UTC)
    return ("daily_optimization", later.isoformat(), {"day": day.isoformat()})


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A week day by day, its review, the last day again, a rebuild: all real DAG runs."""
    home = simulated_home(tmp_path_factory.mktemp("home"), days=7, per_day=60, seed=3, start=MONDAY)
    weekly = ("weekly_review", datetime(2026, 11, 16, tzinfo=UTC).isoformat(), {"week": WEEK})
    states = run_dags(home.root, [*map(daily, DAYS), weekly])
    first = DeltaLog(home.events).version
    again = ("daily_optimization", datetime(2026, 11, 30, tzinfo=UTC).isoformat(), {"day": DAYS[-1].isoformat()})
    rebuild = ("rebuild_warehouse", datetime(2026, 12, 1, tzinfo=UTC).isoformat(), {})
    states += run_dags(home.root, [again, rebuild])
    return Ran(home, states, first, DeltaLog(home.events).version)


def test_every_run_succeeds(ran: Ran) -> None:
    assert ran.states == ["success"] * 10  # seven days, the review, one day again, the rebuild


def test_a_day_that_is_run_twice_appends_nothing(ran: Ran) -> None:
    assert ran.version_after_second == ran.version_after_first


def test_every_stage_is_recorded_for_every_day(ran: Ran) -> None:
    rows = query(ran.home, "select distinct day::varchar, stage from runs").rows
    assert set(rows) == {(day.isoformat(), stage) for day in DAYS for stage in DAILY_STAGES}


def test_the_week_is_reported_and_its_list_is_frozen(ran: Ran) -> None:
    for suffix in ("html", "md", "json"):
        assert (ran.home.reports / f"{WEEK}.{suffix}").stat().st_size > 1000
    ranks = list(query(ran.home, f"select rank from weekly_rankings where week = '{WEEK}' order by rank").rows)
    assert ranks == [(number + 1,) for number in range(len(ranks))]
    assert ranks


def test_the_near_real_time_run_leaves_the_daily_one_nothing_to_append_twice(tmp_path: Path) -> None:
    home = simulated_home(tmp_path / "home", days=1, per_day=60, seed=3, start=MONDAY)
    log = home.inbox / f"chat-{MONDAY}.jsonl"
    whole = log.read_text(encoding="utf-8").splitlines(keepends=True)
    noon = datetime(2026, 11, 2, 12, 5, tzinfo=UTC)
    soon = ("near_real_time", noon.isoformat(), {"moment": noon.isoformat()})
    log.write_text("".join(whole[:30]), encoding="utf-8")  # the day is still being written
    assert run_dags(home.root, [soon, soon]) == ["success"] * 2
    (early,) = query(home, "select count(*), count(*) filter (where is_open) from conversations").rows
    assert early[0] == 30
    assert query(home, "select count(*) from runs").rows == ((0,),)  # no stage counts as done for the day
    log.write_text("".join(whole), encoding="utf-8")
    assert run_dags(home.root, [daily(MONDAY)]) == ["success"]
    events = DeltaLog(home.events).read(types=["conversation.started", "alert.raised"])
    assert len(set(events["id"].to_pylist())) == events.num_rows
    assert query(home, "select count(*) from conversations").rows == ((len(whole),),)
    done = {stage for (stage,) in query(home, "select stage from runs").rows}
    assert done == set(DAILY_STAGES) - {"publish"}  # recorded once readers have the file


def test_the_next_day_reads_what_came_late_for_the_day_before(tmp_path: Path) -> None:
    home = simulated_home(tmp_path / "home", days=2, per_day=20, seed=3, start=MONDAY)
    log = home.inbox / f"chat-{MONDAY}.jsonl"
    whole = log.read_text(encoding="utf-8").splitlines(keepends=True)
    log.write_text("".join(whole[:-1]), encoding="utf-8")
    assert run_dags(home.root, [daily(MONDAY)]) == ["success"]
    log.write_text("".join(whole), encoding="utf-8")
    assert run_dags(home.root, [daily(DAYS[1]), daily(DAYS[2])]) == ["success"] * 2
    of_monday = "select count(*) from conversations where started_at::date = date '2026-11-02'"
    assert query(home, of_monday).rows == ((len(whole),),)
    reads = query(home, "select count(*) from runs where stage = 'ingest' and day = date '2026-11-02'").rows
    assert reads == ((2,),)  # as it was found first, and once more with what came late


def test_the_terminal_error_of_a_bad_home_fails_the_run_without_retries(tmp_path: Path) -> None:
    (tmp_path / "home.json").write_text('{"home_version": 99}')
    assert run_dags(tmp_path, [daily(MONDAY)]) == ["failed"]
