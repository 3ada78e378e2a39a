"""Which contents the fast path of ingest trusts: a text that looks like JSON, but no JSON that looks like a text."""

import json

import pyarrow as pa
import pytest

from upturn.formats.typed_records import CanonicalLines, open_typer
from upturn.privacy.hiding import UserHiding
from upturn.privacy.pseudonym import Pseudonymizer

KEY = b"k" * 32
STARTED = '{"conversation_id": "c", "started_at": "2026-11-02T10:00:00Z", '
BEFORE = STARTED + '"turns": [{"role": "tool", "created_at": "2026-11-02T10:00:00Z", '


def typed(raw):
    table = pa.table(
        {
            "row_no": pa.array([0], pa.int64()),
            "record_no": pa.array([0], pa.int64()),
            "source_name": ["s"],
            "file": ["f"],
            "line": pa.array([1], pa.int64()),
            "raw": pa.array([raw], pa.large_string()),
        }
    )
    typer = open_typer(pseudonym_key=KEY, fact_key=KEY, users=UserHiding(Pseudonymizer(KEY), KEY))
    return typer._run(CanonicalLines(table, {}).table, is_trusted=False)[:2]


@pytest.mark.parametrize(
    "text", ['{"ok": true}', '[{"type": "text"}]', "true", "1e9", '"content": [1]', "{'content': 1}"]
)
def test_a_text_that_looks_like_json_is_taken_as_it_is(text):
    tables, doubtful = typed(BEFORE + f'"content": {json.dumps(text)}}}]}}')
    assert doubtful == []
    assert tables["turns"]["content"].to_pylist() == [text]


def test_no_content_is_no_doubt():
    tables, doubtful = typed(BEFORE + '"content" : null}]}')
    assert doubtful == []
    assert tables["turns"]["content"].to_pylist() == [None]


@pytest.mark.parametrize(
    "content",
    [
        '"content": [{"type": "text", "text": "Hi"}]',
        '"content"\t:\n {"a": 1}',
        '"content": true',
        '"c\\u006fntent": ["Hi"]',
        '"conten\\u0074": ["Hi"]',
        '"conten\\u0074": {"a": 1}',
    ],
)
def test_json_in_the_place_of_a_text_is_looked_at(content):
    assert typed(BEFORE + content + "}]}")[1] == [0]
