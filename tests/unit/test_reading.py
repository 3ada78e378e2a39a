"""The raw records of a damaged file, or of one of arrays, are the same in pieces of any size."""

import orjson
import pytest

from upturn.formats.json_array import split_objects
from upturn.formats.reading import raw_chunks


def read(path, chunk_bytes):
    """Records and refusals as (line, text) and (line, reason)."""
    chunks = list(raw_chunks(path, chunk_bytes=chunk_bytes))
    records = [pair for chunk in chunks for pair in zip(chunk.lines, chunk.texts, strict=True)]
    return records, [(broken.line, broken.reason) for chunk in chunks for broken in chunk.breaks]


def test_a_bracket_too_many_ends_no_object_within_a_later_one():
    # The second bracket that closes nothing must not make the depth negative: the inner {} would end a value then.
    found = split_objects(b'{\n"a": 1}}\n{\n"b": {"c": {}}}\n{\n"d": 4}')
    assert found.values == [b'{\n"a": 1}', b"}", b'{\n"b": {"c": {}}}', b'{\n"d": 4}']


def test_a_bracket_too_many_gives_the_same_records_in_pieces_of_any_size(tmp_path):
    path = tmp_path / "indented.json"
    path.write_bytes(b'{\n"a": 1}}\n' + b'{\n"b": {"c": {}}}\n' * 5 + b'{\n"d": 4}\n')
    records, breaks = read(path, 1 << 20)
    # a, the bracket, five times b, d
    assert [line for line, _ in records] == list(range(1, 9))
    assert [text for _, text in records][1:3] == [b"}", b'{\n"b": {"c": {}}}']
    assert breaks == []
    for chunk_bytes in range(1, 120):
        assert read(path, chunk_bytes) == (records, breaks), chunk_bytes


@pytest.mark.parametrize("first", [b'["call", {}]', b'["call", "' + b"x" * 5000 + b'"]', b'["a"]  \r'])
def test_arrays_one_a_line_are_one_record_however_long_the_first_is(tmp_path, first):
    path = tmp_path / "recording.jsonl"
    path.write_bytes(b"\n" + first + b'\n\n["call", {"a": 1}]\n')
    whole = read(path, 1 << 20)
    ((line, text),) = whole[0]
    assert (line, text, whole[1]) == (1, b'{"rows":[' + first + b',["call", {"a": 1}]]}', [])
    for chunk_bytes in (1, 2, 3, 7, 64, len(first), len(first) + 1, len(first) + 2, len(first) + 3, 4096):
        assert read(path, chunk_bytes) == whole, chunk_bytes


@pytest.mark.parametrize("text", [b'["a", "b"]\n', b'["a",\n"b"]\n', b'["a"]', b'["a"]\n{"b": 1}\n'])
def test_one_array_is_its_elements_in_pieces_of_any_size(tmp_path, text):
    path = tmp_path / "array.json"
    path.write_bytes(text)
    whole = read(path, 1 << 20)
    assert whole[0][0] == (1, b'"a"')
    for chunk_bytes in range(1, 20):
        assert read(path, chunk_bytes)[0] == whole[0], chunk_bytes


INDENTED = {
    "bare brace": b'{\n  "a": 1,\n  "b": [2]\n}\n{\n  "a": 3\n}\n',
    "space behind the brace": b'{ \n  "a": 1,\n  "b": [2]\n}\n{ \n  "a": 3\n}\n',
    "first key beside the brace": b'{"a": 1,\n "b": [2]}\n{"a": 3}\n',
    "a list opened": b'{"a": 1, "b": [\n2]}\n\n{"a": 3}',
    "an object a line within": b'{"a": 1, "b": [\n{"c": 2}\n]}\n{"a": 3}',
    "carriage returns": b'{\r\n  "a": 1,\r\n  "b": [2]\r\n}\r\n{"a": 3}\r\n',
    "a byte order mark": b'\xef\xbb\xbf{ "a": 1,\n "b": [2]}\n{"a": 3}\n',
}


@pytest.mark.parametrize("text", INDENTED.values(), ids=INDENTED)
def test_objects_over_several_lines_are_read_whole(tmp_path, text):
    path = tmp_path / "indented.json"
    path.write_bytes(text)
    records, breaks = read(path, 1 << 20)
    assert [sorted(orjson.loads(record)) for _, record in records] == [["a", "b"], ["a"]]
    assert breaks == []
    for chunk_bytes in range(3, len(text) + 1):  # a byte order mark is told in one piece
        assert read(path, chunk_bytes) == (records, breaks), chunk_bytes


@pytest.mark.parametrize("cut", [b'{"a": [', b'{"a": [1, 2', b'{"a": "cut he', b'{"a":', b"{"])
def test_a_line_cut_short_spoils_no_other(tmp_path, cut):
    path = tmp_path / "lines.jsonl"
    path.write_bytes(cut + b'\n{"b": 1}\n{"b": [2]}\n')
    records, breaks = read(path, 1 << 20)
    assert records == [(1, cut), (2, b'{"b": 1}'), (3, b'{"b": [2]}')]
    assert breaks == []
    for chunk_bytes in range(1, 40):
        assert read(path, chunk_bytes) == (records, breaks), chunk_bytes
