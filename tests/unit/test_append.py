"""A staged batch becomes events: all of it, once, with the payloads of the contract."""

import json
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from tests.support.staging import NOON, conversation, feedback, refusal, stage, turn
from upturn.domain.errors import HomeBusyError, NotFoundError
from upturn.domain.events import event_id
from upturn.domain.payloads import PAYLOADS
from upturn.home import Home
from upturn.log.memory import MemoryLog
from upturn.stages.append import append, append_batch
from upturn.stages.staged_day import VALIDATED, note_staged

DAY = date(2026, 11, 23)
NIGHT = datetime(2026, 11, 24, 2, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 13, 0, 0, 250000, tzinfo=UTC)


@pytest.fixture
def context(tmp_path):
    return SimpleNamespace(home=Home(tmp_path), log=MemoryLog(), clock=lambda: NIGHT, progress=lambda *_: None)


@pytest.fixture
def batch(tmp_path):
    return tmp_path / "staging" / "2026-11-23"


def payloads(log, kind):
    """Payloads of one type by id, validated against its model."""
    rows = log.read(types=[kind]).to_pylist()
    return {row["id"]: PAYLOADS[kind].model_validate_json(row["data"]) for row in rows}


def test_a_day_that_nobody_staged_is_no_empty_day(context, batch):
    with pytest.raises(NotFoundError, match=r"nothing is staged for 2026-11-23.*upturn run --day 2026-11-23"):
        append(context, DAY)
    stage(batch, conversations=[conversation(1)])
    append(context, DAY)
    assert append(context, DAY).as_dict() == {"read": 0, "appended": 0, "skipped": 0, "quarantined": 0}
    note_staged(context.home, DAY)  # another ingest of the day; its folder went astray
    with pytest.raises(NotFoundError):
        append(context, DAY)


def test_an_empty_batch_is_removed(context, batch):
    stage(batch)
    assert append(context, DAY).read == 0
    assert not batch.exists()


def test_a_batch_that_nobody_validated_reaches_no_log(context, batch):
    (stage(batch, conversations=[conversation(1)]) / VALIDATED).unlink()
    with pytest.raises(HomeBusyError, match="not what was validated"):
        append(context, DAY)
    assert context.log.version == 0
    assert batch.is_dir()


def test_staged_tables_become_the_events_of_the_contract(context, batch):
    stage(
        batch,
        conversations=[
            conversation(
                1,
                ended_at=LATER,
                outcome="resolved",
                metadata='{"plan": {"name": "été"}}',
                user_key="abc",
                persona="new",
                assistant_version="v1",
                config_version="p1",
            ),
            conversation(2),
        ],
        turns=[
            turn(1, 0, parts='[{"type": "image", "alt": "a \\"box\\""}]', latency_ms=12.5, content='say "hi"\n\0é'),
            turn(1, 1, tool_calls='[{"id": "x", "name": "find", "arguments": {}}]', updated_at=LATER, input_tokens=3),
            turn(2, 0, content=None),
        ],
        feedback=[feedback(1, turn_index=1, comment="ok", channel="mail")],
        rejected=[refusal(3), refusal(None)],
    )
    counts = append(context, DAY)
    # 2 started, 1 ended, 3 turns, 1 feedback; 2 refused records
    assert (counts.read, counts.appended, counts.skipped, counts.quarantined) == (9, 7, 0, 2)
    started = payloads(context.log, "conversation.started")
    assert {p.conversation_id for p in started.values()} == {"c1", "c2"}
    first = started[event_id("conversation.started", "chat", "c1", revision="digest of c1")]
    assert first.metadata == {"plan": {"name": "été"}}
    (ended,) = payloads(context.log, "conversation.ended").values()
    assert (ended.conversation_id, ended.ended_at, ended.outcome) == ("c1", LATER, "resolved")
    turns = payloads(context.log, "turn.logged")
    plain = turns[event_id("turn.logged", "chat", "c1", "t0", revision="digest of c1 t0")]
    assert (plain.content, plain.parts) == ('say "hi"\n\0é', [{"type": "image", "alt": 'a "box"'}])
    revised = turns[event_id("turn.logged", "chat", "c1", "t1", revision="2026-11-23T13:00:00.250000Z")]
    assert (revised.updated_at, revised.input_tokens) == (LATER, 3)
    (rating,) = payloads(context.log, "feedback.received").values()
    assert (rating.feedback_id, rating.score, rating.turn_index) == ("c1:f1", 0.75, 1)
    lines = sorted((p.line or 0, p.turn_count) for p in payloads(context.log, "record.quarantined").values())
    assert lines == [(0, 2), (3, 2)]


def test_the_envelope_names_source_subject_time_and_schema(context, batch):
    stage(batch, conversations=[conversation(1, outcome="escalated", updated_at=LATER)], rejected=[refusal(2)])
    append(context, DAY)
    rows = {row["type"]: row for row in context.log.read().to_pylist()}
    assert {row["source"] for row in rows.values()} == {"chat"}
    assert {row["recordedtime"] for row in rows.values()} == {NIGHT}
    assert rows["conversation.started"]["time"] == NOON
    # no end: the update's time; a refused record has no time but that of its recording
    assert rows["conversation.ended"]["time"] == LATER
    assert rows["record.quarantined"]["time"] == NIGHT
    assert rows["conversation.started"]["dataschema"] == "urn:upturn:conversation.started:1"
    assert (rows["conversation.started"]["subject"], rows["record.quarantined"]["subject"]) == ("c1", "chat.jsonl")


def test_a_record_of_feedback_alone_starts_no_conversation(context, batch):
    stage(batch, conversations=[conversation(1, is_feedback_only=True)], feedback=[feedback(1)])
    append(context, DAY)
    assert context.log.read()["type"].to_pylist() == ["feedback.received"]


def test_a_record_of_an_outcome_alone_ends_a_conversation_and_starts_none(context, batch):
    stage(batch, conversations=[conversation(1, is_feedback_only=True, started_at=None, outcome="resolved")])
    append(context, DAY)
    assert [(row["type"], row["time"]) for row in context.log.read().to_pylist()] == [("conversation.ended", NIGHT)]


def test_a_record_that_checks_refused_is_quarantined_whole(context, batch):
    stage(
        batch,
        conversations=[conversation(1), conversation(2)],
        turns=[turn(1, 0), turn(1, 1), turn(2, 0)],
        feedback=[feedback(1)],
        refused=[refusal(1, rule="expect_role"), refusal(1, rule="expect_time")],
    )
    counts = append(context, DAY)
    # of line 1 nothing but one quarantine event; of line 2 a start and a turn
    assert (counts.read, counts.appended, counts.quarantined) == (3, 2, 1)
    assert {row["subject"] for row in context.log.read().to_pylist() if row["type"] != "record.quarantined"} == {"c2"}


def test_a_refusal_in_one_chunk_holds_for_the_record_in_another(context, batch):
    stage(batch, 0, conversations=[conversation(1)], turns=[turn(1, 0)])
    stage(batch, 1, turns=[turn(1, 1)], refused=[refusal(1)])
    append(context, DAY)
    assert context.log.read()["type"].to_pylist() == ["record.quarantined"]


def test_each_chunk_is_one_commit(context, batch):
    for number in range(3):
        stage(batch, number, conversations=[conversation(number)], turns=[turn(number, 0)])
    counts = append(context, DAY)
    assert (context.log.version, counts.notes["chunks"]) == (3, 3)


def test_the_same_batch_again_appends_nothing(context, batch):
    for _ in range(2):
        stage(batch, conversations=[conversation(1)], turns=[turn(1, 0)], rejected=[refusal(2)])
        counts = append(context, DAY)
        assert not batch.exists()
    assert (counts.read, counts.appended, counts.skipped, counts.quarantined) == (3, 0, 3, 0)
    assert context.log.read().num_rows == 3


def test_a_revision_without_update_time_is_a_new_event(context, batch):
    for digest in ("a", "b"):
        stage(batch, turns=[turn(1, 0, record_digest=digest)])
        assert append(context, DAY).appended == 1


def test_the_same_id_and_revision_with_other_data_is_quarantined_with_its_place(context, batch):
    stage(batch, turns=[turn(1, 0, record_digest="a", updated_at=LATER)])
    append(context, DAY)
    for expected in ((2, 1, 0, 1), (2, 0, 2, 0)):
        stage(batch, turns=[turn(1, 0, record_digest="b", updated_at=LATER, file="late.jsonl"), turn(1, 1)])
        counts = append(context, DAY)
        assert (counts.read, counts.appended, counts.skipped, counts.quarantined) == expected
    (refused,) = payloads(context.log, "record.quarantined").values()
    assert (refused.file, refused.line, refused.rule, refused.turn_count) == (
        "late.jsonl",
        1,
        "log.same_id_other_data",
        1,
    )
    assert json.loads(refused.record)["record_digest"] == "b"
    assert "text" not in refused.reason


def test_what_a_killed_run_appended_is_skipped_and_the_folder_removed(context, batch, monkeypatch):
    stage(batch, 0, conversations=[conversation(1)])
    stage(batch, 1, conversations=[conversation(2)])
    whole = context.log.append

    def killed_at_the_second(events):
        if context.log.version == 1:
            raise KeyboardInterrupt
        return whole(events)

    monkeypatch.setattr(context.log, "append", killed_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        append(context, DAY)
    monkeypatch.undo()
    assert batch.exists()
    counts = append(context, DAY)
    assert (counts.read, counts.appended, counts.skipped) == (2, 1, 1)
    assert list(batch.parent.iterdir()) == []


def test_a_folder_left_half_removed_is_not_appended_again(context, batch):
    half = stage(batch.with_name(".2026-11-23.appended"), conversations=[conversation(1)])
    stage(batch)
    assert append(context, DAY).read == 0
    assert not half.exists()


def test_any_folder_can_be_appended(context, tmp_path):
    folder = stage(tmp_path / "elsewhere", conversations=[conversation(1)])
    assert append_batch(context, folder).appended == 1


def test_the_session_time_zone_changes_no_event(context, batch, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    stage(batch, turns=[turn(1, 0, updated_at=LATER)])
    append(context, DAY)
    (only,) = context.log.read().to_pylist()
    assert only["id"] == event_id("turn.logged", "chat", "c1", "t0", revision="2026-11-23T13:00:00.250000Z")
    assert only["time"] == NOON
