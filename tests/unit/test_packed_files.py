"""Logs packed with gzip, zstd or bzip2 are read as if they were plain, and as far as they go."""

import bz2
import gzip
import random

import orjson
import pyarrow as pa
import pytest

from tests.support.ingesting import stage_files
from upturn.formats.opening import BrokenFileError, pieces


def zstd(text: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(text)
    return bytes(out.getvalue())


PACKERS = {"gz": gzip.compress, "zst": zstd, "bz2": bz2.compress}


def records(count: int) -> list[bytes]:
    """Conversations whose text does not pack well, so that a file is many blocks."""
    draw = random.Random(7)
    return [
        orjson.dumps(
            {
                "conversation_id": f"c{number}",
                "turns": [{"role": "user", "content": draw.randbytes(300).hex(), "created_at": "2026-11-23T10:00:00Z"}],
            }
        )
        + b"\n"
        for number in range(count)
    ]


@pytest.mark.parametrize("kind", PACKERS)
def test_a_packed_file_is_known_by_its_first_bytes_and_read_whole(tmp_path, kind):
    path = tmp_path / "logs.jsonl"  # no ending that tells
    path.write_bytes(PACKERS[kind](b"".join(records(40))))
    staged = stage_files(tmp_path / "home", path)
    assert (staged.counts.read, staged.counts.quarantined) == (40, 0)
    assert staged.tables["conversations"]["conversation_id"].to_pylist() == [f"c{number}" for number in range(40)]


@pytest.mark.parametrize("kind", PACKERS)
def test_frames_one_behind_the_other_are_one_file(tmp_path, kind):
    one, two = b"".join(records(3)), b"".join(records(5))
    path = tmp_path / "logs"
    path.write_bytes(PACKERS[kind](one) + PACKERS[kind](two))
    assert b"".join(pieces(path)) == one + two


@pytest.mark.slow
@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("kept", [0.9, 0.5])
def test_a_file_cut_short_gives_everything_before_the_cut_and_says_so(tmp_path, kind, kept):
    text = b"".join(records(4000))  # 2.7 MB, more than one block of each packer
    packed = PACKERS[kind](text)
    path = tmp_path / "logs"
    path.write_bytes(packed[: int(len(packed) * kept)])
    given = b""
    with pytest.raises(BrokenFileError, match="breaks off"):  # noqa: PT012  what came before the break is kept
        for piece in pieces(path):
            given += piece
    assert text.startswith(given)
    # a packer gives whole blocks only: the largest, bzip2's, is 900 kB
    assert len(text) * kept - len(given) < 1_000_000
    path.rename(tmp_path / "logs.jsonl")
    staged = stage_files(tmp_path / "home", tmp_path / "logs.jsonl")
    whole = given.count(b"\n")
    assert whole > 0
    assert staged.tables["conversations"].num_rows == whole
    assert len(staged.reasons) == 1
    assert "breaks off" in staged.reasons[0]


@pytest.mark.parametrize("kind", PACKERS)
def test_a_damaged_byte_ends_the_file_there(tmp_path, kind):
    text = b"".join(records(4000))
    packed = bytearray(PACKERS[kind](text))
    middle = len(packed) // 2
    packed[middle : middle + 64] = bytes(64)
    path = tmp_path / "logs"
    path.write_bytes(packed)
    given = b""
    with pytest.raises(BrokenFileError):  # noqa: PT012  what came before the break is kept
        for piece in pieces(path):
            given += piece
    assert given
    assert given[:100_000] == text[:100_000]


def test_a_folder_gives_packed_logs_and_hidden_files_stay_out(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    lines = records(6)
    for place, (kind, pack) in enumerate(PACKERS.items()):
        (folder / f"{place}.jsonl.{kind}").write_bytes(pack(b"".join(lines[2 * place : 2 * place + 2])))
    (folder / ".hidden.jsonl.zst").write_bytes(zstd(lines[0]))
    staged = stage_files(tmp_path / "home", folder)
    assert (staged.counts.notes["files"], staged.counts.read) == (3, 6)
