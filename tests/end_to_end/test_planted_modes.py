"""The list holds what was planted: on simulated logs whose seed was not used while building."""

from datetime import date
from pathlib import Path

import pytest

from tests.support.homes import simulated_home, upturn, upturn_json
from tests.support.truth import Match, matches
from upturn.home import Home

pytestmark = pytest.mark.slow

SEED = 302
WORTH = 0.005
"""True effect from which a mode is worth a place on the list: half a point of the success rate."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    root: Path = tmp_path_factory.mktemp("planted") / "home"
    made = simulated_home(root, days=28, per_day=150, seed=SEED, start=date(2026, 10, 26))
    upturn("run", home=root)
    upturn("report", "--week", "2026-W47", home=root)
    return made


@pytest.fixture(scope="module")
def found(home: Home) -> list[Match]:
    return matches(home, home.inbox)


def test_most_planted_modes_are_among_the_first_ten(found: list[Match]) -> None:
    worth = [match for match in found if match.mode["effect"] >= WORTH]
    listed = [match for match in worth if match.place is not None and match.place <= 10]
    for match in found:
        print(f"{match.mode['kind']:18} effect {match.mode['effect']:.4f} -> {match.place} {match.title}")
    assert len(worth) >= 5
    assert len(listed) >= 0.7 * len(worth)


def test_the_largest_modes_lead(found: list[Match]) -> None:
    assert sum(match.place is not None and match.place <= 8 for match in found[:5]) >= 3


def test_what_is_critical_is_on_the_list_however_rare(found: list[Match]) -> None:
    critical = [match for match in found if match.mode["severity"] == "critical"]
    assert critical
    assert all(match.place is not None and match.place <= 3 for match in critical)


def test_the_list_is_short(home: Home) -> None:
    (row,) = upturn_json("sql", "select count(*) as pending from suggestion_list", home=home.root)
    assert 5 <= row["pending"] <= 25


def test_every_suggestion_says_why_in_one_line(home: Home) -> None:
    for row in upturn_json("sql", "select suggestion_id, title, explanation from suggestion_list", home=home.root):
        told = upturn("explain", row["suggestion_id"], home=home.root).splitlines()
        assert row["title"] in told[0]
        assert row["explanation"].strip()
        assert "\n" not in row["explanation"]


def test_users_ids_are_in_no_event_and_no_report(home: Home) -> None:
    user_id = "user-302-"
    assert user_id in (home.inbox / "chat-2026-11-02.jsonl").read_text()
    for report in home.reports.iterdir():
        assert user_id not in report.read_text()
    assert upturn_json("sql", f"select 1 from turns where content like '%{user_id}%'", home=home.root) == []
    assert upturn_json("sql", f"select 1 from conversations where user_key like '%{user_id}%'", home=home.root) == []
