"""Chat-completion messages become canonical turns, whatever age their conventions have."""

import json

import pytest

from tests.support.ingesting import stage_files, stage_records
from tests.support.real_logs import airline_records, retail_records, write_jsonl
from tests.support.shared import shared_data
from upturn.formats.openai_chat import openai_chat
from upturn.formats.registry import RefusedRecordError


def turns(*messages):
    (record,) = openai_chat({"id": "x", "started_at": "2026-11-02T09:00:00Z", "messages": list(messages)})
    return record["turns"]


def test_tool_calls_lose_their_wrapping_and_arguments_are_parsed():
    call = {"id": "t", "type": "function", "function": {"name": "track", "arguments": '{"parcel": 4}'}}
    (turn,) = turns({"role": "assistant", "content": None, "tool_calls": [call]})
    assert turn["tool_calls"] == [{"id": "t", "name": "track", "arguments": {"parcel": 4}}]


def test_arguments_that_are_no_json_stay_text():
    (turn,) = turns({"role": "assistant", "function_call": {"name": "f", "arguments": "{'a': 1}"}})
    assert turn["tool_calls"] == [{"id": None, "name": "f", "arguments": "{'a': 1}"}]


def test_newer_and_older_roles_are_the_canonical_ones():
    assert [t["role"] for t in turns({"role": "developer"}, {"role": "function", "name": "f"})] == ["system", "tool"]


def test_a_refusal_is_what_was_said():
    assert turns({"role": "assistant", "content": None, "refusal": "I can't."})[0]["content"] == "I can't."


def test_fields_of_the_api_stand_for_canonical_ones():
    (record,) = openai_chat({"thread_id": "t", "model": "m-1", "user": "u", "created": 1793610000, "messages": []})
    assert {key: record[key] for key in ("conversation_id", "config_version", "user_id", "started_at")} == {
        "conversation_id": "t", "config_version": "m-1", "user_id": "u", "started_at": "2026-11-02T09:00:00Z",
    }  # fmt: skip


def test_without_an_id_the_record_is_refused():
    with pytest.raises(RefusedRecordError, match="no id of the conversation"):
        openai_chat({"messages": []})


@pytest.mark.parametrize(
    "messages", [[5], [{"role": "assistant", "tool_calls": [{}]}], [{"role": "assistant", "tool_calls": 5}], "none"]
)
def test_odd_messages_refuse_the_record_and_nothing_else(tmp_path, messages):
    good = {"id": "c-1", "started_at": "2026-11-02T09:00:00Z", "messages": [{"role": "user", "content": "hi"}]}
    result = stage_records(tmp_path, good, {**good, "messages": messages}, format="openai_chat")
    assert [row["line"] for row in result.rows("rejected")] == [2]
    assert [row["line"] for row in result.rows("conversations")] == [1]


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("folder", "records"),
    [("taubench_airline_gpt4o", airline_records), ("taubench_retail_variants", retail_records)],
)
def test_real_agent_runs_keep_every_turn(tmp_path, folder, records):
    given = records(shared_data(folder))
    result = stage_files(tmp_path, write_jsonl(tmp_path / "runs.jsonl", given))
    messages = [message for record in given for message in record["messages"]]
    assert result.reasons == []
    assert result.counts.notes["turns"] == len(messages)
    calls = sum(1 for message in messages if message.get("tool_calls"))
    staged = [json.loads(row["tool_calls"]) for row in result.rows("turns") if row["tool_calls"]]
    assert len(staged) == calls > 0
    assert all(isinstance(call["arguments"], dict) for found in staged for call in found)
