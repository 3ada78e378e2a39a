"""Every registered format keeps these promises, on its own realistic records in tests/fixtures/formats/NAME.

Beside each file NAME.json or NAME.jsonl may stand NAME.counts: the rows of conversations (spread ones too) and the
turns in it, counted by hand, where that is not a conversation a record and a turn per element of `turns` or `messages`.
"""

import gzip
import importlib
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.ingesting import stage_files
from upturn.domain.errors import ConfigurationError
from upturn.formats.detect import detect_format
from upturn.formats.reading import raw_chunks
from upturn.formats.registry import (
    FORMAT_MODULES,
    RefusedRecordError,
    SkippedRecord,
    format_named,
    formats,
    log_format,
)

FIXTURES = Path(__file__).parent.parent / "fixtures" / "formats"
FILES = [path for name in formats() for path in sorted((FIXTURES / name).glob("*.json*"))]
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")


def texts(path):
    return [text for chunk in raw_chunks(path) for text in chunk.texts]


def counted(path):
    """Conversations and turns of a fixture."""
    by_hand = path.with_suffix(".counts")
    if by_hand.exists():
        return orjson.loads(by_hand.read_bytes())
    records = [orjson.loads(text) for text in texts(path)]
    turns = sum(len(record.get("turns", record.get("messages", []))) for record in records)
    return {"conversations": len(records), "turns": turns}


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
    assert result.counts.read == len(texts(path))
    assert result.counts.notes["conversations"] == counted(path)["conversations"]


@each_file
def test_turns_in_are_turns_out(path, tmp_path):
    expected = counted(path)["turns"]
    result = stage_files(tmp_path, path)
    assert result.counts.notes["turns"] == expected > 0
    assert sum(row["turn_count"] for row in result.rows("conversations")) == expected


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


RECORDS = {path: [orjson.loads(text) for text in texts(path)] for path in FILES}
ODD = st.sampled_from(
    [None, True, 5, -1.5, 10**30, "", "x", "\0", [], {}, [None], [[]], {"": {}}, ["x"], [{}], [{"type": []}], {"id": 5}]
)


def places(value, path=()):
    """Every place within a JSON value, as the keys and indices that lead to it."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from places(part, (*path, key))


def changed(value, path, other):
    if not path:
        return other
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], other)
    return copy


@each_file
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_wrong_in_a_record_it_is_read_or_refused_with_a_reason(path, data):
    record = data.draw(st.sampled_from(RECORDS[path]))
    for _ in range(data.draw(st.integers(1, 3))):
        there = data.draw(st.sampled_from([place for place in places(record) if place]))
        record = changed(record, there, data.draw(ODD))
    for form in formats().values():
        form.sniff(record)
    form = formats()[path.parent.name]
    try:
        found = list(form.to_canonical(record))
    except (RefusedRecordError, SkippedRecord) as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017  what can be read is no error
    else:
        assert found
        assert all(isinstance(one, dict) for one in found)


def test_two_formats_of_one_name_are_an_error():
    with pytest.raises(ConfigurationError, match="openai_chat"):
        log_format("openai_chat", description="another", sniff=bool)(lambda record: [record])
    assert format_named("openai_chat").to_canonical.__module__ == "upturn.formats.openai_chat"


def test_an_unknown_name_lists_the_known():
    with pytest.raises(ConfigurationError, match="expected one of upturn, openai_chat, "):
        format_named("nope")
