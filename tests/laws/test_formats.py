"""Laws of the formats: nothing is lost, nothing crashes, both paths agree, and the cut into chunks does not matter."""

import json

import orjson
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings, target
from hypothesis import strategies as st

from tests.support.ingesting import stage_files
from tests.support.records import ANY_JSON, FEEDBACK, RECORDS, USUAL
from upturn.formats.json_array import split_elements
from upturn.formats.normalise import as_line, normalise, parse_json
from upturn.formats.reading import raw_chunks
from upturn.formats.registry import formats
from upturn.formats.scales import canonical_scale, canonical_value, score
from upturn.formats.typed_records import CanonicalLines, open_typer
from upturn.privacy.hiding import UserHiding
from upturn.privacy.pseudonym import Pseudonymizer

pytestmark = pytest.mark.slow
KEY = b"k" * 32
many = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def typer():
    return open_typer(pseudonym_key=KEY, fact_key=KEY, users=UserHiding(Pseudonymizer(KEY), KEY))


def lines(texts):
    numbers = list(range(len(texts)))
    table = pa.table(
        {
            "row_no": pa.array(numbers, pa.int64()),
            "record_no": pa.array(numbers, pa.int64()),
            "source_name": ["s"] * len(texts),
            "file": ["f"] * len(texts),
            "line": pa.array(numbers, pa.int64()),
            "raw": pa.array([text.decode() for text in texts], pa.large_string()),
        }
    )
    return CanonicalLines(table, {})


def by_line(tables):
    return {
        name: sorted(table.to_pylist(), key=lambda row: (row["line"], row.get("position", 0), str(row)))
        for name, table in tables.items()
    }


@many
@given(st.lists(RECORDS | USUAL, min_size=1, max_size=40))
def test_fast_and_slow_path_give_the_same_rows(typer, records):
    """What the fast path takes, the slow path takes too, and both give the same rows."""
    texts = [json.dumps(record).encode() for record in records]
    fast, doubtful, _ = typer._run(lines(texts).table, is_trusted=False)
    taken = [number for number in range(len(texts)) if number not in doubtful]
    normal = [as_line(normalise(parse_json(text))) if number in taken else b"{}" for number, text in enumerate(texts)]
    target(float(len(taken)), label="records on the fast path")
    kept = lines(normal).table.take(pa.array(taken, pa.int64()))
    slow, _, _ = typer._run(kept, is_trusted=True)
    assert by_line(fast) == by_line(slow)


@many
@given(st.lists(RECORDS | USUAL | ANY_JSON, min_size=1, max_size=30))
def test_every_record_is_typed_or_refused(typer, records):
    typed = typer.type(lines([json.dumps(record).encode() for record in records]))
    staged = typed.tables["conversations"]["line"].to_pylist()
    refused = [refusal.record_no for refusal in typed.refusals]
    assert sorted(staged + refused) == list(range(len(records)))
    turns = sum(typed.tables["conversations"]["turn_count"].to_pylist())
    assert typed.tables["turns"].num_rows == turns
    assert typed.tables["turns"]["occurred_at"].null_count == 0
    assert typed.tables["feedback"]["received_at"].null_count == 0


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("name", list(formats()))
@given(content=st.lists(st.binary(max_size=40) | ANY_JSON | RECORDS, max_size=8))
def test_any_bytes_end_staged_skipped_or_refused(tmp_path_factory, name, content):
    root = tmp_path_factory.mktemp("any")
    path = root / "a.jsonl"
    raw = b"\n".join(part if isinstance(part, bytes) else json.dumps(part).encode() for part in content)
    path.write_bytes(b"{}\n" + raw)  # so that it is told as lines and never as gzip
    result = stage_files(root, path, format=name)
    counts = result.counts
    assert counts.read == counts.notes["conversations"] + counts.skipped + counts.quarantined
    assert counts.read == sum(1 for line in (b"{}\n" + raw).split(b"\n") if line and not line.isspace())


@many
@given(st.lists(ANY_JSON, max_size=6), st.integers(1, 40), st.sampled_from([None, 2]))
def test_an_array_is_cut_where_its_elements_end(tmp_path_factory, values, chunk_bytes, indent):
    path = tmp_path_factory.mktemp("array") / "a.json"
    path.write_text(json.dumps(values, indent=indent))
    chunks = list(raw_chunks(path, chunk_bytes=chunk_bytes))
    assert [json.dumps(json.loads(text)) for chunk in chunks for text in chunk.texts] == [json.dumps(v) for v in values]
    assert [line for chunk in chunks for line in chunk.lines] == list(range(1, len(values) + 1))
    assert [broken for chunk in chunks for broken in chunk.breaks] == []


@many
@given(st.binary(max_size=60))
def test_splitting_any_bytes_never_fails_and_uses_no_more_than_there_is(text):
    found = split_elements(text)
    assert 0 <= found.used <= len(text)


@many
@given(st.lists(st.text(alphabet='ab{}"\\ ', max_size=6), max_size=12), st.integers(1, 30))
def test_lines_are_the_same_for_any_chunk_size(tmp_path_factory, texts, chunk_bytes):
    path = tmp_path_factory.mktemp("lines") / "a.jsonl"
    path.write_bytes(b"x\n" + "\n".join(texts).encode())
    seen = [
        (line, text)
        for chunk in raw_chunks(path, chunk_bytes=chunk_bytes)
        for line, text in zip(chunk.lines, chunk.texts, strict=True)
    ]
    assert seen == [(i, text.encode()) for i, text in enumerate(["x", *texts], start=1) if text.strip()]


@given(low=st.integers(-20, 20), width=st.integers(1, 30), share=st.floats(0, 1))
def test_scores_are_linear_and_within_their_bounds(low, width, share):
    value = canonical_value(f"{low + share * width:.4f}", f"{low}-{low + width}")
    assert 0 <= score(value, f"{low}-{low + width}") <= 1
    assert score(value, f"{low}-{low + width}") == pytest.approx(share, abs=1e-4)


@many
@given(FEEDBACK)
def test_sql_and_python_give_the_same_score(typer, piece):
    record = {"conversation_id": "c", "started_at": "2026-11-02T09:00:00Z", "turns": [], "feedback": [piece]}
    typed = typer.type(lines([json.dumps(record).encode()]))
    for row in typed.tables["feedback"].to_pylist():
        wanted = None if row["value"] is None else score(row["value"], canonical_scale(row["scale"], row["kind"]))
        assert row["score"] == wanted


def test_deep_nesting_is_refused_and_not_a_crash(typer):
    deep = b'{"conversation_id": "c", "x": ' + b"[" * 3000 + b"]" * 3000 + b"}"
    (refusal,) = typer.type(lines([deep])).refusals
    assert "JSON" in refusal.reason or "nested" in refusal.reason


def test_duplicate_keys_do_not_break_the_count(typer):
    text = b'{"conversation_id": "a", "conversation_id": "b", "started_at": "2026-11-02T09:00:00Z", "turns": []}'
    assert typer.type(lines([text])).tables["conversations"].num_rows == 1


def test_normalising_is_idempotent():
    record = {"conversation_id": 1, "turns": [{"role": "user", "content": [{"text": "a"}], "created_at": 1793610000}]}
    once = as_line(normalise(record))
    assert orjson.loads(as_line(normalise(orjson.loads(once)))) == orjson.loads(once)
