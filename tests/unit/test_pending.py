from datetime import date
from pathlib import Path

import pytest

from upturn.stages.pending import DaysSeen, days_of_pattern, what_to_run

MONDAY, TUESDAY, FRIDAY = date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 6)


def seen(files: set[date], published: set[date], last: date | None = None, *, is_log_ahead: bool = False) -> DaysSeen:
    return DaysSeen(frozenset(files), frozenset(published), last, is_log_ahead)


def test_days_with_files_that_were_never_published_run_oldest_first() -> None:
    assert what_to_run(seen({TUESDAY, MONDAY}, set())) == [MONDAY, TUESDAY]


def test_a_published_day_does_not_run_again() -> None:
    assert what_to_run(seen({MONDAY}, {MONDAY}, MONDAY)) == []


def test_what_was_ingested_by_hand_runs_the_last_day_with_data() -> None:
    assert what_to_run(seen(set(), set(), FRIDAY, is_log_ahead=True)) == [FRIDAY]


def test_older_logs_ingested_by_hand_run_the_newest_day_again() -> None:
    # the log got conversations of Monday after Friday was published: the picture as of Friday is what changed
    assert what_to_run(seen(set(), {FRIDAY}, MONDAY, is_log_ahead=True)) == [FRIDAY]


def test_nothing_runs_beyond_the_asked_day() -> None:
    assert what_to_run(seen({MONDAY, FRIDAY}, set()), until=TUESDAY) == [MONDAY]


def test_an_empty_home_has_nothing_to_run() -> None:
    assert what_to_run(seen(set(), set())) == []


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("inbox/chat-{day}.jsonl*", "inbox/chat-2026-11-03.jsonl.gz"),
        ("inbox/{day:%Y/%m/%d}/*.json", "inbox/2026/11/03/part-1.json"),
        ("{day:%Y}/{day:%Y%m%d}-?.jsonl", "2026/20261103-a.jsonl"),
    ],
)
def test_a_pattern_finds_the_days_of_its_files(tmp_path: Path, pattern: str, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).touch()
    assert list(days_of_pattern(pattern, tmp_path)) == [TUESDAY]


def test_a_file_whose_name_holds_no_real_day_is_no_day(tmp_path: Path) -> None:
    (tmp_path / "chat-2026-13-99.jsonl").touch()
    assert list(days_of_pattern("chat-{day}.jsonl", tmp_path)) == []
