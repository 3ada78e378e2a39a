"""Opens a log file: plain, gzip, zstd or bzip2 by its first bytes, in pieces, with errors that a person understands."""

from __future__ import annotations

import errno
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from upturn.domain.errors import InputError

__all__ = ["PIECE_BYTES", "BrokenFileError", "pieces"]

PIECE_BYTES: Final = 4 * 1024 * 1024
_COMPRESSED_BYTES: Final = 64 * 1024
_GZIP: Final = b"\x1f\x8b"
_PACKED: Final = {b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2"}
"""First bytes of a frame, and pyarrow's name of the codec."""
_BOM: Final = b"\xef\xbb\xbf"
_FOREIGN: Final = {
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"PK\x03\x04": "a zip archive or spreadsheet",
    b"PAR1": "a Parquet file",
    b"SQLite": "an SQLite file",
    b"%PDF": "a PDF",
}


class BrokenFileError(Exception):
    """The file breaks off or is damaged from here on; the text says how. What came before was given."""


def pieces(path: Path, *, piece_bytes: int = PIECE_BYTES) -> Iterator[bytes]:
    """Give the file's bytes, unpacked, in pieces of about `piece_bytes`; an empty file gives nothing.

    Raises
    ------
    InputError
        If nothing can be read: missing, a folder, no permission, or a kind of file that is no JSON.
    BrokenFileError
        If a packed stream breaks off or is damaged, after every byte before that was given.
    """
    try:
        with path.open("rb") as file:
            start = file.read(16)
            _require_readable(path, start)
            file.seek(0)
            codec = next((name for mark, name in _PACKED.items() if start.startswith(mark)), None)
            blocks = iter(lambda: file.read(_COMPRESSED_BYTES if start[:2] == _GZIP else piece_bytes), b"")
            given = _decoded(path, codec) if codec else _unpacked(blocks) if start[:2] == _GZIP else blocks
            first = next(given, b"")
            yield first.removeprefix(_BOM)
            yield from given
    except OSError as error:
        raise InputError(f"{path} can't be read: {_why(error)}") from error


def _why(error: OSError) -> str:
    known = {
        errno.ENOENT: "there is no such file; check the path",
        errno.EISDIR: "it is a folder; name a file in it, or the folder to `upturn ingest`",
        errno.EACCES: "this user may not read it; change its mode or owner",
    }
    return known.get(error.errno or 0, f"the system says {error.strerror or type(error).__name__}")


def _require_readable(path: Path, start: bytes) -> None:
    for mark, kind in _FOREIGN.items():
        if start.startswith(mark):
            raise InputError(
                f"{path} is {kind}: expected JSON lines or a JSON array in UTF-8, plain or packed (gzip, zstd, bzip2)"
            )


def _unpacked(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Give what a gzip file of one or more members holds; on damage, every byte before it first."""
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
    for block in blocks:
        rest = block
        while rest:
            if unpack.eof:
                if not rest.strip(b"\0"):
                    break
                unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
            before = unpack.copy()
            try:
                out = unpack.decompress(rest)
            except zlib.error as error:
                yield _up_to_damage(before, rest)
                raise BrokenFileError("the gzip stream is damaged here") from error
            if out:
                yield out
            rest = unpack.unused_data
    if not unpack.eof:
        raise BrokenFileError("the gzip stream breaks off here: the file is cut short")


def _up_to_damage(unpack: zlib._Decompress, block: bytes) -> bytes:
    """Give what can be unpacked of a block that is damaged somewhere."""
    out = bytearray()
    try:
        for place in range(len(block)):
            out += unpack.decompress(block[place : place + 1])
    except zlib.error:
        pass
    return bytes(out)


def _decoded(path: Path, codec: str) -> Iterator[bytes]:
    """Give what a zstd or bzip2 file of one or more frames holds; on damage, every byte before it first."""
    import pyarrow as pa

    whole = 0
    with pa.CompressedInputStream(pa.OSFile(str(path)), codec) as stream:
        while True:
            try:
                out: bytes = stream.read(_COMPRESSED_BYTES)
            except OSError as error:
                yield from _before_damage(path, codec, whole)
                raise BrokenFileError(f"the {codec} stream breaks off here, or is damaged") from error
            if not out:
                return
            whole += len(out)
            yield out


def _before_damage(path: Path, codec: str, whole: int) -> Iterator[bytes]:
    """Give the bytes behind the first `whole` ones that can still be read: a failed read loses what it had."""
    import pyarrow as pa

    with pa.CompressedInputStream(pa.OSFile(str(path)), codec) as stream:
        while whole:
            whole -= len(stream.read(min(whole, _COMPRESSED_BYTES)))
        try:
            while out := stream.read(1):
                yield out
        except OSError:
            return
