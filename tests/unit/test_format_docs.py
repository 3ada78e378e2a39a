"""The reference and the guide of the formats say what the code does."""

import json
import re
from pathlib import Path

import jsonschema
import orjson
import pytest

from tests.support.ingesting import stage_records
from upturn.formats import registry
from upturn.formats.canonical import CanonicalRecord, Feedback, Turn, json_schema
from upturn.formats.registry import formats
from upturn.resources import load_sql

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs/reference/formats.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs/guide/add-a-format.md").read_text(encoding="utf-8")


def block(text, language):
    return re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)[1]


def test_the_published_schema_is_current():
    published = json.loads((ROOT / "docs/reference/upturn-format.schema.json").read_text(encoding="utf-8"))
    assert published == json_schema()


def test_the_schema_takes_the_records_of_the_fixture():
    validator = jsonschema.Draft202012Validator(json_schema())
    lines = (ROOT / "tests/fixtures/formats/upturn/typical.jsonl").read_bytes().splitlines()
    for line in lines:
        validator.validate(orjson.loads(line))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"turns": []})


def test_every_format_is_in_the_reference():
    assert all(f"| `{name}` |" in REFERENCE for name in formats())


def test_the_example_of_the_reference_is_taken(tmp_path):
    result = stage_records(tmp_path, orjson.loads(block(REFERENCE, "json")))
    assert (result.reasons, result.counts.notes["turns"], result.rows("feedback")[0]["score"]) == ([], 2, 0.625)


def test_sql_reads_every_field_of_the_models():
    parsed = load_sql("ingest/parsed")
    known = load_sql("ingest/conversations")
    for model in (CanonicalRecord, Turn, Feedback):
        assert [name for name in model.model_fields if f'"{name}":' not in parsed] == []
    assert [name for name in CanonicalRecord.model_fields if f"'{name}'" not in known] == []


def test_the_example_of_the_guide_works(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_REGISTERED", dict(registry._REGISTERED))
    exec(compile(block(GUIDE, "python"), "guide", "exec"), {"__name__": "guide"})  # noqa: S102
    at = "2026-11-02T09:00:00Z"
    good = {"session": "s-1", "at": at, "exchanges": [{"q": "Where is it?", "a": "Here.", "at": at}]}
    result = stage_records(tmp_path, good, {"exchanges": []}, {**good, "exchanges": [{}]}, format=None)
    assert [row["content"] for row in result.rows("turns")] == ["Where is it?", "Here."]
    assert result.reasons == [
        "no `session`: it is the id of the conversation",
        "the format could not read the record (KeyError)",
    ]
