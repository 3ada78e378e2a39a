"""Trackers and events of a broker become conversations of their sender."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.support.ingesting import stage_files, stage_records
from tests.support.shared import shared_data
from upturn.formats.rasa import rasa
from upturn.formats.rasa_sessions import BrokerSessions
from upturn.formats.registry import Place, RefusedRecordError, SkippedRecord, format_named
from upturn.log.functions import keyed_digest

FIXTURES = Path(__file__).parents[1] / "fixtures/formats/rasa"
SENDER = hashlib.sha256(b"rasa:u-1").hexdigest()[:32]


def heard(at, text="hi", **fields):
    return {"event": "user", "timestamp": at, "text": text, **fields}


def told(at, text="Hello.", **fields):
    return {"event": "bot", "timestamp": at, "text": text, **fields}


def tracker(*events):
    return list(rasa({"sender_id": "u-1", "events": list(events)}))


def test_each_session_of_a_tracker_is_a_conversation(tmp_path):
    result = stage_files(tmp_path, FIXTURES / "tracker.json")
    rows = sorted(result.rows("conversations"), key=lambda row: row["started_at"])
    # Sessions start at 1793609999.1 and 1793700000.1; the second's first word is at 1793700009 = 2026-11-03T10:00:09Z.
    assert [row["conversation_id"][32:] for row in rows] == ["-1793609999", "-1793700000"]
    assert [row["turn_count"] for row in rows] == [3, 2]
    assert [str(row["started_at"]) for row in rows] == ["2026-11-02 09:00:00.250000+00:00", "2026-11-03 10:00:09+00:00"]
    assert (rows[0]["channel"], rows[0]["assistant_id"], rows[0]["config_version"]) == ("webchat", "shop", "m7")
    assert len({row["user_key"] for row in rows}) == 1


def test_no_event_is_lost(tmp_path):
    result = stage_files(tmp_path, FIXTURES / "tracker.json")
    left_out = [json.loads(row["metadata"])["left_out"] for row in result.rows("conversations")]
    # 13 events: 5 were said; 5 actions, 2 starts of sessions and 1 slot were not. The action before the second session
    # belongs to the first.
    assert (
        sum(row["turn_count"] for row in result.rows("conversations")) + sum(sum(one.values()) for one in left_out)
        == 13
    )
    assert {"action": 5, "session_started": 1, "slot": 1} in left_out


def test_an_action_of_the_server_is_a_call_of_the_turn_that_follows(tmp_path):
    result = stage_files(tmp_path, FIXTURES / "tracker.json")
    calls = {row["content"]: row["tool_calls"] for row in result.rows("turns")}
    assert json.loads(calls["It is in Ghent."]) == [{"name": "action_track_parcel"}]
    assert calls["Anything else?"] is calls["Hello again."] is None


def test_images_and_buttons_are_parts(tmp_path):
    tracked = stage_files(tmp_path / "a", FIXTURES / "tracker.json").rows("turns")
    assert [json.loads(row["parts"]) for row in tracked if row["parts"]] == [
        [{"type": "image", "reference": "https://shop.example/map.png"}]
    ]
    (brokered,) = [
        row["parts"] for row in stage_files(tmp_path / "b", FIXTURES / "broker.jsonl").rows("turns") if row["parts"]
    ]
    assert json.loads(brokered)[0]["type"] == "buttons"


def test_events_of_a_broker_are_one_conversation(tmp_path):
    result = stage_files(tmp_path, FIXTURES / "broker.jsonl")
    assert len({row["conversation_id"] for row in result.rows("conversations")}) == 1
    turns = sorted(result.rows("turns"), key=lambda row: row["occurred_at"])
    assert [(row["role"], row["content"]) for row in turns] == [
        ("user", "hi"), ("assistant", "Hello."), ("agent", "Tom here."),
    ]  # fmt: skip
    assert turns[0]["turn_key"] == "m-9"


def test_events_of_a_broker_are_split_by_session(tmp_path):
    result = stage_files(tmp_path, FIXTURES / "sessions.jsonl")
    key = (tmp_path / "fact.key").read_bytes().strip()
    anna, other = (keyed_digest(f"rasa:{name}", key) for name in ("anna.k@example.org", "u-2"))
    said = {row["content"]: row["conversation_id"] for row in result.rows("turns")}
    # The bot's question is of a session that began before the file. The last session began at 1793700000.1 and again,
    # before anybody spoke, at 1793700005.1: that is one.
    assert said == {
        "Anything else?": anna, "hi": f"{anna}-1793610000", "Hello.": f"{anna}-1793610000",
        "good morning": f"{other}-1793610001", "me again": f"{anna}-1793700000",
    }  # fmt: skip
    # 10 events: 5 were said.
    assert (result.counts.read, result.counts.skipped, result.reasons) == (10, 5, [])


def test_a_session_is_one_conversation_from_its_tracker_and_from_its_broker(tmp_path):
    events = [{"event": "session_started", "timestamp": 1793610000.6}, heard(1793610001), told(1793610002)]
    lines = [{"sender_id": "u-1", **event} for event in events]
    brokered = stage_records(tmp_path / "broker", *lines, format=None)
    tracked = stage_records(tmp_path / "tracker", {"sender_id": "u-1", "events": events}, format=None)
    columns = ["conversation_id", "turn_key", "role", "content"]
    assert brokered.tables["turns"].select(columns).equals(tracked.tables["turns"].select(columns))


def test_who_knows_a_sender_cannot_compute_the_id_of_the_conversation(tmp_path, monkeypatch):
    ids = []
    for home in ("first", "second"):
        monkeypatch.setattr("tests.support.ingesting.KEY", f"the key of the {home} home, long enough")
        rows = stage_files(tmp_path / home, FIXTURES / "tracker.json").rows("conversations")
        ids.append({row["conversation_id"][:32] for row in rows})
    # one sender, two homes with a key each; neither id is a digest that the sender's id alone gives
    assert [len(one) for one in ids] == [1, 1]
    assert ids[0] != ids[1]
    assert hashlib.sha256(b"rasa:anna.k@example.org").hexdigest()[:32] not in ids[0] | ids[1]


def test_the_id_stays_when_the_key_of_the_pseudonyms_is_rotated(tmp_path, monkeypatch):
    def staged():
        rows = stage_files(tmp_path, FIXTURES / "tracker.json").rows("conversations")
        return {row["conversation_id"] for row in rows}, {row["user_key"] for row in rows}

    before = staged()
    monkeypatch.setattr("tests.support.ingesting.KEY", "another key for tests of 32 bytes")
    after = staged()
    assert before[0] == after[0]
    assert before[1].isdisjoint(after[1])


def test_the_key_is_the_one_of_the_place():
    (made,) = format_named("rasa").canonical(
        {"sender_id": "u-1", "events": [heard(1793610000)]}, Place("f", 1, hide=lambda text: f"<{text}>")
    )
    assert made["conversation_id"] == "<rasa:u-1>"


def test_sessions_are_the_same_in_chunks_of_any_size():
    texts = (FIXTURES / "sessions.jsonl").read_bytes().splitlines()
    follow = BrokerSessions()
    assert [follow([text])[0] for text in texts] == BrokerSessions()(texts)


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"sender_id": "u", "event": "session_started"}',
        b'{"sender_id": 5, "event": []}',
        b'{"sender_id": ' + b"[" * 900 + b"]" * 900 + b', "event": "user"}',  # as deep as the parser goes
    ],
    ids=["cut", "a list", "empty", "without a time", "a number", "brackets in brackets"],
)
def test_what_names_no_session_leaves_them_as_they_are(text):
    start = b'{"sender_id": "u", "event": "session_started", "timestamp": 1793610000}'
    said = b'{"sender_id": "u", "event": "user", "timestamp": 1793610001}'
    assert BrokerSessions()([text]) == [None]
    assert BrokerSessions()([start, text, said])[::2] == ["1793610000", "1793610000"]


def test_an_event_in_which_nobody_spoke_is_skipped():
    with pytest.raises(SkippedRecord, match="nobody spoke"):
        list(rasa({"sender_id": "u-1", "event": "slot", "name": "parcel", "timestamp": 1793610000}))


def test_a_tracker_without_sessions_is_one_conversation_of_its_sender():
    (record,) = tracker(heard(1793610000), told(1793610001))
    assert record["conversation_id"] == SENDER
    assert record["user_id"] == "u-1"


def test_a_session_in_which_nobody_spoke_is_part_of_the_next():
    start = {"event": "session_started", "timestamp": 1793610000}
    records = tracker(start, {**start, "timestamp": 1793620000}, heard(1793620001))
    assert [(one["conversation_id"], len(one["turns"])) for one in records] == [(f"{SENDER}-1793610000", 1)]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"events": [heard(1793610000)]}, "no `sender_id`"),
        ({"sender_id": "u", "events": []}, "no events"),
        ({"sender_id": "u", "events": [heard(None)]}, r"events\[0\] has no `timestamp`"),
        ({"sender_id": "u", "events": [{"event": 5}]}, "has no name in `event`"),
        ({"sender_id": "u", "events": [{"event": "session_started"}, heard(1793610000)]}, "has no `timestamp`"),
    ],
)
def test_what_cannot_be_placed_is_refused(record, reason):
    with pytest.raises(RefusedRecordError, match=reason):
        list(rasa(record))


@pytest.mark.shared_data
def test_the_real_tracker_adds_up(tmp_path):
    # tracker_moodbot.json: 7 events: the user says /greet and /mood_great; 3 × action_listen, utter_greet, utter_happy
    # are actions. It holds no bot event, so what the bot said is not in it.
    result = stage_files(tmp_path, shared_data("fmt_rasa") / "tracker_moodbot.json")
    assert result.reasons == []
    turns = sorted(result.rows("turns"), key=lambda row: row["occurred_at"])
    assert [(row["role"], row["content"]) for row in turns] == [("user", "/greet"), ("user", "/mood_great")]
    (conversation,) = result.rows("conversations")
    assert json.loads(conversation["metadata"]) == {"left_out": {"action": 5}}
