"""Spans of the OpenInference conventions, as OTLP and as Phoenix exports them, become conversations."""

from pathlib import Path

import orjson
import pytest

from upturn.formats.openinference import openinference
from upturn.formats.registry import SkippedRecord, formats

FIXTURES = Path(__file__).parents[1] / "fixtures/formats/openinference"


def fixture(name, line=0):
    return orjson.loads((FIXTURES / name).read_text(encoding="utf-8").splitlines()[line])


def only(record):
    (found,) = openinference(record)
    return found


def said(record):
    return [(turn["role"], turn["content"]) for turn in record["turns"]]


def phoenix(kind="LLM", **attributes):
    return {
        "context": {"trace_id": "t", "span_id": "s"}, "span_kind": kind, "parent_id": None,
        "start_time": "2026-11-02T09:00:00+00:00", "end_time": "2026-11-02T09:00:01+00:00", "attributes": attributes,
    }  # fmt: skip


def test_agent_and_retriever_repeat_nothing():
    # Four spans: agent, request, search, request. System, question, call, result of the tool, answer: five turns.
    record = only(fixture("otlp.jsonl"))
    assert said(record) == [
        ("system", "You sell ovens."),
        ("user", "Which oven fits?"),
        ("assistant", None),
        ("tool", "Oven A"),
        ("assistant", "The 60 cm one."),
    ]
    assert record["turns"][1]["parts"] == [{"type": "image", "reference": "https://example.org/kitchen.png"}]
    assert record["turns"][2]["tool_calls"] == [{"id": "c1", "name": "search", "arguments": {"width": 60}}]
    assert (record["turns"][2]["input_tokens"], record["turns"][2]["output_tokens"]) == (50, 11)
    assert (record["turns"][3]["tool_call_id"], record["turns"][3]["name"]) == ("c1", "search")
    assert (record["conversation_id"], record["user_id"]) == ("conv-1", "anna.k@example.org")
    assert (record["assistant_id"], record["config_version"]) == ("kitchen-help", "gpt-4o-mini")


def test_annotations_of_people_are_feedback_and_those_of_models_are_not():
    record = only(fixture("phoenix.jsonl"))
    assert record["feedback"] == [
        {
            "kind": "thumb", "value": "up", "comment": "Quick answer", "created_at": "2026-11-02T12:05:00Z",
            "feedback_id": "U3Bhbg==", "author": "user", "turn_index": 1, "channel": "user_feedback",
        }
    ]  # fmt: skip
    (name,) = (key for key in record["metadata"] if key.startswith("annotations."))
    assert record["turns"][1]["message_id"].startswith(name.removeprefix("annotations."))
    (annotation,) = record["metadata"][name]
    assert annotation | {"name": "correctness", "annotator_kind": "LLM", "score": 1} == annotation


def test_a_row_of_a_data_frame_adds_what_is_new():
    assert said(only(fixture("phoenix.jsonl", 1))) == [("user", "And by card?"), ("assistant", "Also by card.")]


def test_a_request_without_messages_has_its_plain_values():
    record = only(phoenix(**{"input.value": "Hi", "output.value": "Hello!"}))
    assert said(record) == [("user", "Hi"), ("assistant", "Hello!")]
    body = '{"messages": [{"role": "user", "content": "Hi"}], "model": "m"}'
    answer = '{"choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello!"}}]}'
    assert said(only(phoenix(**{"input.value": body, "output.value": answer}))) == said(record)


def test_an_output_cut_off_by_a_limit_on_attributes_is_none():
    names = {"llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "Hi"}
    cut = {"llm.output_messages.128.message.role": "assistant", "llm.output_messages.128.message.content": " the"}
    assert said(only(phoenix(**names, **cut))) == [("user", "Hi")]


@pytest.mark.parametrize(
    "kind", ["CHAIN", "AGENT", "RETRIEVER", "EMBEDDING", "RERANKER", "TOOL", "GUARDRAIL", "EVALUATOR"]
)
def test_other_kinds_give_no_turn(kind):
    given = {"input.value": "Hi", "output.value": "Hello!"}
    assert only(phoenix(kind, **given, **{"session.id": "c"}))["turns"] == []
    with pytest.raises(SkippedRecord, match="without messages"):
        openinference(phoenix(kind, **given))


def test_a_span_named_by_both_conventions_is_of_this_one():
    both = phoenix(**{"gen_ai.system": "openai", "llm.input_messages.0.message.role": "user"})
    assert [name for name, form in formats().items() if form.sniff(both)] == ["openinference"]
