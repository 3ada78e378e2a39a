"""Traces of Langfuse, of many SDKs, become conversations in which each message stands once."""

import json
from pathlib import Path

import orjson
import pytest

from tests.support.ingesting import stage_files, stage_records
from tests.support.shared import shared_data
from upturn.formats.langfuse import langfuse
from upturn.formats.registry import RefusedRecordError, SkippedRecord

FIXTURES = Path(__file__).parents[1] / "fixtures/formats/langfuse"
EXPORT = orjson.loads((FIXTURES / "export.json").read_bytes())
PAGE = orjson.loads((FIXTURES / "api.jsonl").read_bytes())


def only(record):
    (found,) = langfuse(record)
    return found


def said(record):
    return [(turn["role"], turn["content"]) for turn in record["turns"]]


def test_an_export_with_its_fields():
    record = only(EXPORT)
    assert said(record) == [
        ("system", "You track parcels."),
        ("user", "Where is my parcel?"),
        ("assistant", "It leaves tonight."),
    ]
    answer = record["turns"][2]
    assert (answer["latency_ms"], answer["input_tokens"], answer["output_tokens"]) == (2000.0, 30, 5)
    names = ("conversation_id", "user_id", "assistant_id", "assistant_version", "config_version")
    assert {name: record[name] for name in names} == {
        "conversation_id": "tr-1", "user_id": "anna.k@example.org", "assistant_id": "support-chat",
        "assistant_version": "v7", "config_version": "parcel:3",
    }  # fmt: skip
    assert "anna.k" not in json.dumps(record["metadata"])
    assert record["metadata"]["locale"] == "en-GB"


def test_scores_of_people_whose_meaning_is_known_are_feedback():
    record = only(EXPORT)
    # sc-1: 0 under the name user-feedback, on observation ob-2, whose answer is turn 2; sc-2: a word, on the trace.
    assert record["feedback"] == [
        {
            "kind": "thumb", "value": "down", "comment": "Not tonight!", "author": "user", "feedback_id": "sc-1",
            "created_at": "2026-11-02T09:05:00.000Z", "updated_at": "2026-11-02T09:05:01.000Z", "turn_index": 2,
            "channel": "user-feedback",
        },
        {
            "kind": "thumb", "value": "up", "author": "annotator", "feedback_id": "sc-2",
            "created_at": "2026-11-03T09:05:00.000Z", "channel": "tone",
        },
    ]  # fmt: skip
    assert [score["name"] for score in record["metadata"]["scores.tr-1"]] == ["hallucination", "resolved"]


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ({"value": 4, "config": {"minValue": 1, "maxValue": 5}}, {"kind": "rating", "value": 4, "scale": "1-5"}),
        ({"value": 9, "config": {"minValue": 1, "maxValue": 5}}, None),
        ({"value": 0.7}, None),
        ({"name": "user-feedback", "value": 4}, None),
        ({"name": "user-feedback", "value": -1}, {"kind": "thumb", "value": "down"}),
        ({"name": "thumbs", "value": True, "dataType": "BOOLEAN"}, {"kind": "thumb", "value": "up"}),
        ({"name": "toxicity", "value": 1, "config": {"minValue": 0, "maxValue": 1}}, None),
        ({"value": 2, "stringValue": "thumbs down", "dataType": "CATEGORICAL"}, {"kind": "thumb", "value": "down"}),
        ({"value": 2, "stringValue": "meh", "dataType": "CATEGORICAL"}, None),
        ({"value": 0.7, "comment": "So so"}, {"kind": "comment", "comment": "So so"}),
        ({"name": "user-feedback", "value": 1, "source": "EVAL"}, None),
        ({"name": "user-feedback", "value": 1, "source": None}, None),
    ],
)
def test_a_score_is_feedback_only_where_nothing_is_guessed(score, expected):
    given = {"id": "s", "name": "quality", "source": "ANNOTATION", **score}
    record = only({**EXPORT, "trace": {**EXPORT["trace"], "scores": [given]}})
    found = [
        {key: one[key] for key in ("kind", "value", "scale", "comment") if key in one}
        for one in record.get("feedback", [])
    ]
    assert found == ([expected] if expected else [])
    is_kept = expected is None or expected["kind"] == "comment"
    assert ("scores.tr-1" in record["metadata"]) is is_kept


def test_traces_of_one_session_are_one_conversation_without_its_history_twice():
    first, second = langfuse(PAGE)
    names = [{name for name in record["metadata"] if name.startswith("trace.")} for record in (first, second)]
    assert len(names[0] | names[1]) == 2  # merged key by key, neither trace is lost
    assert {first["conversation_id"], second["conversation_id"]} == {"s-9"}
    assert said(first) + said(second) == [
        ("user", "Can I cancel?"),
        ("assistant", "Until Friday."),
        ("user", "Then cancel it."),
        ("assistant", "Done."),
    ]


def test_an_array_of_traces_and_a_page_are_the_same(tmp_path):
    page = stage_records(tmp_path / "a", PAGE, format=None)
    (tmp_path / "b.json").write_bytes(orjson.dumps(PAGE["data"]))
    array = stage_files(tmp_path / "c", tmp_path / "b.json")
    columns = ["conversation_id", "content", "occurred_at"]
    assert page.tables["turns"].select(columns).equals(array.tables["turns"].select(columns))
    assert (page.reasons, array.reasons, array.counts.read) == ([], [], 2)


def test_a_trace_without_observations_speaks_itself():
    record = only({**EXPORT, "observations": []})
    assert said(record) == [("user", "Where is my parcel?"), ("assistant", "It leaves tonight.")]
    listed = {**EXPORT["trace"], "observations": ["ob-1", "ob-2"], "scores": ["sc-1"]}
    assert said(only(listed)) == said(record)


def test_what_fails_is_an_error_of_its_turn():
    failed = [{**one, "level": "ERROR", "statusMessage": "for Anna", "output": None} for one in EXPORT["observations"]]
    record = only({**EXPORT, "observations": failed})
    assert record["turns"][-1] | {"content": None, "error_type": "error"} == record["turns"][-1]
    assert "Anna" not in json.dumps(record)


@pytest.mark.parametrize(
    "record", [{"trace": 5, "observations": []}, {"trace": {}, "observations": []}, {"data": [5], "meta": {}}, {}]
)
def test_what_is_no_trace_is_refused(record):
    with pytest.raises(RefusedRecordError):
        list(langfuse(record))


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"trace": {"id": "t", "timestamp": "2026-11-02T09:00:00Z"}, "observations": []}, "traces without messages"),
        ({"data": [], "meta": {}}, "page without a trace"),
    ],
)
def test_a_trace_in_which_nothing_was_said_is_skipped(record, reason):
    with pytest.raises(SkippedRecord, match=reason):
        list(langfuse(record))


REAL = {
    # system, user, assistant calling a search, its result, assistant; two nested generations for each request
    "agno-2025-06-11.json": "suata",
    # three requests without recorded answers: system, user, two thoughts from later histories, the agent's answer
    "beeai-2025-08-01.json": "suaaa",
    # system instruction, user, model calling say_hello, its result, model
    "google-adk-2025-08-28.json": "suata",
    # one request whose history is all there is: two system, user, assistant, user, five lists of tools, then the answer
    "google-vertex-tools-langchain-2025-09-19.json": "ssuaua",
    # two user messages (the prompt is sent as one), assistant calling Web-Search, its result, assistant
    "langgraph-2025-08-22.json": "uuata",
    # user, assistant calling get_weather, its result, assistant; the agent's span repeats all four
    "microsoft-agent-2025-10-14.json": "uata",
    # the thread's greeting, user, assistant; three more spans of the Assistants API
    "openai-assistants-2024-05-29.json": "aua",
}


@pytest.mark.shared_data
def test_real_exports_of_seven_sdks_add_up(tmp_path):
    folder = shared_data("fmt_langfuse")
    assert {path.name for path in folder.glob("*.json")} == set(REAL)
    result = stage_files(tmp_path, *(folder / name for name in REAL))
    assert (result.reasons, result.counts.read, result.counts.notes["conversations"]) == ([], 7, 7)
    roles = dict.fromkeys(REAL, "")
    for row in result.rows("turns"):
        roles[Path(row["file"]).name] += row["role"][0]
    assert roles == REAL
    assert result.counts.notes["turns"] == sum(map(len, REAL.values())) == 33
    # Every score in them is of a model: none is feedback.
    assert result.counts.notes["feedback"] == 0


@pytest.mark.shared_data
def test_real_exports_as_one_array_are_the_same(tmp_path):
    traces = [orjson.loads(path.read_bytes()) for path in sorted(shared_data("fmt_langfuse").glob("*.json"))]
    (tmp_path / "all.json").write_bytes(orjson.dumps(traces))
    result = stage_files(tmp_path / "home", tmp_path / "all.json")
    assert (result.reasons, result.counts.read, result.counts.notes["turns"]) == ([], 7, 33)


def test_a_refused_trace_hides_its_user(tmp_path):
    refused = {"trace": {"userId": "anna.k@example.org", "name": "chat of anna.k@example.org"}, "observations": []}
    result = stage_records(tmp_path, refused, format="langfuse")
    assert len(result.reasons) == 1
    assert "anna.k" not in str(result.rows("rejected"))
