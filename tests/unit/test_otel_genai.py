"""Spans and log events of the GenAI conventions, of every age and envelope, become conversations."""

import json
from pathlib import Path

import orjson
import pytest

from tests.support.ingesting import stage_files, stage_records
from upturn.formats.otel_genai import otel_genai
from upturn.formats.registry import RefusedRecordError, SkippedRecord, formats

FIXTURES = Path(__file__).parents[1] / "fixtures/formats/otel_genai"
START = 1793610000_000000000
"""2026-11-02T09:00:00Z in nanoseconds."""
QUESTION = '[{"role": "user", "parts": [{"type": "text", "content": "Where is it?"}]}]'
ANSWER = '[{"role": "assistant", "parts": [{"type": "text", "content": "Here."}], "finish_reason": "stop"}]'


def span(attributes, **more):
    return {
        "traceId": "t1", "spanId": "s1", "startTimeUnixNano": str(START), "endTimeUnixNano": str(START + 2_500_000_000),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()], **more,
    }  # fmt: skip


def only(record):
    (found,) = otel_genai(record)
    return found


def said(record):
    return [(turn["role"], turn["content"]) for turn in record["turns"]]


def fixture(name, line=0):
    text = (FIXTURES / name).read_text(encoding="utf-8")
    return orjson.loads(text if name.endswith(".json") else text.splitlines()[line])


def test_a_batch_is_told_once_with_times_latency_tokens_and_tools():
    record = only(fixture("otlp.jsonl"))
    assert (record["conversation_id"], record["user_id"]) == ("conv-1", "anna.k@example.org")
    assert (record["assistant_id"], record["assistant_version"]) == ("parcel-desk", "2.1")
    assert (record["config_version"], record["started_at"]) == ("gpt-5", "2026-11-02T09:00:00+00:00")
    # The agent's span repeats question and answer, the second request the first: five messages in all.
    assert said(record) == [
        ("system", "You track parcels."),
        ("user", "Where is parcel 4711?"),
        ("assistant", None),
        ("tool", '{"status":"in transit"}'),
        ("assistant", "It is on its way."),
    ]
    system, _, call, result, answer = record["turns"]
    assert (system["created_at"], call["created_at"]) == (
        "2026-11-02T09:00:00.010000+00:00",
        "2026-11-02T09:00:01.510000+00:00",
    )
    assert (call["latency_ms"], call["input_tokens"], call["output_tokens"]) == (1500.0, 97, 18)
    assert call["tool_calls"] == [{"id": "call-1", "name": "track", "arguments": {"parcel": "4711"}}]
    assert (result["tool_call_id"], result["message_id"]) == ("call-1", "a000000000000004:in:0")
    assert (answer["latency_ms"], answer["message_id"]) == (1900.0, "a000000000000004:out:0")


def test_an_evaluation_names_no_person_and_is_no_feedback():
    record = only(fixture("otlp.jsonl"))
    assert "feedback" not in record
    assert record["metadata"]["evaluations.a000000000000004"] == [
        {"name": "Relevance", "value": 0.9, "label": "relevant"}
    ]


def test_the_next_request_adds_only_what_is_new_and_its_error():
    record = only(fixture("otlp.jsonl", 1))
    assert said(record) == [("user", "And when does it arrive?"), ("assistant", None)]
    assert record["turns"][1]["error_type"] == "RateLimitError"


def test_indexed_attributes_of_a_console_span():
    record = only(fixture("spans.jsonl"))
    assert (record["conversation_id"], record["user_id"]) == ("conv-2", "anna.k@example.org")
    assert said(record) == [("system", "Be brief."), ("user", "Do you ship to Norway?"), ("assistant", "We do.")]
    assert record["turns"][2] | {"input_tokens": 31, "output_tokens": 4, "latency_ms": 1500.0} == record["turns"][2]


@pytest.mark.parametrize(
    ("name", "line", "talk"),
    [
        ("spans.jsonl", 1, [("user", "I want my money back"), ("assistant", "I have started the refund.")]),
        ("logs.json", 0, [("user", "Is the shop open on Sunday?"), ("assistant", "It is closed.")]),
    ],
)
def test_an_event_per_message_on_a_span_or_as_log(name, line, talk):
    assert said(only(fixture(name, line))) == talk


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ({"gen_ai.input.messages": QUESTION}, {"gen_ai.output.messages": ANSWER}),
        ({"gen_ai.prompt": "Where is it?"}, {"gen_ai.completion": "Here."}),
        ({"gen_ai.prompt": QUESTION}, {"gen_ai.completion": ANSWER}),
        (
            {"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Where is it?"},
            {"gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "Here."},
        ),
    ],
)
@pytest.mark.parametrize(
    "named", ["gen_ai.conversation.id", "session.id", "traceloop.association.properties.thread_id"]
)
def test_deprecated_names_say_the_same(asked, answered, named):
    record = only(span({"gen_ai.operation.name": "chat", named: "c", **asked, **answered}))
    assert (record["conversation_id"], said(record)) == ("c", [("user", "Where is it?"), ("assistant", "Here.")])
    assert record["turns"][1]["latency_ms"] == 2500.0


@pytest.mark.parametrize(
    ("event", "inputs", "outputs"),
    [
        ("gen_ai.client.inference.operation.details", "gen_ai.input.messages", "gen_ai.output.messages"),
        ("gen_ai.content.prompt", "gen_ai.prompt", "gen_ai.completion"),
    ],
)
def test_events_that_hold_a_whole_request(event, inputs, outputs):
    event = {"name": event, "attributes": {inputs: QUESTION, outputs: ANSWER}}
    record = only(span({"gen_ai.operation.name": "chat", "gen_ai.system": "x"}, events=[event]))
    assert said(record) == [("user", "Where is it?"), ("assistant", "Here.")]


def test_tool_messages_as_events_name_their_call():
    events = [
        {
            "name": "gen_ai.tool.message",
            "timeUnixNano": str(START + 1_000_000),
            "attributes": {"id": "call-1", "content": "ok"},
        },
        {
            "name": "gen_ai.assistant.message",
            "timeUnixNano": str(START),
            "attributes": {"tool_calls": '[{"id": "call-1", "function": {"name": "track", "arguments": "{}"}}]'},
        },
    ]
    record = only(span({"gen_ai.operation.name": "chat"}, events=events))
    assert [(turn["role"], turn["tool_call_id"]) for turn in record["turns"]] == [("tool", "call-1")]


def test_other_envelopes_hold_the_same():
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.input.messages": QUESTION, "gen_ai.output.messages": ANSWER}
    javascript = {
        "traceId": "t1", "id": "s1", "parentSpanContext": {"spanId": "p"}, "kind": 2, "timestamp": START // 1000,
        "duration": 2_500_000, "attributes": attributes, "status": {"code": 0}, "events": [],
    }  # fmt: skip
    python = {
        "context": {"trace_id": "0xt1", "span_id": "0xs1"}, "attributes": attributes, "kind": "SpanKind.CLIENT",
        "start_time": "2026-11-02T09:00:00.000000Z", "end_time": "2026-11-02T09:00:02.500000Z",
    }  # fmt: skip
    plain = span(attributes)
    older = {"resourceSpans": [{"instrumentationLibrarySpans": [{"spans": [plain]}]}]}
    records = [only(given) for given in (plain, javascript, python, older)]
    assert all(record == records[0] for record in records)
    assert all(formats()["otel_genai"].sniff(given) for given in (plain, javascript, python, older))


def test_an_agent_in_another_system_speaks_and_one_in_this_process_does_not():
    attributes = {
        "gen_ai.operation.name": "invoke_agent", "gen_ai.conversation.id": "c",
        "gen_ai.input.messages": QUESTION, "gen_ai.output.messages": ANSWER,
    }  # fmt: skip
    assert len(only(span(attributes, kind=3))["turns"]) == 2
    assert only(span(attributes, kind=1))["turns"] == []


def test_spans_without_a_conversations_id_take_that_of_their_trace():
    named = span({"gen_ai.operation.name": "chat", "gen_ai.conversation.id": "c", "gen_ai.prompt": "Hi"})
    other = span({"gen_ai.operation.name": "chat", "gen_ai.prompt": "Ho"}, spanId="s2")
    alone = span({"gen_ai.operation.name": "chat", "gen_ai.prompt": "Hu"}, spanId="s3", traceId="t2")
    batch = {"resourceSpans": [{"scopeSpans": [{"spans": [other, named, alone]}]}]}
    assert [(record["conversation_id"], len(record["turns"])) for record in otel_genai(batch)] == [("c", 2), ("t2", 1)]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (span({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "track"}), "without messages, of no"),
        (span({"http.route": "/"}), "without messages, of no"),
        (span({"gen_ai.operation.name": "chat"}), "without recorded messages"),
        ({"resourceSpans": []}, "without a span"),
        ({"resourceSpans": [{"scopeSpans": [{"spans": []}]}]}, "without a span"),
    ],
)
def test_what_belongs_to_no_conversation_is_skipped_with_its_reason(given, reason):
    with pytest.raises(SkippedRecord, match=reason):
        list(otel_genai(given))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "no span with ids"),
        ({"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": 5, "spanId": []}]}]}]}, "no span with ids"),
        ({"traceId": "a", "spanId": "b", "attributes": {"gen_ai.prompt": "Hi"}}, "no time"),
    ],
)
def test_what_is_no_span_is_refused(given, reason):
    with pytest.raises(RefusedRecordError, match=reason):
        list(otel_genai(given))


def test_messages_of_errors_are_not_kept():
    failed = span({"gen_ai.operation.name": "chat", "gen_ai.prompt": "Hi"}, status={"code": 2, "message": "for Anna"})
    assert only(failed)["turns"][1]["error_type"] == "error"
    raised = {"name": "exception", "attributes": {"exception.type": "TimeoutError", "exception.message": "for Anna"}}
    assert "Anna" not in json.dumps(only({**failed, "events": [raised]}))
    assert only({**failed, "events": [raised]})["turns"][1]["error_type"] == "TimeoutError"


def test_a_unknown_role_and_a_time_without_sense_refuse_the_record(tmp_path):
    odd = span({"gen_ai.operation.name": "chat", "gen_ai.input.messages": '[{"role": "narrator", "content": "x"}]'})
    early = span({"gen_ai.operation.name": "chat", "gen_ai.prompt": "Hi"}, startTimeUnixNano="1", endTimeUnixNano="2")
    result = stage_records(tmp_path, odd, early, format="otel_genai")
    assert [reason.split(" ")[0] for reason in result.reasons] == ["turns[0].role", "started_at"]


def test_the_same_span_twice_gives_the_same_rows(tmp_path):
    path = FIXTURES / "otlp.jsonl"
    first, second = (stage_files(tmp_path / name, path) for name in ("a", "b"))
    assert first.tables["turns"].equals(second.tables["turns"])


@pytest.mark.parametrize("named", ["user.id", "enduser.id", "langfuse.user.id"])
def test_a_refused_span_hides_its_user(tmp_path, named):
    nameless = [{"role": "assistant", "parts": [{"type": "tool_call", "id": "1"}]}]
    names = {named: "anna.k@example.org", "note": "by anna.k@example.org"}
    refused = span({"gen_ai.operation.name": "chat", "gen_ai.output.messages": nameless, **names})
    console = {
        "context": {"trace_id": "t", "span_id": "s"},
        "attributes": {named: "anna.k@example.org", "gen_ai.x": "y"},
    }
    broken = orjson.dumps(refused)[:-1]
    result = stage_records(tmp_path, refused, console, broken, format="otel_genai")
    assert len(result.reasons) == 3
    assert "anna.k" not in str(result.rows("rejected"))


def log_event(name, content, at, span_id="s1", trace="t1"):
    """Give one log record as an exporter writes it to a line of its own."""
    return {
        "traceId": trace, "spanId": span_id, "timeUnixNano": str(START + at * 1_000_000), "eventName": name,
        "attributes": [{"key": "gen_ai.system", "value": {"stringValue": "openai"}},
                       {"key": "session.id", "value": {"stringValue": "conv-9"}}],
        "body": {"kvlistValue": {"values": [{"key": "content", "value": {"stringValue": content}}]}},
    }  # fmt: skip


def two_requests():
    """Give the log events of two requests of a conversation, of which the second repeats what the first told."""
    system, asked, replied = ("gen_ai.system.message", "gen_ai.user.message", "gen_ai.assistant.message")
    answer = "gen_ai.choice"
    return [
        log_event(system, "You track parcels.", 0),
        log_event(asked, "Where is it?", 0),
        log_event(asked, "Parcel 4711.", 1),
        log_event(answer, "On its way.", 900),
        *(
            log_event(name, text, at, "s2", "t2")
            for name, text, at in (
                (system, "You track parcels.", 2000),
                (asked, "Where is it?", 2000),
                (asked, "Parcel 4711.", 2000),
                (replied, "On its way.", 2001),
                (asked, "When?", 2001),
                (answer, "Tomorrow.", 2600),
            )
        ),
    ]


def staged_turns(tmp_path, records, name):
    """Give (id, text) of the turns that a file of these records becomes, in their order."""
    staged = stage_records(tmp_path / name, *records, format=None)
    assert staged.reasons == []
    turns = sorted(staged.rows("turns"), key=lambda turn: (turn["occurred_at"], turn["position"]))
    return [(turn["turn_key"], turn["content"]) for turn in turns]


def test_log_events_one_a_record_are_told_as_those_of_their_span(tmp_path):
    told = staged_turns(tmp_path, two_requests(), "lines")
    assert [content for _, content in told] == [
        "You track parcels.", "Where is it?", "Parcel 4711.", "On its way.", "When?", "Tomorrow.",
    ]  # fmt: skip
    batch = {"resourceLogs": [{"scopeLogs": [{"logRecords": two_requests()}]}]}
    assert staged_turns(tmp_path, [batch], "batch") == told  # the same messages under the same ids


def test_an_envelope_around_each_log_event_changes_nothing(tmp_path):
    service = {"attributes": [{"key": "service.name", "value": {"stringValue": "parcel-desk"}}]}
    wrapped = [
        {"resourceLogs": [{"resource": service, "scopeLogs": [{"logRecords": [one]}]}]} for one in two_requests()
    ]
    assert staged_turns(tmp_path, wrapped, "wrapped") == staged_turns(tmp_path, two_requests(), "bare")
    (conversation,) = {
        row["assistant_id"] for row in stage_records(tmp_path / "named", *wrapped, format=None).rows("conversations")
    }
    assert conversation == "parcel-desk"


def test_messages_of_one_moment_are_told_apart_in_any_grouping(tmp_path):
    asked = [log_event("gen_ai.user.message", text, 5) for text in ("Where is it?", "Parcel 4711.")]
    together = staged_turns(tmp_path, asked, "together")
    apart = [staged_turns(tmp_path, [one], f"alone-{number}")[0] for number, one in enumerate(asked)]
    assert len({key for key, _ in together}) == 2
    assert set(apart) == set(together)


def test_a_message_of_a_span_keeps_its_id_where_the_others_are_in_another_file(tmp_path):
    events = two_requests()[:4]
    whole, first, second = (
        staged_turns(tmp_path, some, name) for name, some in (("a", events), ("b", events[:2]), ("c", events[2:]))
    )
    assert set(first) | set(second) == set(whole)
    assert len(whole) == 4
