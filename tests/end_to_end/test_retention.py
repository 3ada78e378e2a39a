"""Retention by the daily run: each kind goes when its own time is over, and what comes again goes again."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.erasing import places_of
from upturn.home import Home
from upturn.stages.given import Given
from upturn.stages.pending import pending_days
from upturn.stages.stage import StageContext
from upturn.wiring import open_context, run_stages, take_in

pytestmark = pytest.mark.slow

FIRST = date(2026, 8, 3)  # a Monday, of week 32
KEPT = {"unparseable": 14, "feedback": 25, "reports": 28, "quarantine": 35, "conversations": 42}
WORDS = {
    "unparseable": "quuxbroken",
    "feedback": "grumbled",
    "reports": "zebrareport",
    "quarantine": "quuxreadable",
    "conversations": "zebrafirst",
}
GOES = {
    # what is older than the Monday after the day's week, less the days that are kept, is gone on every day of that week
    date(2026, 8, 16): None,  # Monday 17 August less 14 days is the 3rd: the 3rd is kept
    date(2026, 8, 17): "unparseable",  # 24 August less 14 is the 10th; refused on the 4th
    date(2026, 8, 24): "feedback",  # 31 August less 25 is the 6th
    date(2026, 8, 31): "reports",  # 7 September less 28 is the 10th: week 32 ends on the 9th
    date(2026, 9, 7): "quarantine",  # 14 September less 35 is the 10th
    date(2026, 9, 14): "conversations",  # 21 September less 42 is the 10th
}
SETTINGS = """\
start_date = 2026-08-03
[[sources]]
name = "chat"
path = "inbox/chat-{day}.jsonl"
[retention]
"""


def conversation(name: str, day: date, **fields: object) -> dict[str, object]:
    at = f"{day}T09:00:00Z"
    turns = [
        {"role": "user", "content": f"{name} asks", "created_at": at},
        {"role": "assistant", "content": f"{name} is told", "created_at": at},
    ]
    told = {"conversation_id": name, "user_id": "ann", "started_at": at, "ended_at": f"{day}T09:05:00Z"}
    return {**told, "turns": turns, **fields}


def context_on(home: Home, day: date) -> StageContext:
    """The home on the noon after a day: when the daily run of that day takes place."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(days=1)
    return replace(open_context(home.root), clock=lambda: noon)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One day with a rated conversation, a refused record and a line that can't be read, and a report of its week."""
    found = Home(tmp_path_factory.mktemp("retention") / "home").create()
    days = "".join(f"{kind}_days = {number}\n" for kind, number in KEPT.items())
    found.configuration.write_text(SETTINGS + days, encoding="utf-8")
    comment = {"kind": "comment", "comment": "grumbled", "created_at": f"{FIRST}T09:06:00Z"}
    refused = {"conversation_id": "refused", "turns": [{"role": "pilot", "content": "quuxreadable"}]}
    lines = [conversation("zebrafirst", FIRST, feedback=[comment]), refused]
    broken = '{"turns": ["quuxbroken'
    path = found.inbox / f"chat-{FIRST}.jsonl"
    path.write_text("\n".join([*map(json.dumps, lines), broken]) + "\n", encoding="utf-8")
    run_stages(context_on(found, FIRST), FIRST)
    for suffix in ("html", "md", "json"):
        (found.reports / f"2026-W32.{suffix}").write_text('{"zebrareport": 1}', encoding="utf-8")
    return found


@pytest.fixture
def home(made: Home, tmp_path: Path) -> Home:
    shutil.copytree(made.root, tmp_path / "home")
    return Home(tmp_path / "home")


def run_day(home: Home, day: date) -> None:
    """Run a day on which somebody else comes."""
    path = home.inbox / f"chat-{day}.jsonl"
    path.write_text(json.dumps(conversation(f"other-{day}", day)) + "\n", encoding="utf-8")
    context = context_on(home, day)
    assert day in pending_days(context)
    run_stages(context, day)


def held(home: Home) -> set[str]:
    return {kind for kind, word in WORDS.items() if places_of(home, word)}


def test_each_kind_goes_everywhere_when_its_own_time_is_over(home: Home) -> None:
    left = set(WORDS)
    assert held(home) == left
    for day, kind in GOES.items():
        run_day(home, day)
        left.discard(kind or "")
        assert held(home) == left, day
    # the unparseable line, the comment, the refused record and the conversation; reports are no events
    assert open_context(home.root).log.read(types=["retention.applied"]).num_rows == 4
    with open_context(home.root).warehouse.connect() as connection:
        rows = connection.execute("select conversation_id from conversations order by all").fetchall()
    # the next to go would be the other of 16 August
    assert [one for (one,) in rows] == [f"other-{day}" for day in GOES]


def test_what_is_ingested_again_stays_until_the_next_day_is_published(home: Home) -> None:
    run_day(home, date(2026, 9, 14))
    assert held(home) == set()
    context = context_on(home, date(2026, 9, 14))
    take_in(context, Given((home.inbox / f"chat-{FIRST}.jsonl",)))
    assert held(home) == {"conversations", "feedback", "quarantine", "unparseable"}
    run_day(home, date(2026, 9, 15))
    # refused lines count from when they were refused, and that was yesterday
    assert held(home) == {"quarantine", "unparseable"}


def test_without_settings_only_unparseable_lines_go(home: Home) -> None:
    home.configuration.write_text(SETTINGS, encoding="utf-8")
    run_day(home, date(2026, 9, 14))
    assert held(home) == set(WORDS) - {"unparseable"}
