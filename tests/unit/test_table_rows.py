"""Rows of CSV and Parquet files, with their lines; the table format under canonical names."""

import gzip
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.ingesting import stage_files
from upturn.domain.errors import InputError
from upturn.formats.file_layouts import file_reader
from upturn.formats.mapping import FileLayout
from upturn.formats.registry import RefusedRecordError, SkippedRecord, format_named
from upturn.formats.table import table
from upturn.formats.table_rows import csv_chunks, parquet_chunks, row_reader
from upturn.settings import Source

REFERENCE = (Path(__file__).parents[2] / "docs/reference/formats.md").read_text(encoding="utf-8")


def written(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path, reader=csv_chunks, **options):
    """Rows by line, and reasons by line."""
    rows, broken = {}, {}
    for chunk in reader(path, 1 << 20, **options):
        rows |= dict(zip(chunk.lines, map(orjson.loads, chunk.texts), strict=True))
        broken |= {one.line: one.reason for one in chunk.breaks}
    return rows, broken


def test_the_table_of_the_reference_is_taken(tmp_path):
    text = re.search(r"```csv\n(.*?)```", REFERENCE, re.DOTALL)[1]
    result = stage_files(tmp_path, written(tmp_path / "a.csv", text))
    assert result.reasons == []
    assert [(row["role"], row["content"]) for row in result.rows("turns")] == [
        ("user", "Where is my parcel?"),
        ("assistant", "It leaves tonight,\nat eight."),
    ]
    (piece,) = result.rows("feedback")
    assert (piece["kind"], piece["score"], piece["turn_index"]) == ("rating", 0.75, 0)
    assert "anna.k@example.org" not in str([one.to_pylist() for one in result.tables.values()])


def test_lines_are_those_of_the_file_and_a_broken_row_is_refused_alone(tmp_path):
    text = 'a,b\n1,"x\ny ""z"""\n\n2,y,extra\n3\n4,\n'
    rows, broken = read(written(tmp_path / "a.csv", text))
    # lines 2-3 hold one row, line 4 none, lines 5 and 6 are broken
    assert rows == {2: {"a": "1", "b": 'x\ny "z"'}, 7: {"a": "4", "b": None}}
    assert broken == {5: "3 fields, the header has 2", 6: "1 fields, the header has 2"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_header(tmp_path, delimiter):
    text = f"a b{delimiter}c\r\n1{delimiter}2\r\n"
    assert read(written(tmp_path / "a.csv", text))[0] == {2: {"a b": "1", "c": "2"}}


def test_a_byte_order_mark_and_gzip_are_opened(tmp_path):
    text = "\ufeffa,b\n1,ü\n".encode()
    assert read(written(tmp_path / "a.csv.gz", gzip.compress(text)))[0] == {2: {"a": "1", "b": "ü"}}


def test_what_is_not_utf_8_is_refused_with_a_clear_word(tmp_path):
    rows, broken = read(written(tmp_path / "a.csv", "a,b\n1,Grüße\n2,ok\n".encode("latin-1")))
    assert rows == {3: {"a": "2", "b": "ok"}}
    assert broken[2].startswith("not valid UTF-8: expected a CSV file in UTF-8")
    with pytest.raises(InputError, match="UTF-16"):
        read(written(tmp_path / "b.csv", "a,b\n".encode("utf-16")))


def test_an_open_quote_and_a_file_cut_short_are_breaks(tmp_path):
    rows, broken = read(written(tmp_path / "a.csv", 'a,b\n1,2\n3,"4\n'))
    assert (list(rows), broken) == ([2], {3: "not valid CSV: unexpected end of data"})
    whole = gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * 7919) for n in range(5000)))
    rows, broken = read(written(tmp_path / "b.csv.gz", whole[:-200]))
    assert 0 < len(rows) < 5000
    assert list(broken.values()) == ["the gzip stream breaks off here: the file is cut short"]


@pytest.mark.parametrize(
    ("header", "said"), [("a,,b", "column 2 has no name"), ("a,b,a", "columns 1 and 3 have one name")]
)
def test_a_header_must_name_each_column(tmp_path, header, said):
    with pytest.raises(InputError, match=said):
        read(written(tmp_path / "a.csv", f"{header}\n1,2,3\n"))


@pytest.mark.parametrize("text", ["", "\n", "a,b\n"])
def test_an_empty_table_holds_no_rows(tmp_path, text):
    assert read(written(tmp_path / "a.csv", text)) == ({}, {})


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=200) | st.text(alphabet='a,";\n\r\t|é\x00', max_size=60).map(str.encode))
def test_any_bytes_are_rows_breaks_or_an_input_error(tmp_path_factory, content):
    path = written(tmp_path_factory.mktemp("csv") / "a.csv", content)
    try:
        rows, broken = read(path)
    except InputError:
        return
    assert not rows.keys() & broken.keys()


def test_parquet_keeps_types_and_refuses_nothing_in_silence(tmp_path):
    at = datetime(2026, 11, 2, 9, tzinfo=UTC)
    rows = pa.table(
        {
            "conversation_id": [7, 7],
            "role": ["user", "assistant"],
            "content": ["Hi", None],
            "created_at": pa.array([at, at], pa.timestamp("ns", "UTC")),
            "cost": [Decimal("1.50"), None],
            "share": [float("nan"), 0.5],
            "blob": [b"\xff", None],
            "tags": [["a"], []],
        }
    )
    pq.write_table(rows, tmp_path / "rows.bin")
    assert row_reader(tmp_path / "rows.bin") is parquet_chunks  # by its first bytes
    result = stage_files(tmp_path / "home", tmp_path / "rows.bin")
    assert result.reasons == []
    assert [row["line"] for row in result.rows("turns")] == [1, 2]
    assert {row["occurred_at"] for row in result.rows("turns")} == {at}
    metadata = orjson.loads(result.rows("conversations")[0]["metadata"])
    assert metadata == {"cost": "1.50", "tags": ["a"]}  # a number that is none and bytes are nothing


def test_times_without_a_zone_need_that_of_the_source(tmp_path):
    naive = pa.array([datetime(2026, 11, 2, 9)], pa.timestamp("us"))  # noqa: DTZ001
    rows = pa.table({"conversation_id": ["c"], "role": ["user"], "content": ["Hi"], "created_at": naive})
    path = tmp_path / "inbox" / "a-2026-11-02.parquet"
    path.parent.mkdir()
    pq.write_table(rows, path)
    assert "has no time zone" in stage_files(tmp_path, path).reasons[0]
    source = Source(name="a", path="inbox/a-{day}.parquet", timezone="Europe/Paris")
    (turn,) = stage_files(tmp_path, path, sources=(source,)).rows("turns")
    assert turn["occurred_at"] == datetime(2026, 11, 2, 8, tzinfo=UTC)


def test_a_name_with_wildcards_is_one_file(tmp_path):
    for name in ("a[1].parquet", "a1.parquet", "b*.parquet", "bc.parquet"):
        pq.write_table(pa.table({"name": [name]}), tmp_path / name)
    for name in ("a[1].parquet", "b*.parquet"):
        assert read(tmp_path / name, parquet_chunks)[0] == {1: {"name": name}}


def test_a_damaged_parquet_file_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="can't be read as Parquet"):
        read(written(tmp_path / "a.parquet", b"PAR1" + b"\0" * 50), parquet_chunks)


def test_other_tables_are_read_by_a_mapping(tmp_path):
    written(tmp_path / "a.csv", "dialog;who;what;at\n5;C;'a;b';1793610000\n5;X;b;1793610001\n")
    written(
        tmp_path / "m.toml",
        """file = { delimiter = ";", quote = "'" }
[conversation]
conversation_id = "dialog"
[turns]
role = { path = "who", values = { C = "user" } }
content = "what"
created_at = { path = "at", time = "s" }
""",
    )
    result = stage_files(tmp_path / "home", tmp_path / "a.csv", mapping=tmp_path / "m.toml")
    assert [(row["line"], row["content"]) for row in result.rows("turns")] == [(2, "a;b")]
    assert [(row["line"], row["reason"]) for row in result.rows("rejected")] == [
        (3, "turns[0].role: a value that the mapping does not know; it knows C")
    ]


def test_blocks_of_lines_are_records_at_their_first_line(tmp_path):
    layout = FileLayout(layout="blocks", delimiter="\t", columns=("who", "text"))
    path = written(tmp_path / "a.txt", "\nU\tHi\nS\t\n\n\nU\tone\ttoo many\nU\tx\n \nU\tbye")
    rows, broken = read(path, file_reader(layout))
    assert rows == {
        2: {"rows": [{"who": "U", "text": "Hi"}, {"who": "S", "text": None}]},
        9: {"rows": [{"who": "U", "text": "bye"}]},
    }
    assert broken == {6: "line 6: 3 fields, expected 2: who, text"}


@pytest.mark.parametrize("chunk_bytes", [1, 7, 1000])
def test_blocks_are_whole_however_the_file_is_read(tmp_path, chunk_bytes):
    layout = FileLayout(layout="blocks", delimiter=",", columns=("n",))
    path = written(tmp_path / "a.txt", "\n\n".join("\n".join(str(n) for n in range(size)) for size in (1, 5, 30, 2)))
    found = [orjson.loads(text) for chunk in file_reader(layout)(path, chunk_bytes) for text in chunk.texts]
    assert [len(one["rows"]) for one in found] == [1, 5, 30, 2]


def test_lines_are_records_of_their_own(tmp_path):
    layout = FileLayout(layout="lines", delimiter=" | ", columns=("at", "text"))
    rows, broken = read(written(tmp_path / "a.log", "1 | a\n2\n3 | c\n"), file_reader(layout))
    assert rows == {1: {"at": "1", "text": "a"}, 3: {"at": "3", "text": "c"}}
    assert broken == {2: "1 fields, expected 2: at, text"}


def test_a_row_holds_a_turn_feedback_or_nothing():
    base = {"conversation_id": "c", "created_at": "2026-11-02T09:00:00Z", "role": None}
    (said,) = table({**base, "feedback_kind": "thumb", "feedback_value": "up"})
    assert said["turns"] == []
    assert said["feedback"] == [{"kind": "thumb", "value": "up", "created_at": base["created_at"]}]
    (one,) = table({**base, "role": "user", "tool_calls": '[{"name": "f"}]', "metadata": '{"a": 1}', "plan": "gold"})
    assert (one["turns"][0]["tool_calls"], one["metadata"]) == ([{"name": "f"}], {"a": 1, "plan": "gold"})
    with pytest.raises(SkippedRecord):
        list(table(base))
    for wrong in ({"metadata": "[1]"}, {"metadata": "{"}, {"tool_calls": "secret"}):
        with pytest.raises(RefusedRecordError) as caught:
            list(table({**base, **wrong}))
        assert "secret" not in str(caught.value)


def test_the_format_has_the_names_of_its_files():
    assert {format_named(name).name for name in ("csv", "tsv", "parquet", "table")} == {"table"}
