"""Every parser as a function of bytes that ends in what it promises, or raises: what the coverage-guided fuzzer drives.

A record becomes canonical records, or is refused or skipped with a reason. A file gives the same records whatever the
size of the pieces in which it is read. Any other end is a finding. Parquet is not among them
(see `tests.fuzz.parquet`): DuckDB parses it, and its code is compiled without what guides a fuzzer.
"""

from __future__ import annotations

import bz2
import gzip
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, cast

import orjson
import pyarrow as pa

from tests.fuzz.mutations import records
from upturn.domain.errors import ConfigurationError, InputError
from upturn.formats.assumed_times import with_time
from upturn.formats.bundle_typing import BundleTyper
from upturn.formats.bundles import Bundle, FilePart
from upturn.formats.file_layouts import file_reader
from upturn.formats.html_text import html_text
from upturn.formats.json_array import depth_of
from upturn.formats.mapping import FileLayout
from upturn.formats.mapping_files import mapping_format
from upturn.formats.normalise import as_line, normalise, parse_json
from upturn.formats.reading import FileReader, RawChunk, raw_chunks
from upturn.formats.registry import LogFormat, Place, RefusedRecordError, SkippedRecord, format_named, formats
from upturn.formats.release_file import read_releases
from upturn.formats.table_rows import csv_chunks
from upturn.formats.table_sets import table_set_records
from upturn.formats.typed_records import open_typer
from upturn.privacy.hiding import UserHiding
from upturn.privacy.pseudonym import Pseudonymizer

MAPPINGS: Final = Path(__file__).parents[2] / "docs" / "examples" / "mappings"
LONGEST: Final = 8_192
"""Bytes of a seed: small ones are mutated to more purpose."""
SEEDS: Final = 6
"""Seeds of a parser that are kept: the corpus in CI stays small."""
_STAGED: Final = ("upturn", "table")
"""Formats of which a few records go the whole way: it costs a hundred times as much (see `tests.fuzz` for all)."""
_START: Final = "2026-11-02T09:00:00+00:00"
_DEEPEST: Final = 200
_REASON: Final = 1_000
_GOOD: Final = orjson.dumps({"conversation_id": "good", "started_at": _START, "turns": [{"role": "user"}]})
_OBSERVED: Final = orjson.dumps({
    "id": "g", "trace_id": "t", "type": "GENERATION", "start_time": "2026-11-02 09:00:00.000000", "input": "hi",
    "usage_details": {"input": 1}, "tags": ["web"], "session_id": "s", "updated_at": "2026-11-02 09:00:01.000000",
})  # fmt: skip
_SCORED: Final = orjson.dumps({"id": "s", "trace_id": "t", "name": "thumb", "value": 1, "source": "API"})

fates: Counter[str] = Counter()
"""What became of the inputs so far, by parser and end."""


@dataclass(frozen=True)
class Parser:
    """One parser."""

    name: str
    parse: Callable[[bytes], None]
    """Raises where the parser breaks its promise."""
    seeds: tuple[bytes, ...]
    is_of_records: bool = False
    """Whether an input is one JSON record, which is mutated as such."""


def parsers() -> tuple[Parser, ...]:
    """Give every parser: each format and example mapping, files as they are read, and what else is parsed."""
    known = [*formats().values(), *mappings()]
    return (
        *(Parser(one.name, partial(_record, one), _small(records(one.name)), True) for one in known),
        *(Parser(f"staged {one.name}", partial(_staged, one), _small(records(one.name))[:1], True)
          for one in known if one.name in _STAGED),
        *(Parser(name, partial(_file, name, read), seeds) for name, (read, seeds) in _files().items()),
        Parser("tables", _tables, (b"id,requester_id\n1,20\n\nid,ticket_id,user_id,body,public\n11,1,20,hi,true\n",)),
        Parser("table folders", _table_folders, (_OBSERVED + b"\n\n" + _SCORED,)),
        Parser("html_text", _html, (
            b"<p>Hi &amp; <b>welcome</b></p><ul><li>one</ul>", b'<img alt="x"><br/>&#x41;<!-- --><script>',
        )),
        Parser("mapping file", _mapping, tuple(path.read_bytes() for path in sorted(MAPPINGS.glob("*.toml")))),
        Parser("releases", _releases, (
            b'{"assistant": "shop", "kind": "prompt", "at": "2026-11-02T09:00:00Z"}\n',
            b"assistant,kind,at,note\nshop,model,2026-11-02T09:00:00Z,x\n",
        )),
    )  # fmt: skip


@cache
def mappings() -> tuple[LogFormat, ...]:
    """Give the example mappings as formats."""
    texts = {path: path.read_text("utf-8") for path in sorted(MAPPINGS.glob("*.toml"))}
    return tuple(mapping_format(tomllib.loads(text), where=path.name) for path, text in texts.items())


def _small(texts: list[bytes]) -> tuple[bytes, ...]:
    small = [text for text in texts if len(text) <= LONGEST]
    return tuple(small[:: max(1, len(small) // SEEDS)][:SEEDS])


def _record(log_format: LogFormat, text: bytes) -> None:
    """Take one record the way of `upturn ingest`, without the net that catches what a format does wrong."""
    if depth_of(text) > _DEEPEST:
        fates[log_format.name, "refused"] += 1
        return
    try:
        record = parse_json(text)
        if not isinstance(record, dict):
            raise RefusedRecordError("a record must be a JSON object")  # noqa: TRY301
        assert log_format.sniff(record) in (True, False)
        if log_format.user_ids:
            assert all(isinstance(one, str) for one in log_format.user_ids(record, Place("f", 1)))
        found = list(log_format.canonical(record, Place("f", 1)))
        assert found, "neither refused nor skipped, and no record"
        for one in found:
            as_line(normalise(with_time(orjson.loads(orjson.dumps(one)), _START)))
    except RefusedRecordError as error:
        end, reason = "refused", str(error)
    except SkippedRecord as skipped:
        end, reason = "skipped", str(skipped)
    else:
        end, reason = "kept", "-"
    assert reason, "no reason"
    assert len(reason) < _REASON
    assert len(reason.splitlines()) == 1
    fates[log_format.name, end] += 1


@cache
def _typer() -> BundleTyper:
    key = b"k" * 32
    users = UserHiding(Pseudonymizer(key), key)
    return BundleTyper(open_typer(pseudonym_key=key, fact_key=key, users=users), users=users)


def _staged(log_format: LogFormat, text: bytes) -> None:
    """Stage a record between two good ones: it has one fate, and its neighbours keep theirs."""
    good = FilePart("s", "good", format_named("upturn"), None, RawChunk([1, 3], [_GOOD, _GOOD]))
    part = FilePart("s", "odd", log_format, None, RawChunk([2], [text]), assumed_at=_START)
    chunk = _typer().stage(Bundle([good, part]))
    kept = {(row["file"], row["line"]) for row in chunk.conversations.select(["file", "line"]).to_pylist()}
    refused = [(row["file"], row["line"]) for row in chunk.rejected.to_pylist()]
    assert {("good", 1), ("good", 3)} <= kept, "a neighbour is lost"
    odd = [("odd", 2) in kept, ("odd", 2) in refused, sum(chunk.skipped.values()) > 0]
    assert sum(odd) == 1, f"kept, refused, skipped: {odd}"
    assert len(refused) == len(set(refused)) <= 1
    assert all(row["reason"] and len(row["reason"]) < _REASON for row in chunk.rejected.to_pylist())
    fates[f"staged {log_format.name}", ("kept", "refused", "skipped")[odd.index(True)]] += 1


def _files() -> dict[str, tuple[FileReader, tuple[bytes, ...]]]:
    lines = b"\n".join(_small(records("openai_chat"))[:3])
    array = b"[" + b",".join(_small(records("upturn"))[:3]) + b"]"
    table = b'conversation_id,role,content\r\nc-1,user,"a\nb"\r\nc-1,assistant,\'x""y\'\r\n'
    packed = (gzip.compress(lines, mtime=0) + gzip.compress(array, mtime=0), bz2.compress(lines), _zstd(lines))
    blocks = FileLayout(layout="blocks", columns=("who", "text"), delimiter="\t")
    rows = FileLayout(layout="lines", columns=("who", "text"), delimiter="\t")
    spoken = b"user\thi\nbot\thello\n\nuser\tbye\n"
    return {
        "json file": (
            lambda path, size: raw_chunks(path, chunk_bytes=size),
            (lines, array, b'{\n"a": "\\"}"\n}\n{"b": [1]}', b'["a", 1]\n["b", 2]\n', b'\xef\xbb\xbf[1, {"a": "]"}'),
        ),
        "packed file": (lambda path, size: raw_chunks(path, chunk_bytes=size), packed),
        "csv": (csv_chunks, (table, table.replace(b",", b";"), b"a\tb\n1\t2\n1\n")),
        "blocks": (cast("FileReader", file_reader(blocks)), (spoken,)),
        "lines": (cast("FileReader", file_reader(rows)), (spoken,)),
    }


def _zstd(text: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(text)
    return bytes(sink.getvalue())


def _file(name: str, read: FileReader, text: bytes) -> None:
    """Read a file in small pieces and in one: the same records, each with a line of its own, in order."""
    path = _folder() / "input.bin"
    path.write_bytes(text)
    ends = [_read(read, path, size) for size in (61, 1 << 20)]
    assert ends[0] == ends[1], "other records in other pieces"
    found = ends[1]
    if isinstance(found, str):
        assert len(found.splitlines()) == 1
        fates[name, "refused"] += 1
        return
    assert found[0] == sorted(set(found[0])), "a line twice, or out of order"
    fates[name, "kept"] += 1


def _read(read: FileReader, path: Path, size: int) -> tuple[list[int], list[bytes], set[tuple[int, str]]] | str:
    lines, texts, breaks = [], [], set()
    try:
        for chunk in read(path, size):
            assert len(chunk.lines) == len(chunk.texts)
            lines += chunk.lines
            texts += chunk.texts
            breaks |= {(one.line, one.reason) for one in chunk.breaks}
    except InputError as error:
        return str(error)
    return lines, texts, breaks


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="upturn-fuzz-"))


def _tables(text: bytes) -> None:
    """Join two tables: every row is a record, in one, or refused."""
    first, _, second = text.partition(b"\n\n")
    for name, table in (("ticket.csv", first), ("ticket_comment.csv", second)):
        (_folder() / name).write_bytes(table)
    try:
        for one in table_set_records(
            [_folder() / "ticket.csv", _folder() / "ticket_comment.csv"], format_named("zendesk")
        ):
            assert isinstance(orjson.loads(one.record), dict)
            assert one.refusal is None or len(one.refusal.splitlines()) == 1
    except InputError:
        fates["tables", "refused"] += 1
        return
    fates["tables", "kept"] += 1


def _table_folders(text: bytes) -> None:
    """Join two tables of JSON: every row is told in one record, counted in it, or refused."""
    first, _, second = text.partition(b"\n\n")
    folder = _folder()
    for name, table in (("observations_v2", first), ("scores", second)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "1.jsonl").write_bytes(table)
    log_format = format_named("langfuse")
    try:
        given = sum(_row_count(folder / name / "1.jsonl") for name in ("observations_v2", "scores"))
        found = list(
            table_set_records([folder / name / "1.jsonl" for name in ("observations_v2", "scores")], log_format)
        )
    except InputError:
        fates["table folders", "refused"] += 1
        return
    ends = 0
    for one in found:
        if one.refusal is not None:
            assert len(one.refusal.splitlines()) == 1
            ends += 1 + (orjson.loads(one.record)["older_rows"] if b'"older_rows":' in one.record else 0)
            continue
        record = orjson.loads(one.record)
        trace = record["trace"]
        ends += len(record["observations"]) + len(trace["scores"]) + sum(trace.get("leftOut", {}).values())
        _record(log_format, one.record)
    assert ends == given, f"{given} rows, {ends} ends"
    fates["table folders", "kept"] += 1


def _row_count(path: Path) -> int:
    return sum(len(chunk.texts) + len(chunk.breaks) for chunk in raw_chunks(path))


def _html(text: bytes) -> None:
    html = text.decode(errors="replace")
    read = html_text(html)
    assert read == html or all(line.strip() for line in read.split("\n") if read)
    fates["html_text", "kept"] += 1


def _mapping(text: bytes) -> None:
    """Use a mapping that may be one on the records of every format."""
    try:
        log_format = mapping_format(tomllib.loads(text.decode()), where="mapping.toml")
    except (ConfigurationError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        fates["mapping file", "refused"] += 1
        return
    fates["mapping file", "kept"] += 1
    for record in _samples():
        _record(log_format, record)


@cache
def _samples() -> tuple[bytes, ...]:
    return tuple(_small(records(name))[0] for name in formats() if _small(records(name)))


def _releases(text: bytes) -> None:
    for name in ("releases.csv", "releases.jsonl"):
        (_folder() / name).write_bytes(text)
        try:
            read_releases(_folder() / name)
            fates["releases", "kept"] += 1
        except InputError:
            fates["releases", "refused"] += 1


def told() -> Iterator[tuple[str, dict[str, int]]]:
    """Give what became of the inputs, by parser."""
    for name in dict.fromkeys(parser for parser, _ in cast("Any", fates)):
        yield name, {end: count for (parser, end), count in cast("Any", fates).items() if parser == name}
