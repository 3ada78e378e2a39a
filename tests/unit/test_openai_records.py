"""Stored completions, responses, items and fine-tuning lines become what they add to their conversation."""

import json
from pathlib import Path

import orjson
import pytest

from tests.support.ingesting import stage_files, stage_records
from upturn.formats.openai_chat import openai_chat
from upturn.formats.registry import RefusedRecordError, SkippedRecord, formats
from upturn.formats.response_chains import ResponseChains

FIXTURES = Path(__file__).parents[1] / "fixtures/formats/openai_chat"
AT = "2026-11-02T09:00:00Z"  # 1793610000


def one(record):
    (found,) = openai_chat(record)
    return found


def turns_of(result, conversation_id):
    turns = [row for row in result.rows("turns") if row["conversation_id"] == conversation_id]
    return sorted(turns, key=lambda row: (row["occurred_at"], row["position"]))


def completion(*messages, choices=(), **fields):
    said = [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}} for text in choices
    ]
    fixed = {"object": "chat.completion", "id": "chatcmpl-1", "created": 1793610000, "choices": said}
    return {**fixed, "messages": list(messages), **fields}


def responded(**fields):
    return {"object": "response", "id": "resp_1", "created_at": 1793610000, "output": [], **fields}


def test_completions_of_one_conversation_give_each_message_once(tmp_path):
    result = stage_files(tmp_path, FIXTURES / "stored.jsonl")
    turns = turns_of(result, "s-1")
    assert [row["role"] for row in turns] == ["system", "user", "assistant", "tool", "assistant"]
    assert len({row["turn_key"] for row in turns}) == 5
    assert [row["turn_key"] for row in turns if row["role"] == "assistant"] == ["chatcmpl-1", "chatcmpl-2"]
    assert (turns[2]["input_tokens"], turns[2]["output_tokens"]) == (40, 12)
    assert json.loads(turns[2]["tool_calls"]) == [{"id": "call_1", "name": "track", "arguments": {"parcel": 4711}}]
    metadata = sorted((row["line"], row["metadata"]) for row in result.rows("conversations"))
    assert metadata == [(1, '{"locale":"en-GB"}'), (2, '{"other_choices":1}'), (3, None)]


def test_a_completion_without_a_shared_id_is_a_conversation_with_all_its_messages():
    asked = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]
    record = one(completion(*asked, choices=["d"]))
    assert record["conversation_id"] == "chatcmpl-1"
    assert [turn["content"] for turn in record["turns"]] == ["a", "b", "c", "d"]
    assert record["started_at"] == AT


def test_with_a_thread_only_what_came_since_the_last_answer_is_new():
    asked = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]
    record = one(completion(*asked, choices=["d"], metadata={"thread_id": "t-1", "plan": "pro"}))
    assert record["conversation_id"] == "t-1"
    assert [turn["content"] for turn in record["turns"]] == ["c", "d"]
    assert record["metadata"] == {"plan": "pro"}


def test_request_and_response_side_by_side_are_a_completion():
    answer = completion(choices=["b"], model="m-2")
    record = one({"request": {"messages": [{"role": "user", "content": "a"}], "user": "u"}, "response": answer})
    assert ([turn["content"] for turn in record["turns"]], record["config_version"], record["user_id"]) == (
        ["a", "b"], "m-2", "u",
    )  # fmt: skip


def test_an_answer_that_was_cut_short_says_why():
    assert one(completion(choices=["a"]))["turns"][0].get("error_type") is None
    cut = {"index": 0, "finish_reason": "content_filter", "message": {"role": "assistant", "content": "Why"}}
    assert one({**completion(), "choices": [cut]})["turns"][0]["error_type"] == "content_filter"


def test_a_spoken_answer_is_its_transcript_without_the_sound(tmp_path):
    spoken = {"role": "assistant", "content": None, "audio": {"id": "audio_1", "data": "AAEC", "transcript": "Hello."}}
    (row,) = stage_records(tmp_path, completion(spoken), format="openai_chat").rows("turns")
    assert row["content"] == "Hello."
    assert "AAEC" not in row["parts"]
    assert json.loads(row["parts"])[1] | {"sha256": ""} == {
        "type": "audio", "size": 3, "sha256": "", "reference": "audio_1",
    }  # fmt: skip


def test_responses_of_one_conversation_give_each_item_once(tmp_path):
    result = stage_files(tmp_path, FIXTURES / "responses.json")
    turns = turns_of(result, "conv_1")
    assert [(row["role"], row["turn_key"], row["tool_name"]) for row in turns[1:]] == [
        ("assistant", "fc_1", None),
        ("tool", "call_1.output", "track"),
        ("tool", "call_2.output", "weather"),
        ("assistant", "msg_1", None),
    ]
    assert [row["content"] for row in turns] == ["Where is my parcel?", None, "in Ghent", "rain", "It is in Ghent."]
    assert [call["name"] for call in json.loads(turns[1]["tool_calls"])] == ["track", "weather"]
    assert (turns[1]["input_tokens"], turns[1]["output_tokens"]) == (30, 20)


def test_items_of_a_conversation_keep_parts_and_refusals(tmp_path):
    result = stage_files(tmp_path, FIXTURES / "responses.json")
    turns = turns_of(result, "conv_2")
    assert [row["content"] for row in turns] == ["What is this?", None, "I can't say."]
    assert json.loads(turns[0]["parts"])[1]["size"] == 3
    assert json.loads(turns[1]["tool_calls"])[0]["name"] == "web_search"


def test_reasoning_is_left_out_and_counted():
    record = one(responded(output=[{"type": "reasoning", "summary": [{"text": "thinking"}]}], input="hi"))
    assert [turn["content"] for turn in record["turns"]] == ["hi"]
    assert record["metadata"] == {"left_out": {"reasoning": 1}}


def test_a_response_of_no_conversation_is_one_of_its_own_with_its_instructions():
    record = one(responded(instructions="Be kind.", input="hi", previous_response_id="resp_0"))
    assert record["conversation_id"] == "resp_1"
    assert [turn["role"] for turn in record["turns"]] == ["system", "user"]
    assert record["metadata"] == {"previous_response_id": "resp_0"}


def test_responses_chained_by_the_one_before_are_one_conversation(tmp_path):
    result = stage_files(tmp_path, FIXTURES / "chain.jsonl")
    turns = turns_of(result, "resp_1")
    assert [(row["role"], row["content"]) for row in turns] == [
        ("system", "You help customers of a shop."), ("user", "Where is my parcel?"), ("assistant", "Which number?"),
        ("user", "4711"), ("assistant", None), ("tool", "in Ghent"), ("assistant", "It is in Ghent."),
    ]  # fmt: skip
    # resp_8 continues nothing; resp_7 continues one that the file does not hold.
    assert {row["conversation_id"] for row in result.rows("turns")} == {"resp_1", "resp_8", "resp_0"}
    assert len(turns_of(result, "resp_0")) == 2


def test_a_conversation_that_is_named_comes_before_the_chain(tmp_path):
    named = responded(conversation="conv_9", input="hi", previous_response_id="resp_0")
    result = stage_records(tmp_path, named, format=None)
    assert {row["conversation_id"] for row in result.rows("turns")} == {"conv_9"}


def test_chains_are_the_same_in_chunks_of_any_size():
    texts = (FIXTURES / "chain.jsonl").read_bytes().splitlines()
    follow = ResponseChains()
    assert (
        [follow([text])[0] for text in texts] == ResponseChains()(texts) == [None, None, "resp_1", "resp_1", "resp_0"]
    )


@pytest.mark.parametrize("text", [b'{"previous_response_id": "r', b'["previous_response_id": "r"]', b"[]"])
def test_what_can_not_be_read_is_of_no_chain(text):
    assert ResponseChains()([text]) == [None]


def test_instructions_of_a_conversation_are_no_turn_that_returns_with_every_response():
    record = one(responded(instructions="Be kind.", input="hi", conversation="conv_9"))
    assert [turn["role"] for turn in record["turns"]] == ["user"]
    assert record["metadata"] == {"instructions": "Be kind."}


def test_a_failed_response_is_an_empty_answer_with_its_error():
    record = one(responded(input="hi", error={"code": "server_error", "message": "…"}))
    assert record["turns"][1] == {"role": "assistant", "created_at": AT, "error_type": "server_error"}
    assert one(responded(input="hi", incomplete_details={"reason": "max_output_tokens"}))["turns"][1]["error_type"] == (
        "max_output_tokens"
    )


def test_a_call_of_an_mcp_server_holds_call_and_answer():
    call = {"type": "mcp_call", "id": "mcp_1", "name": "find", "arguments": '{"q": "x"}', "output": "found"}
    turns = one(responded(output=[call]))["turns"]
    assert turns[0]["tool_calls"] == [{"id": "mcp_1", "name": "find", "arguments": {"q": "x"}}]
    assert (turns[1]["role"], turns[1]["content"], turns[1]["tool_call_id"]) == ("tool", "found", "mcp_1")


def test_a_custom_tool_and_its_answer():
    items = [
        {"type": "custom_tool_call", "call_id": "c", "name": "run", "input": "ls"},
        {"type": "custom_tool_call_output", "call_id": "c", "output": "a.txt"},
    ]
    call, answer = one({"id": "conv_3", "items": items})["turns"]
    assert call["tool_calls"] == [{"id": "c", "name": "run", "arguments": "ls"}]
    assert (answer["name"], answer["content"]) == ("run", "a.txt")


def test_a_training_line_is_known_by_all_of_its_messages():
    line = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Hello."}]}
    first = one(line)
    again = one({"tools": [], "messages": [{"content": "hi", "role": "user"}, line["messages"][1]]})
    other = one({"messages": [*line["messages"], {"role": "user", "content": "bye"}]})
    assert first["conversation_id"].startswith("example-")
    assert again["conversation_id"] == first["conversation_id"] != other["conversation_id"]
    assert [turn["message_id"] for turn in other["turns"]] == ["0", "1", "2"]
    assert "started_at" not in first


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"messages": [{"role": "user", "content": "hi"}], "started_at": AT}, "no id of the conversation"),
        ({"messages": []}, "no id of the conversation"),
        ({"object": "response", "output": []}, "no `id` of the response"),
        ({"items": [{"type": "message", "role": "user", "content": "x"}]}, "no id of the conversation"),
        ({"choices": []}, "no `id` of the completion"),
        ({"id": "x", "choices": 5}, "choices must be a list, got a number"),
        ({"id": "x", "messages": "none"}, "no list of `messages`"),
        (responded(output=[{"type": 5}]), "type is no text"),
    ],
)
def test_what_cannot_be_placed_is_refused(record, reason):
    with pytest.raises(RefusedRecordError, match=reason):
        openai_chat(record)


def test_lines_that_open_alike_stay_apart_and_come_back_the_same():
    lines = [
        {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": str(n)}]} for n in range(99)
    ]
    assert len({one(line)["conversation_id"] for line in lines}) == 99
    assert len({one(orjson.loads(orjson.dumps(line)))["conversation_id"] for line in lines + lines}) == 99


def test_a_page_of_stored_completions_gives_each():
    page = {
        "object": "list", "first_id": "chatcmpl-1", "last_id": "chatcmpl-2", "has_more": False,
        "data": [completion({"role": "user", "content": "a"}, choices=["b"]),
                 completion({"role": "user", "content": "c"}, choices=["d"], id="chatcmpl-2")],
    }  # fmt: skip
    assert formats()["openai_chat"].sniff(page)
    found = list(openai_chat(page))
    assert [record["conversation_id"] for record in found] == ["chatcmpl-1", "chatcmpl-2"]
    assert [[turn["content"] for turn in record["turns"]] for record in found] == [["a", "b"], ["c", "d"]]


def test_a_page_with_nothing_on_it_is_skipped_and_one_of_something_else_is_of_no_chat():
    with pytest.raises(SkippedRecord):
        list(openai_chat({"object": "list", "data": []}))
    assert not formats()["openai_chat"].sniff({"object": "list", "data": [{"object": "model", "id": "gpt-5"}]})
