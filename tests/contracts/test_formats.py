"""Every registered format keeps these promises, on its own realistic records in tests/fixtures/formats/NAME."""

import gzip
import importlib
from pathlib import Path

import orjson
import pytest

from tests.support.ingesting import stage_files
from upturn.domain.errors import ConfigurationError
from upturn.formats.detect import detect_format
from upturn.formats.reading import raw_chunks
from upturn.formats.registry import FORMAT_MODULES, format_named, formats, log_format

FIXTURES = Path(__file__).parent.parent / "fixtures" / "formats"
FILES = [path for name in formats() for path in sorted((FIXTURES / name).iterdir())]
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")


def texts(path):
    return [text for chunk in raw_chunks(path) for text in chunk.texts]


def test_every_format_has_realistic_records():
    assert {path.parent.name for path in FILES} == set(formats())


def test_every_module_of_the_list_registers_one_format():
    assert [importlib.import_module(module).__name__.rpartition(".")[2] for module in FORMAT_MODULES] == list(formats())


@each_file
def test_a_file_is_told_by_its_content(path):
    assert detect_format(texts(path), file=path.name).name == path.parent.name


@each_file
def test_every_record_becomes_rows(path, tmp_path):
    result = stage_files(tmp_path, path)
    assert result.reasons == []
    assert result.counts.read == len(texts(path)) == result.counts.notes["conversations"]


@each_file
def test_turns_in_are_turns_out(path, tmp_path):
    records = [orjson.loads(text) for text in texts(path)]
    given = sum(len(record.get("turns", record.get("messages", []))) for record in records)
    result = stage_files(tmp_path, path)
    assert result.counts.notes["turns"] == given > 0
    assert sum(row["turn_count"] for row in result.rows("conversations")) == given


@each_file
def test_no_user_id_gets_through(path, tmp_path):
    assert b"anna.k@example.org" in path.read_bytes()
    result = stage_files(tmp_path, path)
    assert "anna.k@example.org" not in str([table.to_pylist() for table in result.tables.values()])


@each_file
def test_as_lines_as_array_and_gzipped_it_is_the_same(path, tmp_path):
    raw = [orjson.dumps(orjson.loads(text)) for text in texts(path)]
    forms = {"a.jsonl": b"\n".join(raw), "b.json": b"[" + b",".join(raw) + b"]", "c.json.gz": b""}
    forms["c.json.gz"] = gzip.compress(forms["b.json"])
    seen = []
    for name, content in forms.items():
        (tmp_path / name).write_bytes(content)
        result = stage_files(tmp_path / f"home-{name}", tmp_path / name)
        tables = {key: table.drop_columns(["file"]).to_pylist() for key, table in result.tables.items()}
        seen.append({key: sorted(rows, key=str) for key, rows in tables.items()})
    assert seen[0] == seen[1] == seen[2]


@pytest.mark.parametrize("name", list(formats()))
@pytest.mark.parametrize("record", [{}, {"turns": 5}, {"messages": {}}, {"messages": [None]}, {"a": [[]]}])
def test_sniffing_a_foreign_record_is_false_and_never_fails(name, record):
    assert formats()[name].sniff(record) is False


def test_two_formats_of_one_name_are_an_error():
    with pytest.raises(ConfigurationError, match="openai_chat"):
        log_format("openai_chat", description="another", sniff=bool)(lambda record: [record])
    assert format_named("openai_chat").to_canonical.__module__ == "upturn.formats.openai_chat"


def test_an_unknown_name_lists_the_known():
    with pytest.raises(ConfigurationError, match="upturn, openai_chat"):
        format_named("nope")
