"""What the real daily DAG leaves – Airflow's logs, messages and metadata, Great Expectations' files – holds nobody."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.airflow_runs import run_dags
from tests.support.erasing import (
    FIRST,
    conversations_of,
    late_records,
    make_home,
    marker_of,
    places_of,
    user_of_several,
)
from upturn.privacy.pseudonym import load_pseudonymizer
from upturn.settings import Settings
from upturn.stages.erase import Subject, erase
from upturn.wiring import open_context

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


def daily(day: date) -> tuple[str, str, dict[str, str]]:
    later = datetime.combine(day + timedelta(days=2), datetime.min.time(), UTC)
    return ("daily_optimization", later.isoformat(), {"day": day.isoformat()})


def temporary_files_with(folder: Path, word: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]


def test_airflow_and_great_expectations_hold_nobody_before_and_after_the_erasure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary, account = tmp_path / "tmp", tmp_path / "account"
    for variable, folder in (("TMPDIR", temporary), ("HOME", account), ("XDG_CACHE_HOME", account / "cache")):
        folder.mkdir()
        monkeypatch.setenv(variable, str(folder))
    home = make_home(tmp_path / "home", days=2, per_day=40)
    user_id = user_of_several(home)
    theirs = conversations_of(home, user_id)
    with (home.inbox / f"chat-{FIRST}.jsonl").open("a", encoding="utf-8") as file:  # refused under Airflow, too
        file.write(late_records(home, user_id).read_text(encoding="utf-8"))
    states = run_dags(home.root, [daily(FIRST), daily(FIRST + timedelta(days=1))])
    assert states == ["success", "success"]

    word, *others = [
        marker_of(user_id),
        user_id,
        load_pseudonymizer(home, Settings()).user_key(user_id),
        *theirs,
    ]
    held = {"decoded events", "work main.turns", "work main.quarantine", "upturn.duckdb main.turns"}
    assert held <= places_of(home, word)
    of_airflow = {"raw airflow", "rows airflow"}
    assert of_airflow <= places_of(home, FIRST.isoformat())  # the search finds what is there
    assert not of_airflow & places_of(home, word)
    counts = erase(open_context(home.root), Subject(user_id=user_id))
    assert counts["removed"]["turn.logged"] > 0
    assert not of_airflow & places_of(home, word)
    assert {one: places_of(home, one) for one in others} == {one: set() for one in others}
    for one in (word, *others):
        assert temporary_files_with(temporary, one) + temporary_files_with(account, one) == []
