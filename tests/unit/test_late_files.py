from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.homes import simulated_home
from upturn.home import Home
from upturn.stages.pending import late_days, pending_days
from upturn.warehouse import query
from upturn.wiring import open_context, read_late_files, run_stages

MONDAY = date(2026, 11, 2)
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home whose Monday was run without the last conversation of its file, which then came."""
    home = simulated_home(tmp_path / "home", days=2, per_day=8, seed=3, start=MONDAY)
    log = home.inbox / f"chat-{MONDAY}.jsonl"
    whole = log.read_text(encoding="utf-8").splitlines(keepends=True)
    log.write_text("".join(whole[:-1]), encoding="utf-8")
    run_stages(open_context(home.root), MONDAY)
    log.write_text("".join(whole), encoding="utf-8")
    return home


def test_the_run_of_a_day_takes_in_what_came_late_for_one_before(home: Home) -> None:
    context = open_context(home.root)
    assert late_days(context, TUESDAY) == [MONDAY]
    counts = read_late_files(context, TUESDAY)
    assert counts.notes["days"] == "2026-11-02"
    assert counts.appended > 0
    run_stages(context, TUESDAY)
    found = query(home, "select started_at::date::varchar, count(*) from conversations group by 1 order by 1").rows
    lines = [len((home.inbox / f"chat-{day}.jsonl").read_text("utf-8").splitlines()) for day in (MONDAY, TUESDAY)]
    assert found == (("2026-11-02", lines[0]), ("2026-11-03", lines[1]))
    assert pending_days(context) == []  # nor does `upturn run` read it once more


def test_what_was_read_late_is_not_read_again(home: Home) -> None:
    context = open_context(home.root)
    read_late_files(context, TUESDAY)
    version = context.log.version
    assert late_days(context, TUESDAY) == []
    assert read_late_files(context, TUESDAY).as_dict() == {
        "read": 0,
        "appended": 0,
        "skipped": 0,
        "quarantined": 0,
        "days": "",
    }
    assert context.log.version == version


def test_days_that_were_never_run_and_the_day_itself_are_not_late(home: Home) -> None:
    context = open_context(home.root)
    assert late_days(context, MONDAY) == []
    (home.inbox / f"chat-{MONDAY - timedelta(days=3)}.jsonl").write_text("{}\n", encoding="utf-8")
    assert late_days(context, TUESDAY) == [MONDAY]
