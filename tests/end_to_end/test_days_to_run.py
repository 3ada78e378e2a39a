"""`upturn run` on real homes: what it does again, and what it never does again."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.homes import upturn, upturn_json
from upturn.home import Home

pytestmark = pytest.mark.slow

MONDAY, TUESDAY = date(2026, 11, 2), date(2026, 11, 3)


def write(path: Path, day: date, *names: str) -> Path:
    """Write one short conversation a name."""
    start = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=9)
    records = [
        {
            "conversation_id": name,
            "assistant_id": "shop",
            "started_at": start.isoformat(),
            "ended_at": (start + timedelta(minutes=2)).isoformat(),
            "turns": [
                {"role": "user", "content": "Where is my order?", "created_at": start.isoformat()},
                {"role": "assistant", "content": "It arrives on Friday.", "created_at": start.isoformat()},
            ],
        }
        for name in names
    ]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    upturn("init", "--start", MONDAY.isoformat(), home=tmp_path / "home")
    return Home(tmp_path / "home")


def conversations(home: Home) -> int:
    (row,) = upturn_json("sql", "select count(*) as n from conversations", home=home.root)
    return int(row["n"])


def test_a_late_file_opens_its_day_again_and_once(home: Home) -> None:
    write(home.inbox / f"chat-{MONDAY}.jsonl", MONDAY, "a")
    write(home.inbox / f"chat-{TUESDAY}.jsonl", TUESDAY, "b")
    assert list(upturn_json("run", home=home.root)) == ["2026-11-02", "2026-11-03"]
    assert upturn_json("run", home=home.root) == {}
    write(home.inbox / f"chat-{MONDAY}.jsonl", MONDAY, "a", "late")
    assert list(upturn_json("run", home=home.root)) == ["2026-11-02"]
    assert conversations(home) == 3
    assert upturn_json("run", home=home.root) == {}
    days = upturn_json("sql", "select day, read_count from completeness order by day", home=home.root)
    assert [(row["day"], row["read_count"]) for row in days] == [("2026-11-02", 2), ("2026-11-03", 1)]


def test_a_day_that_is_not_over_or_to_come_waits(home: Home) -> None:
    today = datetime.now(UTC).date()
    for day in (today, today + timedelta(days=3)):
        write(home.inbox / f"chat-{day}.jsonl", day, f"of-{day}")
    assert upturn_json("run", home=home.root) == {}


def test_what_was_ingested_by_hand_is_run_once(home: Home, tmp_path: Path) -> None:
    write(home.inbox / f"chat-{TUESDAY}.jsonl", TUESDAY, "b")
    assert list(upturn_json("run", home=home.root)) == ["2026-11-03"]
    upturn("ingest", str(write(tmp_path / "old.jsonl", MONDAY, "old")), home=home.root)
    assert list(upturn_json("run", home=home.root)) == ["2026-11-03"]
    assert conversations(home) == 2
    assert upturn_json("run", home=home.root) == {}
    # the same by hand again is nothing new
    upturn("ingest", str(tmp_path / "old.jsonl"), home=home.root)
    assert upturn_json("run", home=home.root) == {}


def test_the_demo_takes_no_other_homes_place(home: Home) -> None:
    write(home.inbox / f"chat-{MONDAY}.jsonl", MONDAY, "a")
    said = upturn("demo", home=home.root, expect=1)
    assert "is no demo's home" in said
    assert (home.inbox / f"chat-{MONDAY}.jsonl").exists()


def test_a_home_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = upturn("init", home=tmp_path / "file" / "home", expect=2)
    assert "can't be made" in said
    assert "Traceback" not in said
