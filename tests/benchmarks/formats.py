"""Turns a second from a file to the committed log, by format, beside DuckDB's own read_json of the same file.

Each format gets its fixtures' records over and over under new ids, with everything on: redaction, validation, append.
CPU seconds are those of the whole process, so a busy machine does not change them much.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import orjson

from tests.fuzz.mutations import records
from upturn.formats.registry import formats
from upturn.home import Home
from upturn.simulate.logs import write_logs

SIMULATED = ("upturn", "openai_chat")


def renumbered(value: Any, number: int, names: frozenset[str | int], *, is_id: bool = False) -> Any:
    """Give a record with other ids: a text that is an id in it ends with the number, a whole number begins with it.

    A ticket's history tells ids as `value` too.
    """
    if isinstance(value, dict):
        return {
            key: renumbered(part, number, names, is_id=names_id(key) or key == "value") for key, part in value.items()
        }
    if isinstance(value, list):
        return [renumbered(part, number, names) for part in value]
    if isinstance(value, str):
        return f"{value}{number:x}" if value in names else value
    is_number = is_id and isinstance(value, int) and not isinstance(value, bool)
    return number * 10**9 + value if is_number and value in names else value


def names_id(key: str) -> bool:
    """Whether what stands under the key is an id."""
    return key.lower() not in {"name", "field_name"} and key.lower().replace("_", "").endswith(("id", "name"))


def ids_in(value: Any) -> set[str | int]:
    """Give the texts and whole numbers that stand under names of ids."""
    found: set[str | int] = set()
    if isinstance(value, dict):
        for key, part in value.items():
            is_text = isinstance(part, str) and part.strip()
            is_number = isinstance(part, int) and not isinstance(part, bool)
            found |= {part} if names_id(key) and (is_text or is_number) else ids_in(part)
    elif isinstance(value, list):
        for part in value:
            found |= ids_in(part)
    return found


def write_simulated(path: Path, name: str, turns: int) -> None:
    """Write simulated conversations as canonical records, or as chat completions."""
    with tempfile.TemporaryDirectory() as folder:
        write_logs(Path(folder), days=14, per_day=max(round(turns / 14 / 6.9), 3), seed=5, start=date(2026, 3, 2))
        lines = [line for one in sorted(Path(folder).glob("chat-*.jsonl")) for line in one.read_bytes().splitlines()]
    if name == "openai_chat":
        lines = [orjson.dumps(as_chat(record)) for line in lines if (record := orjson.loads(line)).get("turns")]
    path.write_bytes(b"\n".join(lines))


def as_chat(record: dict[str, Any]) -> dict[str, Any]:
    """Give a canonical record as chat-completion messages."""
    messages = record.pop("turns")
    for message in messages:
        for call in message.get("tool_calls") or ():
            call["function"] = {"name": call.pop("name"), "arguments": orjson.dumps(call.pop("arguments")).decode()}
    return {**record, "messages": messages}


def write_repeated(path: Path, name: str, megabytes: float) -> None:
    """Write a format's fixtures until the file is that large; no id comes twice."""
    parsed = [orjson.loads(text) for text in records(name)]
    names = [frozenset(ids_in(record)) for record in parsed]
    with path.open("wb") as file:
        for number in range(1_000_000):
            for record, ids in zip(parsed, names, strict=True):
                file.write(orjson.dumps(renumbered(record, number, ids)) + b"\n")
            if file.tell() >= megabytes * 1e6:
                return


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Give what work gives, its wall seconds and its CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def take(folder: Path, file: Path, name: str) -> dict[str, Any]:
    """Take a file into a new home's log."""
    from upturn.stages.given import Given
    from upturn.wiring import open_context, take_in

    home = Home(folder).create()
    home.configuration.write_text("start_date = 2026-01-01\n", encoding="utf-8")
    context = open_context(home.root)
    return {stage: counts.as_dict() for stage, counts in take_in(context, Given((file,)), log_format=name).items()}


def main(size: float) -> dict[str, dict[str, float]]:
    """Measure every format, each warm."""
    rows: dict[str, dict[str, float]] = {}
    for name in formats():
        with tempfile.TemporaryDirectory() as made:
            folder, file, small = Path(made), Path(made) / "big.jsonl", Path(made) / "small.jsonl"
            if name in SIMULATED:
                write_simulated(file, name, round(500_000 * size))
                write_simulated(small, name, 500)
            elif records(name):
                write_repeated(file, name, 40 * size)
                write_repeated(small, name, 0.1)
            else:
                continue
            take(folder / "warm", small, name)
            counts, wall, cpu = timed(lambda folder=folder, file=file, name=name: take(folder / "home", file, name))
            _, read_wall, read_cpu = timed(
                lambda file=file: duckdb.sql(
                    f"select count(*) from (select unnest(json_keys(json)) from "
                    f"read_json_objects('{file}', format = 'newline_delimited'))"
                ).fetchall()
            )
            turns, quarantined = counts["ingest"]["turns"], counts["ingest"]["quarantined"]
            rows[name] = {
                "megabytes": file.stat().st_size / 1e6,
                "turns": turns,
                "quarantined": quarantined + counts["validate"]["quarantined"],
                "events": counts["append"]["appended"],
                "wall": wall,
                "cpu": cpu,
                "rate": turns / wall,
                "cpu_rate": turns / (cpu / 2),
                "read_json_wall": read_wall,
                "read_json_cpu": read_cpu,
            }
            print(name, {key: round(value, 2) for key, value in rows[name].items()}, file=sys.stderr, flush=True)
    return rows


if __name__ == "__main__":
    print(json.dumps(main(float(sys.argv[1]))))
