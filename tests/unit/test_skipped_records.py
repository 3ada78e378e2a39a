"""Records of no conversation are skipped, by reason, and every record of a file is accounted for."""

import orjson
import structlog.testing

from tests.support.ingesting import stage_files, stage_records
from upturn.formats.registry import formats


def span(number, **attributes):
    ids = {"traceId": f"t{number}", "spanId": f"s{number}"}
    times = {"startTimeUnixNano": "1793600000000000000", "endTimeUnixNano": "1793600001000000000"}
    return {**ids, **times, "attributes": {"http.route": "/", **attributes}}


def run(number, **fields):
    return {"id": f"r{number}", "trace_id": f"r{number}", "start_time": "2026-11-02T09:00:00Z", **fields}


SAID = {"gen_ai.operation.name": "chat", "gen_ai.prompt": "Where is my parcel?", "gen_ai.completion": "On its way."}


def test_every_record_of_a_trace_file_is_staged_skipped_or_refused(tmp_path):
    # 1 request with two turns; 2 HTTP calls; 1 request whose messages were not recorded; 1 broken line
    result = stage_records(
        tmp_path,
        span(1, **SAID),
        span(2),
        span(3),
        span(4, **{"gen_ai.operation.name": "chat"}),
        b'{"traceId": ',
        format="otel_genai",
    )
    counts, notes = result.counts, result.counts.notes
    assert (counts.read, notes["staged"], counts.skipped, counts.quarantined) == (5, 1, 3, 1)
    assert (notes["turns"], len(result.reasons)) == (2, 1)
    assert notes["skipped, spans without messages, of no named conversation"] == 2
    assert notes["skipped, requests to a model without recorded messages, of no named conversation"] == 1
    assert "files_without_messages" not in notes


def test_a_file_without_one_message_is_a_warning_that_says_why(tmp_path):
    chain = {"run_type": "chain", "inputs": {"input": "Hi"}, "outputs": {"output": "Hello"}}
    lines = [orjson.dumps(run(number, **chain)) for number in range(3)]
    (tmp_path / "runs.jsonl").write_bytes(b"\n".join(lines))
    with structlog.testing.capture_logs() as logs:
        result = stage_files(tmp_path / "home", tmp_path / "runs.jsonl")
    assert (result.counts.read, result.counts.skipped, result.counts.notes["staged"]) == (3, 3, 0)
    assert result.counts.notes["files_without_messages"] == str(tmp_path / "runs.jsonl")
    (told,) = logs
    assert (told["log_level"], told["records"]) == ("warning", 3)
    assert "export these, or whole trees" in told["why"]


def test_outermost_runs_that_name_a_thread_are_a_warning_too(tmp_path):
    # They give conversations with their fields, and no turn.
    chain = {"run_type": "chain", "inputs": {"input": "Hi"}, "outputs": {"output": "Hello"}}
    with structlog.testing.capture_logs() as logs:
        result = stage_records(
            tmp_path,
            run(1, **chain, extra={"metadata": {"thread_id": "a"}}),
            run(2, **chain, extra={"metadata": {"thread_id": "b"}}),
            format="langsmith",
        )
    assert (result.counts.notes["conversations"], result.counts.notes["turns"], result.counts.skipped) == (2, 0, 0)
    assert [entry["event"] for entry in logs] == ["ingest.no_messages"]
    assert "whole trees" in logs[0]["why"]


def test_a_file_that_is_refused_or_spoken_is_no_warning(tmp_path):
    with structlog.testing.capture_logs() as logs:
        stage_records(tmp_path / "a", {"no": "trace"}, format="langsmith")
        stage_records(tmp_path / "b", span(1, **SAID), span(2), format="otel_genai")
        stage_records(tmp_path / "c", format="upturn")
    assert logs == []


def test_reasons_hold_nothing_of_the_record(tmp_path):
    marked = {"http.url": "https://example.org/anna.k@example.org"}
    result = stage_records(tmp_path, span(1, **marked), format="otel_genai")
    assert result.counts.skipped == 1
    assert "anna" not in str(result.counts.as_dict())
    assert set(formats()) >= {"otel_genai", "openinference", "langsmith", "langfuse"}
