"""Transcripts and segments of Amazon Connect become contacts with their turns."""

import json
from pathlib import Path

import pytest

from tests.support.ingesting import stage_files
from upturn.formats.amazon_connect import amazon_connect
from upturn.formats.registry import RefusedRecordError

FIXTURES = Path(__file__).parents[1] / "fixtures/formats/amazon_connect"


def one(record):
    (found,) = amazon_connect(record)
    return found


def item(**fields):
    fixed = {"Id": "t-1", "ParticipantId": "p-1", "AbsoluteTime": "2026-11-02T09:00:00.000Z", "Content": "hi"}
    return {**fixed, **fields}


def test_an_analysed_chat_keeps_what_was_said_and_who_said_it(tmp_path):
    result = stage_files(tmp_path, FIXTURES / "contact_lens.json")
    turns = sorted(result.rows("turns"), key=lambda row: row["position"])
    assert [(row["turn_key"], row["role"], row["content"]) for row in turns] == [
        ("t-1", "system", "Welcome."),
        ("t-2", "assistant", "What is it about?"),
        ("t-3", "user", "Delivery"),
        ("t-4", "user", None),
        ("t-5", "agent", "It leaves tonight."),
    ]
    assert json.loads(turns[1]["parts"])[0]["interactive"]["templateType"] == "ListPicker"
    assert json.loads(turns[3]["parts"]) == [
        {"type": "image", "media_type": "image/jpeg", "name": "label.jpg", "reference": "at-1"}
    ]
    (row,) = result.rows("conversations")
    assert (row["conversation_id"], row["channel"], str(row["ended_at"])) == (
        "a1b2c3d4-1111", "chat", "2026-11-02 09:02:00+00:00",
    )  # fmt: skip
    # 7 items: 5 turns and 2 events.
    assert json.loads(row["metadata"]) == {
        "locale": "en-US", "categories": ["delivery"], "left_out": {"participant.joined": 1, "chat.ended": 1},
    }  # fmt: skip


def test_segments_of_a_stream_add_to_one_contact(tmp_path):
    result = stage_files(tmp_path, FIXTURES / "segments.jsonl")
    assert {row["conversation_id"] for row in result.rows("conversations")} == {"a1b2c3d4-2222"}
    turns = sorted(result.rows("turns"), key=lambda row: row["occurred_at"])
    assert [(row["turn_key"], row["role"]) for row in turns] == [("t-1", "user"), ("t-2", "assistant"), ("t-3", "user")]


def test_a_call_has_no_time_of_day_and_its_participants_are_their_roles():
    record = one({
        "Channel": "VOICE", "CustomerMetadata": {"ContactId": "c"},
        "Transcript": [{"Id": "t", "ParticipantId": "CUSTOMER", "Content": "hi", "BeginOffsetMillis": 5}],
    })  # fmt: skip
    assert record == {
        "conversation_id": "c", "channel": "phone", "turns": [{"message_id": "t", "role": "user", "content": "hi"}],
    }  # fmt: skip


@pytest.mark.parametrize(("role", "ours"), [("SUPERVISOR", "agent"), ("CUSTOM_BOT", "assistant"), ("SYSTEM", "system")])
def test_roles(role, ours):
    assert one({"ContactId": "c", "Transcript": [item(ParticipantRole=role)]})["turns"][0]["role"] == ours


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"Transcript": [item()]}, "no `ContactId`"),
        ({"ContactId": "c", "Transcript": [item(ParticipantRole="GHOST")]}, "ParticipantRole is not known"),
        ({"ContactId": "c", "Segments": [{"Other": {}}]}, "of no known kind"),
        ({"ContactId": "c", "Transcript": {}}, "must be a list, got an object"),
    ],
)
def test_what_cannot_be_placed_is_refused(record, reason):
    with pytest.raises(RefusedRecordError, match=reason):
        one(record)


@pytest.mark.parametrize("content", ["no json", "{}", '{"data": 5}', '{"data": {"content": {"title": 5}}}', None])
def test_an_odd_menu_is_no_error(content):
    kind = "application/vnd.amazonaws.connect.message.interactive.response"
    turn = one({"ContactId": "c", "Transcript": [item(ParticipantRole="CUSTOMER", ContentType=kind, Content=content)]})[
        "turns"
    ][0]
    assert turn["role"] == "user"
