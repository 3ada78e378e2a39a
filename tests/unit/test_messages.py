"""Messages of every dialect that traces hold become the same canonical turns."""

import hashlib

import pytest

from upturn.formats.messages import last_assistant, read_messages
from upturn.formats.registry import RefusedRecordError

USER = {"role": "user", "content": "Where is it?"}
CALL = {"id": "c1", "name": "track", "arguments": {"parcel": 4}}


def lc(kind, **kwargs):
    return {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", kind], "kwargs": kwargs}


@pytest.mark.parametrize(
    "given",
    [
        "Where is it?",
        USER,
        [USER],
        [[USER]],
        '[{"role": "user", "content": "Where is it?"}]',
        '"[{\\"role\\": \\"user\\", \\"content\\": \\"Where is it?\\"}]"',
        {"messages": [USER], "model": "m"},
        {"role": "user", "content": [{"type": "text", "text": "Where is it?"}]},
        {"role": "user", "parts": [{"type": "text", "content": "Where is it?"}]},
        {"contents": [{"role": "user", "parts": [{"text": "Where is it?"}]}]},
        {"type": "human", "content": "Where is it?", "additional_kwargs": {}},
        {"type": "human", "data": {"content": "Where is it?"}},
        lc("HumanMessage", content="Where is it?", type="human"),
        ["human", "Where is it?"],
        [["human", "Where is it?"]],
        {"message": {"role": "user", "content": "Where is it?"}},
        {"message.role": "user", "message.content": "Where is it?"},
        {"message": {"role": "user", "contents": [{"message_content": {"type": "text", "text": "Where is it?"}}]}},
        {"question": "Where is it?"},
        {"input": "Where is it?", "chat_history": []},
        [{"type": "input_text", "text": "Where is it?"}],
    ],
)
def test_a_question_is_the_same_in_every_dialect(given):
    assert read_messages(given, role="user") == [USER]


@pytest.mark.parametrize(
    "given",
    [
        {
            "role": "assistant",
            "tool_calls": [{"id": "c1", "function": {"name": "track", "arguments": '{"parcel": 4}'}}],
        },
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "c1", "name": "track", "arguments": {"parcel": 4}}],
        },
        {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "track", "input": {"parcel": 4}}]},
        {"role": "model", "parts": [{"function_call": {"id": "c1", "name": "track", "args": {"parcel": 4}}}]},
        {"type": "ai", "content": "", "tool_calls": [{"id": "c1", "name": "track", "args": {"parcel": 4}}]},
        {
            "role": "assistant",
            "content": "",
            "additional_kwargs": {
                "tool_calls": [{"id": "c1", "function": {"name": "track", "arguments": {"parcel": 4}}}]
            },
        },
        {"type": "function_call", "call_id": "c1", "name": "track", "arguments": '{"parcel": 4}'},
        {
            "message": {
                "role": "assistant",
                "tool_calls": [
                    {"tool_call": {"id": "c1", "function": {"name": "track", "arguments": '{"parcel": 4}'}}}
                ],
            }
        },
        {
            "message.role": "assistant",
            "message.tool_calls": [
                {
                    "tool_call.id": "c1",
                    "tool_call.function.name": "track",
                    "tool_call.function.arguments": '{"parcel": 4}',
                }
            ],
        },
        {"choices": [{"message": {"role": "assistant", "tool_calls": [{"function": {**CALL}, "id": "c1"}]}}]},
    ],
)
def test_a_tool_call_is_the_same_in_every_dialect(given):
    (turn,) = read_messages(given, role="assistant")
    assert (turn["role"], turn["content"] or None, turn["tool_calls"]) == ("assistant", None, [CALL])


@pytest.mark.parametrize(
    "given",
    [
        {"role": "tool", "content": '{"days":2}', "tool_call_id": "c1"},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": {"days": 2}}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "result": {"days": 2}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": '{"days":2}'}]},
        {"role": "user", "parts": [{"function_response": {"id": "c1", "response": {"days": 2}}}]},
        {"type": "tool", "content": '{"days":2}', "tool_call_id": "c1", "id": None},
        {"type": "function_call_output", "call_id": "c1", "output": '{"days":2}'},
        {"role": "tool", "content": {"days": 2}, "tool_call_id": "c1"},
    ],
)
def test_a_tools_result_is_the_same_in_every_dialect(given):
    assert read_messages(given, role="user") == [{"role": "tool", "content": '{"days":2}', "tool_call_id": "c1"}]


@pytest.mark.parametrize(
    "given",
    [
        {
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": "Here."}},
                {"message": {"content": "No"}},
            ]
        },
        {"generations": [[{"text": "Here.", "message": lc("AIMessage", content="Here.", tool_calls=[])}]]},
        {"content": {"parts": [{"text": "Here."}], "role": "model"}, "finish_reason": "STOP"},
        {"candidates": [{"content": {"parts": [{"text": "Here."}], "role": "model"}}]},
        {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "Here."}]},
        {"output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Here."}]}]},
        {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, {"type": "text", "content": "Here."}]},
        {"answer": "Here."},
        {"role": "assistant", "content": None, "refusal": "Here."},
    ],
)
def test_an_answer_is_the_same_in_every_dialect(given):
    assert read_messages(given, role="assistant") == [{"role": "assistant", "content": "Here."}]


def test_a_systems_prompt_beside_the_messages_comes_first():
    given = {"config": {"system_instruction": "Be kind."}, "contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
    assert [turn["role"] for turn in read_messages(given, role="user")] == ["system", "user"]
    assert read_messages({"system": "Be kind.", "messages": [USER]}, role="user")[0]["content"] == "Be kind."


def test_an_image_keeps_its_digest_and_loses_its_bytes():
    url = "data:image/png;base64,AAEC"
    given = {
        "role": "user",
        "content": [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": url}}],
    }
    (turn,) = read_messages(given, role="user")
    assert turn["content"] == "What?"
    digest = hashlib.sha256(b"\0\1\2").hexdigest()
    assert turn["parts"] == [{"type": "image", "size": 3, "sha256": digest, "media_type": "image/png"}]


def test_a_list_of_tools_is_no_message():
    tool = {"type": "function", "function": {"name": "track", "description": "Tracks", "parameters": {}}}
    assert read_messages([USER, {"role": "tool", "content": tool}], role="user") == [USER]


def test_a_message_without_anything_is_none_and_ids_of_messages_are_kept():
    assert read_messages([{"role": "assistant", "content": None}, {"role": "user", "content": ""}], role="user") == []
    assert read_messages({"type": "ai", "id": "run-1", "content": "x"}, role="user")[0]["message_id"] == "run-1"


@pytest.mark.parametrize("given", [None, 5, True, [], {}, [5, None], {"role": 5}, "", "  ", {"model": "m"}])
def test_what_holds_no_message_gives_none(given):
    assert read_messages(given, role="user") == []


def test_a_call_without_a_name_and_endless_nesting_are_refused():
    with pytest.raises(RefusedRecordError, match="names no tool"):
        read_messages({"role": "assistant", "tool_calls": [5]}, role="user")
    deep = USER
    for _ in range(12):
        deep = {"message": deep}
    with pytest.raises(RefusedRecordError, match="nested too deeply"):
        read_messages(deep, role="user")


def test_unknown_roles_pass_to_be_refused_with_their_field():
    assert read_messages({"role": "narrator", "content": "x"}, role="user") == [{"role": "narrator", "content": "x"}]


def test_the_last_assistant_is_found_in_raw_messages():
    assert last_assistant([USER, {"type": "ai", "content": "a"}, {"message.role": "user"}, 5]) == 2
    assert last_assistant([USER]) == 0
