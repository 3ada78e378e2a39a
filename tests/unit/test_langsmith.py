"""Runs of LangSmith, as trees, batches and lines, become conversations; feedback finds its turn."""

import json
from pathlib import Path

import orjson
import pytest

from tests.support.ingesting import stage_files
from tests.support.shared import shared_data
from upturn.formats.langsmith import langsmith
from upturn.formats.registry import RefusedRecordError, SkippedRecord, formats

FIXTURES = Path(__file__).parents[1] / "fixtures/formats/langsmith"
TREE = orjson.loads((FIXTURES / "tree.json").read_bytes())
BATCH = orjson.loads((FIXTURES / "batch.jsonl").read_bytes())
LINES = [orjson.loads(line) for line in (FIXTURES / "runs.jsonl").read_bytes().splitlines()]


def only(record):
    (found,) = langsmith(record)
    return found


def said(record):
    return [(turn["role"], turn["content"]) for turn in record["turns"]]


def test_a_tree_is_told_once():
    # A chain, a search and a request: the chain repeats the request's question and answer.
    record = only(TREE)
    assert said(record) == [
        ("system", "You track parcels."),
        ("user", "Where is my parcel?"),
        ("assistant", "It leaves tonight."),
    ]
    answer = record["turns"][2]
    assert (answer["latency_ms"], answer["input_tokens"], answer["output_tokens"]) == (3000.0, 20, 6)
    # LangSmith writes UTC without an offset.
    assert (record["started_at"], answer["created_at"]) == ("2026-11-02T09:00:00+00:00", "2026-11-02T09:00:04+00:00")
    assert {name: record[name] for name in ("conversation_id", "user_id", "assistant_id", "config_version")} == {
        "conversation_id": "th-1", "user_id": "anna.k@example.org", "assistant_id": "support",
        "config_version": "gpt-4o",
    }  # fmt: skip


def test_feedback_in_a_tree_finds_its_turn_and_that_of_models_stays_a_score():
    record = only(TREE)
    assert record["feedback"] == [
        {
            "kind": "thumb", "value": "up", "comment": "thanks", "author": "user", "turn_index": 2,
            "channel": "user_score", "feedback_id": "00000000-0000-4000-8000-000000000091",
            "created_at": "2026-11-02T09:10:00+00:00", "updated_at": "2026-11-02T09:10:00+00:00",
        }
    ]  # fmt: skip
    assert record["metadata"][f"scores.{TREE['id']}"] == [{"key": "correctness", "score": 0.8, "run_id": TREE["id"]}]


def test_a_tree_without_requests_speaks_by_its_outermost_chain():
    chain = {**TREE, "child_runs": [{**TREE["child_runs"][1], "run_type": "chain"}]}
    assert said(only(chain)) == [("user", "Where is my parcel?"), ("assistant", "It leaves tonight.")]


def test_lines_of_one_thread_add_up():
    # The chain's own line gives no turn: its request has a line of its own. The third failed: question and error.
    chain, first, second, feedback = (only(line) for line in LINES)
    assert {one["conversation_id"] for one in (chain, first, second, feedback)} == {"th-2"}
    assert said(chain) == []
    assert said(first) == [("user", "Can I cancel?"), ("assistant", "Until Friday.")]
    assert said(second) == [("user", "Then cancel it."), ("assistant", None)]
    assert second["turns"][1]["error_type"] == "RateLimitError"
    assert "Anna" not in json.dumps(second)
    assert feedback["feedback"][0] | {"kind": "thumb", "value": "down", "author": "user"} == feedback["feedback"][0]


@pytest.mark.parametrize("alone", [{"child_run_ids": []}, {"total_tokens": 0}])
def test_a_chain_that_says_it_has_no_requests_speaks(alone):
    assert len(only({**LINES[0], **alone})["turns"]) == 2


def test_a_patch_completes_its_post_in_one_batch_and_in_two():
    together = only(BATCH)
    assert said(together) == [("user", "howdy"), ("assistant", "Hello!")]
    (question, answer) = together["turns"]
    assert (question["created_at"], answer["latency_ms"]) == ("2026-11-02T12:00:00.123000+00:00", 1000.0)
    apart = [only({"post": BATCH["post"]}), only({"patch": BATCH["patch"]})]
    assert apart[0]["turns"] == [question]
    assert apart[1]["turns"] == [question, answer]


@pytest.mark.parametrize("name", ["session_id", "thread_id", "conversation_id"])
def test_metadata_names_the_thread(name):
    run = {**LINES[1], "session_id": "a-project", "extra": {"metadata": {name: 17}}}
    assert only(run)["conversation_id"] == "17"


def test_the_project_is_no_thread():
    run = {**LINES[1], "session_id": "a-project", "extra": {}}
    assert only(run)["conversation_id"] == run["trace_id"]


@pytest.mark.parametrize(
    ("feedback", "said_as"),
    [
        ({"key": "user_score", "score": True}, ("thumb", "up", "user")),
        (
            {"key": "note", "score": None, "comment": "Late", "feedback_source": {"type": "app"}},
            ("comment", None, "annotator"),
        ),
        (
            {"key": "csat", "score": 4, "feedback_config": {"type": "continuous", "min": 1, "max": 5}},
            ("rating", 4, "user"),
        ),
        ({"key": "tone", "score": None, "value": "👎"}, ("thumb", "down", "user")),
    ],
)
def test_feedback_alone_is_on_the_conversation_of_its_trace(feedback, said_as):
    record = only({"id": "f", "run_id": "r", "trace_id": "t", "created_at": "2026-11-02T11:00:00", **feedback})
    (piece,) = record["feedback"]
    assert (record["conversation_id"], piece["created_at"]) == ("t", "2026-11-02T11:00:00+00:00")
    assert (piece["kind"], piece.get("value"), piece["author"]) == said_as


RUN = {"id": "r", "start_time": 1728803137170}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({}, "no `id`"),
        ({"run_type": "llm", "id": "r", "inputs": {"input": "Hi"}}, "no `start_time`"),
        ({"run_id": "r", "key": "user_score", "score": 0.8}, "scale and direction are not known"),
        ({"post": [5]}, "no object"),
    ],
)
def test_what_cannot_be_read_is_refused(record, reason):
    with pytest.raises(RefusedRecordError, match=reason):
        list(langsmith(record))


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"post": [], "patch": []}, "without a run"),
        ({**RUN, "run_type": "retriever", "inputs": {"query": "x"}}, "of no named thread"),
        ({**RUN, "run_type": "chain", "inputs": {"input": "Hi"}, "outputs": {"output": "Hello"}}, "requests below it"),
        ({**RUN, "run_type": "llm", "inputs": {}}, "without recorded messages"),
        ({"run_id": "r", "key": "correctness", "score": 0.8, "feedback_source": {"type": "model"}}, "score of a model"),
    ],
)
def test_what_tells_nothing_of_a_conversation_is_skipped(record, reason):
    with pytest.raises(SkippedRecord, match=reason):
        list(langsmith(record))


@pytest.mark.shared_data
def test_real_batches_of_the_javascript_sdk_add_up(tmp_path):
    # Three files, each a batch of one request and its patch: one question, one answer.
    files = sorted(shared_data("fmt_langsmith").glob("*.json"))
    result = stage_files(tmp_path, *files)
    assert (len(files), result.reasons, result.counts.read) == (3, [], 3)
    assert (result.counts.notes["conversations"], result.counts.notes["turns"]) == (3, 6)
    answers = [row for row in result.rows("turns") if row["role"] == "assistant"]
    # 1728803138285 - 1728803137170, 1728803148730 - 1728803138291, 1728803136663 - 1728803135809
    assert [row["latency_ms"] for row in answers] == [1115.0, 10439.0, 854.0]
    assert [(row["input_tokens"], row["output_tokens"]) for row in answers] == [(9, 9), (43, 1901), (9, 9)]


def test_its_records_are_of_no_other_format():
    for record in (TREE, BATCH, *LINES):
        assert [name for name, form in formats().items() if form.sniff(record)] == ["langsmith"]


@pytest.mark.parametrize("record", [TREE, *LINES[:2]], ids=["tree", "first line", "second line"])
def test_fields_that_a_table_holds_as_text_say_the_same(record):
    def as_text(run):
        flat = {name: json.dumps(value) if isinstance(value, (dict, list)) else value for name, value in run.items()}
        if isinstance(run.get("child_runs"), list):
            flat["child_runs"] = [as_text(child) for child in run["child_runs"]]
        return flat

    assert only(as_text(record)) == only(record)
