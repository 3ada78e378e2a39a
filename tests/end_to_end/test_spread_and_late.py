"""Conversations in pieces, late and changed feedback, reopening, exports that overlap: through `upturn ingest`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from upturn.cli.app import app
from upturn.wiring import open_context

pytestmark = pytest.mark.slow

Record = dict[str, Any]


class Place:
    """A home that takes files in, one after the other, and tells what its tables hold."""

    def __init__(self, root: Path) -> None:
        self.root, self.home, self.count = root, root / "home", 0
        self.command("init", "--start", "2026-11-01")

    def command(self, *arguments: str) -> Any:
        done = CliRunner().invoke(app, [*arguments, "--home", str(self.home), "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def ingest(self, *records: Record) -> Record:
        """Ingest records as one file; what was appended, skipped and quarantined of the log's facts."""
        self.count += 1
        path = self.root / f"export-{self.count}.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        counts = self.command("ingest", str(path))["append"]
        return {name: counts[name] for name in ("appended", "skipped", "quarantined")}

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the tables after a catch-up, which a rebuild must not change."""
        context = open_context(self.home)
        context.warehouse.catch_up(context.log)
        with context.warehouse.connect() as connection:
            found = connection.execute(sql).fetchall()
        context.warehouse.rebuild(context.log)
        with context.warehouse.connect() as connection:
            assert connection.execute(sql).fetchall() == found
        return found

    def said(self) -> list[tuple[int, str]]:
        return [(index, text) for index, text in self.rows("select turn_index, content from turns order by 1")]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def at(minute: int, second: int = 0) -> str:
    return f"2026-03-16T09:{minute:02d}:{second:02d}Z"


def user(text: str, when: str | None = None, **fields: Any) -> Record:
    return {"role": "user", "content": text, **({"created_at": when} if when else {}), **fields}


def bot(text: str, when: str | None = None, **fields: Any) -> Record:
    return {**user(text, when, **fields), "role": "assistant"}


def piece(*turns: Record, **fields: Any) -> Record:
    return {"conversation_id": "c-1", **({"turns": list(turns)} if turns else {}), **fields}


def test_a_row_per_message_becomes_one_conversation(place: Place) -> None:
    rows = [
        piece(bot("It leaves tonight.", at(1)), assistant_id="shop", is_internal=True),
        piece(user("Where is it?", at(0)), channel="web", user_id="anna", metadata={"locale": "en"}),
        piece(user("Thanks", at(2)), metadata={"plan": "pro"}, assistant_version="2.1"),
        piece(bot("You're welcome", at(3))),
    ]
    # 4 turns and 4 starts that say different things
    assert place.ingest(*rows) == {"appended": 8, "skipped": 0, "quarantined": 0}
    # the outcome alone, without a turn and a time: one end
    assert place.ingest(piece(outcome="resolved")) == {"appended": 1, "skipped": 0, "quarantined": 0}

    found = place.rows(
        "select assistant_id, assistant_version, channel, user_key is not null, is_internal, origin, "
        "strftime(started_at, '%H:%M'), turn_count, outcome, is_open, cast(metadata as varchar) from conversations"
    )
    metadata = '{"locale":"en","plan":"pro"}'
    assert found == [("shop", "2.1", "web", True, True, "production", "09:00", 4, "resolved", False, metadata)]
    assert place.said() == [(0, "Where is it?"), (1, "It leaves tonight."), (2, "Thanks"), (3, "You're welcome")]


def test_messages_that_say_the_same_of_their_conversation_are_one_start(place: Place) -> None:
    rows = [piece(user(f"line {n}", at(n)), channel="web", updated_at=at(50)) for n in range(5)]
    # 5 turns; the five starts differ in nothing but the time of their message
    assert place.ingest(*rows)["appended"] == 6
    assert place.rows("select strftime(started_at, '%H:%M'), turn_count from conversations") == [("09:00", 5)]


def test_a_question_comes_before_its_answer_when_records_give_them_one_time(place: Place) -> None:
    call = {"id": "t", "name": "track", "arguments": {}}
    rows = [
        piece(bot("It is in Lyon.", at(0))),
        piece({"role": "tool", "content": "Lyon", "tool_call_id": "t", "created_at": at(0)}),
        piece(bot("", at(0), tool_calls=[call])),
        piece(user("Where is it?", at(0))),
    ]
    place.ingest(*rows)
    found = place.rows("select role, content from turns order by turn_index")
    assert found == [("user", "Where is it?"), ("assistant", ""), ("tool", "Lyon"), ("assistant", "It is in Lyon.")]


def test_feedback_may_come_first_late_twice_or_changed(place: Place) -> None:
    def rated(value: int, **fields: Any) -> Record:
        rating = {"feedback_id": "f-1", "kind": "rating", "value": value, "scale": "1-5", "created_at": at(30)}
        return piece(feedback=[{**rating, **fields}])

    assert place.ingest(rated(2)) == {"appended": 1, "skipped": 0, "quarantined": 0}
    assert place.rows("select count(*) from conversations") == [(0,)]

    assert place.ingest(piece(user("Hi", at(0)), bot("Hello", at(1))))["appended"] == 3
    # 2 on 1-5 is (2 - 1) / 4
    assert place.rows("select satisfaction from conversations") == [(0.25,)]

    assert place.ingest(rated(2), rated(2)) == {"appended": 0, "skipped": 2, "quarantined": 0}
    assert place.ingest(rated(4, updated_at="2026-07-01T00:00:00Z"))["appended"] == 1
    assert place.ingest(rated(1, updated_at="2026-05-01T00:00:00Z"))["appended"] == 1  # older than what is known
    late = {"kind": "comment", "comment": "still happy", "created_at": "2026-09-01T00:00:00Z"}
    assert place.ingest(piece(feedback=[late]))["appended"] == 1
    assert place.rows("select count(*), count(score) from feedback") == [(2, 1)]
    # 4 on 1-5 is (4 - 1) / 4
    assert place.rows("select satisfaction, turn_count from conversations") == [(0.75, 2)]


def test_a_reopened_conversation_is_open_until_it_ends_again(place: Place) -> None:
    first = [user("Hi", at(0)), bot("Hello", at(1))]
    place.ingest(piece(*first, ended_at=at(2), outcome="resolved", updated_at=at(2)))
    state = "select is_open, strftime(ended_at, '%H:%M'), outcome, turn_count from conversations"
    assert place.rows(state) == [(False, "09:02", "resolved", 2)]

    more = [*first, user("Still not here", at(20))]
    assert place.ingest(piece(*more, updated_at=at(20))) == {"appended": 2, "skipped": 2, "quarantined": 0}
    assert place.rows(state) == [(True, None, "resolved", 3)]

    place.ingest(piece(*more, ended_at=at(25), outcome="escalated", updated_at=at(25)))
    place.ingest(piece(ended_at=at(3), outcome="abandoned", updated_at=at(3)))  # older word that comes late
    assert place.rows(state) == [(False, "09:25", "escalated", 3)]


def test_a_message_after_the_end_that_its_row_names_opens_the_conversation_again(place: Place) -> None:
    # a table of messages, with the conversation's end as it was known on every row
    rows = [piece(turn, ended_at=at(2)) for turn in (user("Hi", at(0)), bot("Hello", at(1)), user("Still?", at(20)))]
    assert place.ingest(*rows)["quarantined"] == 0
    state = "select is_open, strftime(ended_at, '%H:%M'), turn_count from conversations"
    assert place.rows(state) == [(True, None, 3)]
    # an end before a start of the record's own is no message but a mistake
    assert place.ingest(piece(user("Hm", at(10)), started_at=at(9), ended_at=at(8)))["quarantined"] > 0
    assert place.rows(state) == [(True, None, 3)]


@pytest.mark.parametrize("has_ids", [True, False])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (2, 1, 0)])
def test_overlapping_windows_are_the_conversation_once(place: Place, order: tuple[int, ...], has_ids: bool) -> None:
    texts = ["hi", "ok", "ok", "hm", "ok", "ok", "ok", "bye"]  # windows begin in the middle of the repeats
    turns = [(bot if n % 2 else user)(text, at(n)) for n, text in enumerate(texts)]
    if has_ids:
        turns = [{**turn, "message_id": f"m-{n}"} for n, turn in enumerate(turns)]
    windows = [(0, 5), (2, 6), (5, 8)]
    counts = [
        place.ingest(piece(*turns[low:high], channel="web")) for low, high in (windows[number] for number in order)
    ]
    # 8 turns and one start; the windows hold 5 + 4 + 3 turns and say 3 starts
    assert sum(count["appended"] for count in counts) == 9
    assert sum(count["skipped"] for count in counts) == 15 - 9
    assert place.said() == list(enumerate(texts))
    assert place.rows("select turn_count, strftime(started_at, '%H:%M') from conversations") == [(8, "09:00")]


def test_windows_without_times_keep_repeats_apart_by_their_ids(place: Place) -> None:
    turns = [user("ok", message_id=f"m-{n}") for n in range(4)]
    place.ingest(piece(*turns[:3], started_at=at(0)))
    assert place.ingest(piece(*turns[1:], started_at=at(0)))["skipped"] == 3  # two turns and the start
    assert place.rows("select count(distinct turn_key) from turns") == [(4,)]


def test_repeats_within_one_second_are_as_many_as_a_record_shows(place: Place) -> None:
    turns = [user("ok", at(0)), user("ok", at(0)), user("ok", at(0)), bot("Fine", at(0, 5))]
    place.ingest(piece(*turns))
    assert place.ingest(piece(*turns[1:])) == {"appended": 0, "skipped": 4, "quarantined": 0}
    assert place.said() == [(0, "ok"), (1, "ok"), (2, "ok"), (3, "Fine")]


def test_a_thumb_stays_on_its_turn_when_the_window_slides(place: Place) -> None:
    turns = [user("Hi", at(0)), bot("Hello", at(1)), user("Where is it?", at(2)), bot("In Lyon", at(3))]
    thumb = {"kind": "thumb", "value": "down"}
    place.ingest(piece(*turns[2:], feedback=[{**thumb, "turn_index": 1}]))
    placed = "select turn_index, score from feedback order by 1"
    assert place.rows(placed) == [(1, 0.0)]

    # the whole conversation: the same thumb is on turn 3 there; 2 turns and nothing else are new
    assert place.ingest(piece(*turns, feedback=[{**thumb, "turn_index": 3}]))["appended"] == 2
    assert place.rows(placed) == [(3, 0.0)]
    place.ingest(piece(user("Anyone?", "2026-03-16T08:59:00Z")))
    assert place.rows(placed) == [(4, 0.0)]
    # without turns beside it the place is the conversation's
    place.ingest(piece(feedback=[{"kind": "thumb", "value": "up", "turn_index": 2, "created_at": at(9)}]))
    assert place.rows(placed) == [(2, 1.0), (4, 0.0)]
