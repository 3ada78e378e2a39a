from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from upturn.stages.pending import DaysSeen, days_of_pattern, what_to_run

MONDAY, TUESDAY, FRIDAY, NEXT_MONDAY = (date(2026, 11, day) for day in (2, 3, 6, 9))


def seen(
    files: Mapping[date, str | None],
    published: set[date],
    *,
    read: Mapping[date, set[str | None]] | None = None,
    today: date = NEXT_MONDAY,
    unseen: date | None = None,
) -> DaysSeen:
    known = {day: frozenset(digests) for day, digests in (read or {}).items()}
    return DaysSeen(files, known, frozenset(published), today, unseen)


def test_days_with_files_that_were_never_published_run_oldest_first() -> None:
    assert what_to_run(seen({TUESDAY: "b", MONDAY: "a"}, set())) == [MONDAY, TUESDAY]


def test_a_published_day_does_not_run_again() -> None:
    assert what_to_run(seen({MONDAY: "a"}, {MONDAY}, read={MONDAY: {"a"}})) == []


def test_a_day_that_is_not_over_waits() -> None:
    assert what_to_run(seen({MONDAY: "a", TUESDAY: "b", FRIDAY: "c"}, set(), today=TUESDAY)) == [MONDAY]


def test_a_file_that_came_late_opens_its_day_again_once() -> None:
    assert what_to_run(seen({MONDAY: "both"}, {MONDAY}, read={MONDAY: {"one"}})) == [MONDAY]
    assert what_to_run(seen({MONDAY: "both"}, {MONDAY}, read={MONDAY: {"one", "both"}})) == []


def test_days_read_before_there_were_digests_and_days_of_databases_stay_done() -> None:
    assert what_to_run(seen({MONDAY: "a", TUESDAY: None}, {MONDAY, TUESDAY}, read={MONDAY: {None}})) == []


def test_a_day_of_a_database_between_two_that_were_run_is_run() -> None:
    assert what_to_run(seen({MONDAY: None, TUESDAY: None, FRIDAY: None}, {MONDAY, FRIDAY})) == [TUESDAY]


def test_what_was_ingested_by_hand_runs_the_last_day_with_data() -> None:
    assert what_to_run(seen({}, set(), unseen=FRIDAY)) == [FRIDAY]


def test_older_logs_ingested_by_hand_run_the_newest_day_again() -> None:
    # the log got conversations of Monday after Friday was published: the picture as of Friday is what changed
    assert what_to_run(seen({}, {FRIDAY}, unseen=MONDAY)) == [FRIDAY]


def test_turns_dated_in_the_future_move_nothing_beyond_today() -> None:
    assert what_to_run(seen({}, {MONDAY}, today=TUESDAY, unseen=FRIDAY)) == [TUESDAY]


def test_nothing_runs_beyond_the_asked_day() -> None:
    assert what_to_run(seen({MONDAY: "a", FRIDAY: "c"}, set()), until=TUESDAY) == [MONDAY]


def test_an_empty_home_has_nothing_to_run() -> None:
    assert what_to_run(seen({}, set())) == []


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
