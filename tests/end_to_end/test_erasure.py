"""A person is erased: first found in every place, then in none; ingested again, the person stays gone."""

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from tests.support.erasing import (
    FIRST,
    WEEK,
    conversations_of,
    late_records,
    make_home,
    marker_of,
    nothing_is_compressed,
    places_of,
    quoted_user,
    run_all,
    take_late_records,
    users_of,
)
from tests.support.warehouses import rows_by_table
from upturn.home import Home
from upturn.privacy.pseudonym import load_pseudonymizer
from upturn.settings import Settings
from upturn.stages import cleaning, erase
from upturn.stages.erase import Subject, finish_erasing, preview
from upturn.stages.given import Given
from upturn.stages.ingest import ingest
from upturn.stages.rebuild import rebuild
from upturn.wiring import open_context, run_stage, take_in

pytestmark = pytest.mark.slow

DAYS = 7
NEXT_DAY = FIRST + timedelta(days=DAYS)
LASTING = ("conversations", "turns", "feedback", "response_scores", "failures", "topics", "clusters", "suggestions")


class Filled(NamedTuple):
    home: Home
    user_id: str
    conversation_ids: tuple[str, ...]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Days, a report that quotes the person, refused and unparseable records, a batch that waits, an orphan file."""
    home = make_home(tmp_path_factory.mktemp("erasure") / "home", days=DAYS, per_day=60)
    with nothing_is_compressed():
        context = run_all(home)
        user_id = quoted_user(home)
        take_late_records(context, user_id)
        mine = next(p for p in sorted(home.inbox.glob("chat-*.jsonl")) if marker_of(user_id) in p.read_text())
        shutil.copy(mine, home.inbox / f"chat-{NEXT_DAY}.jsonl")
        ingest(context, NEXT_DAY)
    DeltaTable(home.events).create_checkpoint()
    held = [p for p in home.events.glob("event_date=*/*.parquet") if marker_of(user_id).encode() in p.read_bytes()]
    shutil.copy(held[0], held[0].with_name("part-00000-of-a-killed-writer.parquet"))
    return Filled(home, user_id, conversations_of(home, user_id))


@pytest.fixture
def filled(made: Filled, tmp_path: Path) -> Filled:
    shutil.copytree(made.home.root, tmp_path / "home")
    return made._replace(home=Home(tmp_path / "home"))


def erase_person(filled: Filled) -> dict[str, object]:
    with nothing_is_compressed():
        return erase.erase(open_context(filled.home.root), Subject(user_id=filled.user_id))


def words_of(filled: Filled) -> list[str]:
    """All that must be nowhere: the word, the id, the pseudonym, the conversations' ids."""
    pseudonym = load_pseudonymizer(filled.home, Settings()).user_key(filled.user_id)
    return [marker_of(filled.user_id), filled.user_id, pseudonym, *filled.conversation_ids]


def test_the_person_is_first_found_in_every_place(made: Filled) -> None:
    expected = {
        "raw events", "decoded events", "raw staging", "decoded staging", "raw reports",
        "raw work", "raw upturn.duckdb",
        *(f"{room} main.{table}" for room in ("work", "upturn.duckdb")
          for table in ("turns", "conversations", "feedback", "quarantine")),
    }  # fmt: skip
    assert expected <= places_of(made.home, marker_of(made.user_id))
    pseudonym = words_of(made)[2]
    assert {"work main.conversations", "decoded events"} <= places_of(made.home, pseudonym)
    cited = set().union(*(places_of(made.home, one) for one in made.conversation_ids))
    assert {"work working.topic_assignments", "work main.suggestions", "raw reports"} <= cited
    assert len(made.conversation_ids) > 1


def test_no_finding_holds_a_word_that_one_person_alone_says(made: Filled) -> None:
    chatty = [user for user in users_of(made.home) if len(conversations_of(made.home, user)) >= 5]
    assert chatty
    found = open_context(made.home.root).log.read(
        types=["topic_model.fitted", "cluster.fitted", "suggestion.proposed", "list.published"]
    )
    assert set(found["type"].to_pylist()) >= {"topic_model.fitted", "cluster.fitted", "suggestion.proposed"}
    assert [text for text in found["data"].to_pylist() if "quark" in text.lower()] == []


def test_after_the_erasure_the_person_is_in_no_place_but_where_nobody_can_tell(filled: Filled) -> None:
    before = preview(open_context(filled.home.root), Subject(user_id=filled.user_id))
    counts = erase_person(filled)
    assert {name: counts[name] for name in before} == before
    assert counts["conversations"] == len(filled.conversation_ids)
    word, *others = words_of(filled)
    # one refused line parses neither nor names anybody: only its age takes it out
    nameless = {"raw events", "decoded events", "raw work", "work main.quarantine", "raw upturn.duckdb"}
    assert places_of(filled.home, word) == {*nameless, "upturn.duckdb main.quarantine"}
    assert {one: places_of(filled.home, one) for one in others} == {one: set() for one in others}
    assert not list(filled.home.events.rglob("*killed-writer*"))
    assert not filled.home.forgetting.exists()


def of_delta(home: Home) -> str:
    """What Delta itself notes of the log: commits with statistics, and decoded checkpoints."""
    folder = home.events / "_delta_log"
    checkpoints = [str(pq.read_table(path).to_pylist()) for path in sorted(folder.glob("*.checkpoint*.parquet"))]
    assert checkpoints
    return " ".join([*checkpoints, *(path.read_text() for path in sorted(folder.glob("*.json")))])


def test_statistics_and_checkpoints_hold_nobody_before_and_after(filled: Filled) -> None:
    before = of_delta(filled.home)
    assert "numRecords" in before  # there are statistics, of what is no text
    assert not [word for word in words_of(filled) if word in before]
    erase_person(filled)
    assert not [word for word in words_of(filled) if word in of_delta(filled.home)]


def test_the_nameless_line_goes_with_its_age(filled: Filled) -> None:
    erase_person(filled)
    context = open_context(filled.home.root)
    today = context.clock().date()
    with nothing_is_compressed():
        run_stage(context, "publish", today + timedelta(days=31))
    assert places_of(filled.home, marker_of(filled.user_id)) == set()
    (applied,) = context.log.read(types=["retention.applied"])["data"].to_pylist()
    assert json.loads(applied)["removed"] == {"record.quarantined": 1}


def test_what_is_recorded_are_counts_and_keyed_digests(filled: Filled) -> None:
    erase_person(filled)
    events = open_context(filled.home.root).log.read(types=["subject.erasing", "subject.erased"]).to_pylist()
    assert [event["type"] for event in events] == ["subject.erasing", "subject.erased"]
    told = json.loads(events[1]["data"])
    assert told["conversations"] == len(filled.conversation_ids)
    assert told["removed"]["record.quarantined"] == 2  # the refused one, and the cut one that names the user
    assert told["removed"]["turn.logged"] > 0
    assert told["rewritten"]["topic_model.fitted"] > 0
    assert told["rewritten"]["suggestion.proposed"] > 0
    assert all(
        len(one) == 32 and int(one, 16) >= 0 for event in events for one in json.loads(event["data"])["tombstones"]
    )
    assert not any(word in str(event) for event in events for word in words_of(filled))


def test_the_week_stays_published_without_the_persons_words(filled: Filled) -> None:
    before = open_context(filled.home.root).log.read(types=["list.published"])["data"].to_pylist()
    erase_person(filled)
    assert open_context(filled.home.root).log.read(types=["list.published"])["data"].to_pylist() == before
    for suffix in ("html", "md", "json"):
        text = (filled.home.reports / f"{WEEK}.{suffix}").read_text(encoding="utf-8")
        assert len(text) > 1000
        assert marker_of(filled.user_id) not in text


def test_the_same_files_again_do_not_bring_the_person_back_and_others_stay(filled: Filled) -> None:
    erase_person(filled)
    context = open_context(filled.home.root)
    with context.warehouse.connect() as connection:
        before = rows_by_table(connection)
    paths = [*sorted(filled.home.inbox.glob("chat-2026-11-0[2-8].jsonl")), late_records(filled.home, filled.user_id)]
    counts = take_in(context, Given(tuple(paths)), log_format="upturn")
    assert counts["append"].appended == 0
    # each conversation came in one record; of the late ones one is about a conversation and two name the user
    assert counts["ingest"].notes["skipped, erased"] == len(filled.conversation_ids) + 3
    _, *others = words_of(filled)
    assert {one: places_of(filled.home, one) for one in others} == {one: set() for one in others}
    context.warehouse.catch_up(context.log)
    with context.warehouse.connect() as connection:
        after = rows_by_table(connection)
    assert {name: after[name] for name in LASTING} == {name: before[name] for name in LASTING}


def test_the_next_days_run_is_as_if_the_person_had_never_come_and_rebuild_gives_the_same(filled: Filled) -> None:
    erase_person(filled)
    context = open_context(filled.home.root)
    for stage in ("validate", "append", "project", "score", "detect", "cluster", "suggest", "measure", "publish"):
        run_stage(context, stage, NEXT_DAY)
    _, *others = words_of(filled)
    assert {one: places_of(filled.home, one) for one in others} == {one: set() for one in others}
    context.warehouse.catch_up(context.log)
    with context.warehouse.connect() as connection:
        incremental = rows_by_table(connection)
    rebuild(context)
    with context.warehouse.connect() as connection:
        rebuilt = rows_by_table(connection)
    assert {name: rows for name, rows in rebuilt.items() if rows != incremental[name]} == {}


class Killed(BaseException):
    """Stands for a kill: nobody catches it."""


@pytest.mark.parametrize("step", ["before the rewrite", "after the rewrite", *(name for name, _ in cleaning.CLEANING)])
def test_an_erasure_that_is_killed_is_finished_by_the_next_run(filled: Filled, step: str) -> None:
    def killed(*_: object, **__: object) -> int:
        raise Killed

    with pytest.MonkeyPatch.context() as patch, nothing_is_compressed():
        if step == "before the rewrite":
            patch.setattr("upturn.log.delta.DeltaLog.rewrite", killed)
        elif step == "after the rewrite":
            patch.setattr(erase, "clean", killed)
        else:
            steps = tuple((name, killed if name == step else work) for name, work in cleaning.CLEANING)
            patch.setattr(cleaning, "CLEANING", steps)
        with pytest.raises(Killed):
            erase_person(filled)
    with nothing_is_compressed():
        run_stage(open_context(filled.home.root), "project", NEXT_DAY - timedelta(days=1))
    _, *others = words_of(filled)
    assert {one: places_of(filled.home, one) for one in others} == {one: set() for one in others}
    context = open_context(filled.home.root)
    assert finish_erasing(context) is None
    assert context.log.read(types=["subject.erased"]).num_rows == 1


def test_one_conversation_can_go_alone(filled: Filled) -> None:
    gone, *kept = filled.conversation_ids
    context = open_context(filled.home.root)
    counts = erase.erase(context, Subject(conversation_ids=(gone,)))
    assert counts["conversations"] == 1
    assert places_of(filled.home, gone) == set()
    assert all(places_of(filled.home, one) for one in kept)


def test_a_person_whose_pseudonym_was_made_under_an_older_key_is_found(filled: Filled) -> None:
    filled.home.key_file.rename(filled.home.root / "previous-2026.key")
    counts = erase.erase(open_context(filled.home.root), Subject(user_id=filled.user_id))
    assert counts["conversations"] == len(filled.conversation_ids)


def test_whom_nobody_knows_leaves_a_tombstone_only(filled: Filled) -> None:
    context = open_context(filled.home.root)
    counts = erase.erase(context, Subject(user_id="nobody"))
    assert (counts["conversations"], counts["removed"], counts["rewritten"]) == (0, {}, {})
