"""ShareGPT messages become turns that are known by their place."""

import orjson
import pytest

from tests.support.ingesting import stage_records
from tests.support.shared import shared_data
from upturn.formats.registry import RefusedRecordError
from upturn.formats.sharegpt import sharegpt


def one(record):
    (found,) = sharegpt(record)
    return found


def said(*pairs, name="conversations", **fields):
    return {"id": "s-1", name: [{"from": who, "value": what} for who, what in pairs], **fields}


@pytest.mark.parametrize("name", ["conversations", "conversation", "items", "messages"])
def test_every_spelling_of_the_list_is_read(name):
    turns = one(said(("human", "hi"), ("gpt", "Hello."), name=name))["turns"]
    assert turns == [
        {"message_id": "0", "role": "user", "content": "hi"},
        {"message_id": "1", "role": "assistant", "content": "Hello."},
    ]


def test_roles_of_other_collections_are_known():
    speakers = ("Human", "bing", "system", "observation", "function_response", "model")
    turns = one(said(*[(who, "x") for who in speakers]))["turns"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "system", "tool", "tool", "assistant"]


def test_a_function_call_is_a_call_and_its_observation_an_answer():
    call = '[{"name": "track", "arguments": {"parcel": 4}}, {"name": "weather"}]'
    turn, answer = one(said(("function_call", call), ("observation", "in Ghent")))["turns"]
    assert turn == {
        "message_id": "0", "role": "assistant",
        "tool_calls": [{"name": "track", "arguments": {"parcel": 4}}, {"name": "weather"}],
    }  # fmt: skip
    assert (answer["role"], answer["content"]) == ("tool", "in Ghent")


@pytest.mark.parametrize("value", ["call it", "[]", "[5]", '{"a": 1}'])
def test_a_call_that_names_no_function_is_text(value):
    (turn,) = one(said(("function_call", value)))["turns"]
    assert (turn["content"], turn.get("tool_calls")) == (value, None)


def test_a_system_text_beside_the_messages_comes_first():
    assert one(said(("human", "hi"), system="Be kind."))["turns"][0] == {
        "message_id": "system", "role": "system", "content": "Be kind.",
    }  # fmt: skip


def test_without_an_id_all_messages_make_one():
    record = said(("human", "hi"), ("gpt", "Hello."), id=None)
    assert one(record)["conversation_id"] == one({**record, "model": "m"})["conversation_id"]
    assert one(record)["conversation_id"] != one(said(("human", "hi"), ("gpt", "Hi."), id=None))["conversation_id"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"id": "x"}, "no list of messages"),
        ({"id": "x", "conversations": []}, "is empty"),
        (said(("moderator", "no")), r"conversations\[0\].from is not known"),
        ({"conversations": [5]}, "must be an object, got a number"),
    ],
)
def test_what_is_no_conversation_is_refused(record, reason):
    with pytest.raises(RefusedRecordError, match=reason):
        one(record)


@pytest.mark.shared_data
def test_the_real_file_keeps_every_message(tmp_path):
    # dummy_conversation.json: 500 conversations of distinct ids, 2,000 messages: 1,000 of human, 1,000 of gpt.
    records = orjson.loads((shared_data("fmt_sharegpt") / "dummy_conversation.json").read_bytes())
    dated = [{**record, "created_at": "2026-11-02T09:00:00Z"} for record in records]
    result = stage_records(tmp_path, *dated, format=None)
    assert result.reasons == []
    assert (result.counts.notes["conversations"], result.counts.notes["turns"]) == (500, 2000)
    roles = [row["role"] for row in result.rows("turns")]
    assert (roles.count("user"), roles.count("assistant")) == (1000, 1000)
