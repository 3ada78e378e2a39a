"""Langfuse's blob storage export: folders of tables become traces; each row is told, counted, skipped or refused."""

import csv
import gzip
import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from tests.support.ingesting import context, stage_files
from upturn.domain.errors import InputError
from upturn.formats.registry import format_named
from upturn.formats.sources import files_of_paths
from upturn.formats.table_sets import table_set_records
from upturn.settings import Source
from upturn.stages.ingest import ingest

FIXTURES = Path(__file__).parent.parent / "fixtures" / "formats" / "langfuse"
LANGFUSE = format_named("langfuse")
ENRICHED, LEGACY = FIXTURES / "blob_enriched", FIXTURES / "blob_legacy"


def rows_of(folder):
    """The rows of the tables' files of a fixture."""
    rows = []
    for path in sorted(one for one in folder.glob("*/*") if one.parent.name != "manifests"):
        if path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8") as file:
                rows += list(csv.DictReader(file))
        elif path.suffix == ".json":
            rows += json.loads(path.read_text())
        else:
            rows += [json.loads(line) for line in path.read_text().splitlines()]
    return rows


def records_of(folder):
    found = list(table_set_records([path for path in folder.rglob("*") if path.is_file()], LANGFUSE))
    return [json.loads(one.record) for one in found if one.refusal is None], [one for one in found if one.refusal]


def write(folder, table, name, *rows):
    path = folder / table / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def request(number, **changes):
    start = f"2026-11-02 09:00:{number:02}.000000"
    return {
        "id": f"g-{number}", "trace_id": f"tr-{number}", "type": "GENERATION", "parent_observation_id": "",
        "start_time": start, "end_time": start, "updated_at": start, "input": "hi", "output": "Hello.", **changes,
    }  # fmt: skip


def score(number, **changes):
    said = {"name": "user-feedback", "value": 1, "data_type": "NUMERIC", "source": "API"}
    return {
        "id": f"s-{number}",
        "timestamp": f"2026-11-02 10:00:{number:02}.000000",
        "trace_id": None,
        **said,
        **changes,
    }


@pytest.mark.parametrize("folder", [ENRICHED, LEGACY], ids=lambda path: path.name)
def test_a_folder_is_told_joined_and_staged(folder, tmp_path):
    result = stage_files(tmp_path / "home", folder)
    # tr-1: system, user, assistant. tr-2, of the same session: user, assistant. tr-3: user, call, tool, assistant.
    assert result.reasons == []
    turns = {(row["conversation_id"], row["role"], row["content"]) for row in result.rows("turns")}
    assert len(turns) == len(result.rows("turns")) == 9
    assert ("s-1", "user", "When will it be here?\nI am away tomorrow.") in turns
    # sc-1 and sc-3 of s-1, sc-4 of tr-3; sc-2 is a model's, kept in metadata; sc-5 is of a run, and skipped.
    scores = {(row["conversation_id"], row["feedback_key"]): row for row in result.rows("feedback")}
    assert sorted(scores) == [("s-1", "sc-1"), ("s-1", "sc-3"), ("tr-3", "sc-4")]
    assert scores["s-1", "sc-1"]["score"] == 1.0  # the newest of its two versions: up
    # 3 traces, sc-3 and sc-5.
    assert (result.counts.read, result.counts.skipped, result.counts.quarantined) == (5, 1, 0)
    assert result.counts.notes["skipped, scores of no conversation"] == 1
    assert "anna.k@example.org" not in str([table.to_pylist() for table in result.tables.values()])


def test_both_layouts_and_a_manifest_are_the_same_conversations(tmp_path):
    told = {}
    for name, folder in (("enriched", ENRICHED), ("legacy", LEGACY)):
        rows = stage_files(tmp_path / name, folder).rows("turns")
        told[name] = sorted((row["conversation_id"], row["turn_key"], row["content"] or "") for row in rows)
    both = tmp_path / "export"
    shutil.copytree(ENRICHED, both)
    shutil.copytree(LEGACY, both, dirs_exist_ok=True)
    rows = stage_files(tmp_path / "both", both).rows("turns")
    told["both"] = sorted((row["conversation_id"], row["turn_key"], row["content"] or "") for row in rows)
    assert told["enriched"] == told["legacy"] == told["both"]


@pytest.mark.parametrize("folder", [ENRICHED, LEGACY], ids=lambda path: path.name)
def test_every_row_is_told_or_counted(folder):
    records, refused = records_of(folder)
    told = sum(len(record["observations"]) + len(record["trace"]["scores"]) for record in records)
    traces = sum("metadata" in record["trace"] for record in records)
    more = sum(record["trace"].get("leftOut", {}).get("older row", 0) for record in records)
    assert refused == []
    assert told + traces + more == len(rows_of(folder))


def test_parquet_and_packed_files_are_the_same(tmp_path):
    import duckdb

    plain, other = tmp_path / "plain", tmp_path / "other"
    usage = {"input": 5, "output": 2}
    first = request(1, usage_details=usage, tags=["web"], session_id="s", metadata={"attributes": "no attributes"})
    write(plain, "observations_v2", "a.jsonl", first, request(2, usage_details=usage))
    write(plain, "scores", "a.jsonl", score(1, trace_id="tr-1"), score(2, session_id="s"))
    (other / "observations_v2").mkdir(parents=True)
    (other / "scores").mkdir()
    # As ClickHouse writes them: times and maps have types of their own, and text may be bytes.
    typed = f"""
        select * replace (
            start_time::timestamp as start_time,
            map_from_entries([('input', 5::bigint), ('output', 2::bigint)]) as usage_details,
            encode(input) as input
        )
        from read_json('{plain}/observations_v2/a.jsonl')
    """
    duckdb.sql(f"copy ({typed}) to '{other}/observations_v2/a.parquet' (format parquet)")
    (other / "scores/a.jsonl.gz").write_bytes(gzip.compress((plain / "scores/a.jsonl").read_bytes()))
    columns = ("conversation_id", "turn_key", "role", "content", "occurred_at", "input_tokens")
    found = []
    for folder in (plain, other):
        result = stage_files(tmp_path / f"home-{folder.name}", folder)
        turns = sorted(tuple(str(row[name]) for name in columns) for row in result.rows("turns"))
        found.append((turns, sorted(row["feedback_key"] for row in result.rows("feedback"))))
    assert found[0] == found[1]
    assert [row[-1] for row in found[0][0] if row[2] == "assistant"] == ["5", "5"]


def test_rows_that_belong_nowhere_are_refused_with_their_place(tmp_path):
    write(tmp_path, "observations_v2", "a.jsonl", request(1), request(2, trace_id=None), request(3, id=""))
    path = tmp_path / "scores" / "a.jsonl"
    write(
        tmp_path,
        "scores",
        "a.jsonl",
        score(1, trace_id="elsewhere"),
        score(2),
        score(3, id=None),
        score(4, trace_id="tr-1"),
    )
    path.write_text(path.read_text() + "no json\n[1]\n")
    records, refused = records_of(tmp_path)
    assert sorted((one.file.parent.name, one.row, one.refusal.split(":")[0]) for one in refused) == [
        ("observations_v2", 2, "no `trace_id` of the observation"),
        ("observations_v2", 3, "no `id` of the observation"),
        ("scores", 1, "the trace of the score is in no file of the export"),
        ("scores", 2, "the score names neither a trace nor a session"),
        ("scores", 3, "no `id` of the score"),
        ("scores", 5, "not valid JSON at character 1 of 7 bytes"),
        ("scores", 6, "a row must be a JSON object"),
    ]
    # 9 rows: one observation and its score are told, 7 are refused.
    assert [(len(one["observations"]), len(one["trace"]["scores"])) for one in records] == [(1, 1)]


def test_a_row_that_is_nested_too_deeply_is_refused_alone(tmp_path):
    deep = json.dumps(request(1, metadata="DEEP")).replace('"DEEP"', "[" * 300 + "]" * 300)
    path = write(tmp_path, "observations_v2", "a.jsonl", request(2))
    path.write_text(path.read_text() + deep + "\n")
    records, refused = records_of(tmp_path)
    assert [record["trace"]["id"] for record in records] == ["tr-2"]
    assert [(one.row, one.refusal) for one in refused] == [(2, "is nested too deeply")]


def test_a_repeated_row_of_a_refused_score_is_counted_in_it(tmp_path):
    write(tmp_path, "observations_v2", "a.jsonl", request(1))
    write(tmp_path, "scores", "a.jsonl", score(1, trace_id="elsewhere"), score(1, trace_id="elsewhere"))
    _, (refused,) = records_of(tmp_path)
    assert json.loads(refused.record)["older_rows"] == 1


def test_a_models_score_of_a_trace_elsewhere_is_skipped(tmp_path):
    write(tmp_path / "in", "observations_v2", "a.jsonl", request(1))
    write(tmp_path / "in", "scores", "a.jsonl", score(1, trace_id="elsewhere", source="EVAL", name="accuracy"))
    result = stage_files(tmp_path / "home", tmp_path / "in")
    assert (result.counts.read, result.counts.skipped, result.counts.quarantined) == (2, 1, 0)


def test_empty_files_and_tables_give_nothing(tmp_path):
    write(tmp_path, "observations_v2", "a.csv")
    write(tmp_path, "observations_v2", "b.jsonl")
    (tmp_path / "observations_v2/c.json").write_text("[]")
    assert records_of(tmp_path) == ([], [])


def test_long_cells_of_csv_are_read(tmp_path):
    said = 'parcel, "lost"\n' * 200_000  # 3 MB in one cell, more than a reader's usual line
    folder = tmp_path / "observations_v2"
    folder.mkdir()
    with (folder / "a.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(request(1)))
        writer.writeheader()
        writer.writerow(request(1, input=said))
        writer.writerow(request(2))
    records, refused = records_of(tmp_path)
    assert refused == []
    found = {record["trace"]["id"]: record["observations"][0]["input"] for record in records}
    assert found == {"tr-1": said, "tr-2": "hi"}


def test_attributes_that_are_text_are_read(tmp_path):
    said = json.dumps({"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Where is it?"})
    write(tmp_path / "in", "observations_v2", "a.jsonl", request(1, input="", metadata={"attributes": said}))
    result = stage_files(tmp_path / "home", tmp_path / "in")
    assert [row["content"] for row in result.rows("turns")] == ["Where is it?", "Hello."]


@pytest.mark.parametrize(
    ("kind", "value", "text", "expected"),
    [
        ("TEXT", 0, "It was wrong", {"kind": "comment", "comment": "It was wrong"}),
        ("CATEGORICAL", 0, "helpful", None),
        ("CATEGORICAL", 0, "thumbs-up", {"kind": "thumb", "value": "up"}),
        ("BOOLEAN", 0, None, {"kind": "thumb", "value": "down"}),
    ],
)
def test_the_number_of_a_category_or_a_text_is_no_thumb(kind, value, text, expected):
    said = {"id": "s", "timestamp": "2026-11-02T09:01:00Z", "name": "user-feedback", "source": "API"}
    trace = {
        "id": "t", "timestamp": "2026-11-02T09:00:00Z", "input": "hi", "output": "Hello.",
        "scores": [{**said, "dataType": kind, "value": value, "stringValue": text}],
    }  # fmt: skip
    (record,) = LANGFUSE.to_canonical({"trace": trace, "observations": []})
    found = record.get("feedback", [None])[0]
    assert (found and {key: found[key] for key in ("kind", "value", "comment") if key in found}) == expected


@pytest.mark.parametrize("tables", [("traces",), ("scores",), ("observations",), ("traces", "scores")])
def test_folders_of_other_logs_with_such_names_stay_logs(tables, tmp_path):
    for table in tables:
        write(tmp_path, table, "a.jsonl", request(1))
    assert [one.tables for one in files_of_paths([tmp_path], (), tmp_path)] == [None] * len(tables)
    with pytest.raises(InputError, match="folders named observations_v2 or traces and observations"):
        records_of(tmp_path)


def test_logs_beside_the_export_are_logs(tmp_path):
    write(tmp_path / "in", "observations_v2", "a.jsonl", request(1))
    chat = {"conversation_id": "c", "turns": [{"role": "user", "content": "x", "created_at": "2026-11-02T09:00:00Z"}]}
    write(tmp_path / "in", "chats", "b.jsonl", chat)
    found = {row["conversation_id"] for row in stage_files(tmp_path / "home", tmp_path / "in").rows("conversations")}
    assert found == {"tr-1", "c"}


@pytest.mark.parametrize("pattern", ["langfuse/{day}", "langfuse/*/*/{day}T*", "langfuse/**/{day}T*"])
def test_the_files_of_a_day_are_a_source(pattern, tmp_path):
    shutil.copytree(ENRICHED, tmp_path / "langfuse" / "2026-11-02")
    counts = ingest(context(tmp_path, Source(name="langfuse", path=pattern)), date(2026, 11, 2))
    assert (counts.notes["sources_arrived"], counts.notes["turns"], counts.notes["files"]) == (1, 9, 4)
