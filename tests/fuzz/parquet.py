"""`make fuzz`, the part for Parquet: mutated files, each read in a process that may die of it.

DuckDB parses Parquet in code that is compiled without what guides a fuzzer, and what a file does to memory there would
take the guided fuzzer with it, at a later input of another parser. Here a process reads one file after another and says
before each which it is; where it dies or hangs, the file is kept and the next process goes on behind it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

__all__ = ["fuzz", "mutated_file", "seed"]

ROOT: Final = Path(__file__).parents[2]
READER: Final = "upturn.formats.table_rows:parquet_chunks"
HANG_SECONDS: Final = 60
_START_SECONDS: Final = 60
"""What a process may take to import what it needs."""
_FOOTER: Final = 1_200
"""Bytes at the end where the metadata lies: half of the changes go there."""


def main() -> None:
    """Fuzz, and print what became of the files; ends with 1 where a process died."""
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--files", type=int, default=5_000)
    flags.add_argument(
        "--first", type=int, default=0, help="number of the first file; the same number is the same file"
    )
    flags.add_argument("--failures", type=Path, default=Path("fuzz-failures"), help="where failing files are kept")
    flags.add_argument("--reader", default=READER, help="module:function that reads a file")
    flags.add_argument("--child", type=Path, help="read the files here, saying in this file which is next")
    given = flags.parse_args()
    if given.child:
        _read_all(given.child, given.reader, first=given.first, count=given.files)
        return
    began = time.monotonic()
    ends, failed = fuzz(given.files, first=given.first, failures=given.failures, reader=given.reader)
    print(json.dumps({**ends, "failed": [path.name for path in failed], "seconds": round(time.monotonic() - began)}))
    raise SystemExit(1 if failed else 0)


def fuzz(
    files: int, *, first: int, failures: Path, reader: str = READER, hang_seconds: float = HANG_SECONDS
) -> tuple[dict[str, int], list[Path]]:
    """Read mutated files `first` … `first + files - 1`: the counts by end, and the files of which a process died."""
    failures.mkdir(parents=True, exist_ok=True)
    ends: Counter[str] = Counter()
    failed: list[Path] = []
    number, last = first, first + files
    with tempfile.TemporaryDirectory(prefix="upturn-parquet-") as folder:
        while number < last:
            told = Path(folder) / f"{number}.json"
            code = _child(told, reader, first=number, count=last - number, hang_seconds=hang_seconds)
            said = json.loads(told.read_text()) if told.exists() else {"number": number, "ends": {}}
            ends.update(said["ends"])
            if code == 0:
                break
            number = said["number"] + 1
            ends["died"] += 1
            failed.append(failures / f"parquet-{said['number']}")
            failed[-1].write_bytes(mutated_file(seed(), said["number"]))
    return dict(ends), failed


def mutated_file(whole: bytes, number: int) -> bytes:
    """Give a Parquet file changed at one to eight places; its first and last four bytes may be among them.

    >>> mutated_file(b"PAR1" * 9, 5) == mutated_file(b"PAR1" * 9, 5)
    True
    """
    dice = random.Random(number)
    raw = bytearray(whole)
    for _ in range(dice.choice((1, 1, 2, 8))):
        end = len(raw) - 1 - dice.randrange(min(len(raw), _FOOTER))
        place = end if dice.random() < 0.5 else dice.randrange(len(raw))
        match dice.randrange(4):
            case 0:
                raw[place] = dice.randrange(256)
            case 1:
                raw[place] ^= 1 << dice.randrange(8)
            case 2:
                del raw[place : place + dice.choice((1, 4))]
            case _:
                raw[place:place] = dice.randbytes(dice.choice((1, 4)))
    return bytes(raw)


def _child(told: Path, reader: str, *, first: int, count: int, hang_seconds: float) -> int:
    """Run a process until it ends, or says nothing new for too long; its exit code, negative after a signal."""
    options = ["--child", str(told), "--reader", reader, "--first", str(first), "--files", str(count)]
    process = subprocess.Popen([sys.executable, "-m", "tests.fuzz.parquet", *options], cwd=ROOT)
    started = time.time() + _START_SECONDS
    while True:
        try:
            return process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            heard = told.stat().st_mtime if told.exists() else started
            if time.time() - heard > hang_seconds:
                process.kill()
                return process.wait() or 1


def _read_all(told: Path, reader: str, *, first: int, count: int) -> None:
    from upturn.domain.errors import InputError

    module, _, name = reader.partition(":")
    read = getattr(importlib.import_module(module), name)
    whole, path = seed(), told.with_suffix(".parquet")
    ends: Counter[str] = Counter()
    for number in range(first, first + count):
        _say(told, number, ends)
        path.write_bytes(mutated_file(whole, number))
        try:
            for chunk in read(path, 1 << 20):
                assert len(chunk.lines) == len(chunk.texts)
            ends["kept"] += 1
        except InputError:
            ends["refused"] += 1
    _say(told, first + count, ends)


def _say(told: Path, number: int, ends: Counter[str]) -> None:
    new = told.with_suffix(".new")
    new.write_text(json.dumps({"number": number, "ends": ends}))
    new.replace(told)


def seed() -> bytes:
    """Give a small file of every kind of column that a log has: text, numbers, times, lists, structs, NULL."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = [
        {
            "conversation_id": f"c-{number // 3}", "role": "user" if number % 2 else "assistant",
            "content": "Where is my parcel? " * (number % 5), "created_at": "2026-11-02T09:00:00Z",
            "latency_ms": number / 3, "metadata": {"tags": ["web"] * (number % 3), "is_new": number % 2 == 0},
            "error_type": None if number % 4 else "timeout",
        }
        for number in range(60)
    ]  # fmt: skip
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows), sink, row_group_size=25)
    return bytes(sink.getvalue())


if __name__ == "__main__":
    main()
