"""The benchmarks' logs: simulated conversations, joined until one has about sixteen turns, as a long chat does."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from upturn.simulate.logs import write_logs

TURNS_EACH = 16
_SIMULATED_TURNS = 6.9  # turns of a simulated conversation; only a first guess of how many are needed
_GAP = timedelta(minutes=2)


def write_long_logs(folder: Path, *, turns: int, days: int, seed: int, first: date) -> dict[str, int]:
    """Write `chat-DAY.jsonl` for each day with about `turns` turns in all; how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {"turns": 0, "conversations": 0}
    with tempfile.TemporaryDirectory() as raw:
        per_day = max(round(turns / days / _SIMULATED_TURNS), 3)
        write_logs(Path(raw), days=days, per_day=per_day, seed=seed, start=first)
        for path in sorted(Path(raw).glob("chat-*.jsonl")):
            with path.open(encoding="utf-8") as records, (folder / path.name).open("w", encoding="utf-8") as out:
                for record in joined(map(json.loads, records)):
                    counts["turns"] += len(record.get("turns") or ())
                    counts["conversations"] += bool(record.get("turns"))
                    out.write(json.dumps(record, ensure_ascii=False) + "\n")
    return counts


def joined(records: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Join conversations of one assistant, in order, until each has `TURNS_EACH` turns; feedback stays with its own."""
    open_ones: dict[str, dict[str, Any]] = {}
    for record in records:
        if not record.get("turns"):
            continue  # late feedback: about a conversation that may have gone into another
        held = open_ones.get(record["assistant_id"])
        if held is None:
            open_ones[record["assistant_id"]] = held = record
        else:
            _append(held, record)
        if len(held["turns"]) >= TURNS_EACH:
            yield open_ones.pop(record["assistant_id"])
    yield from open_ones.values()


def _append(held: dict[str, Any], later: dict[str, Any]) -> None:
    """Add the turns of one conversation to another, as if the user had gone on after a pause."""
    shift = _time(held["turns"][-1]["created_at"]) + _GAP - _time(later["turns"][0]["created_at"])
    held["feedback"] = [
        *(held.get("feedback") or ()),
        *(
            {**one, "turn_index": None if one.get("turn_index") is None else one["turn_index"] + len(held["turns"])}
            for one in later.get("feedback") or ()
        ),
    ]
    for turn in later["turns"]:
        held["turns"].append({**turn, "created_at": (_time(turn["created_at"]) + shift).isoformat()})
    held["outcome"] = later.get("outcome")
    held["ended_at"] = held["turns"][-1]["created_at"]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def flatten(folder: Path, target: Path) -> Path:
    """Write one turn a line, as the yardstick reads it: no text is "", since pandas reads null as a number."""
    with target.open("w", encoding="utf-8") as file:
        for path in sorted(folder.glob("chat-*.jsonl")):
            for record in map(json.loads, path.open(encoding="utf-8")):
                for number, turn in enumerate(record.get("turns") or ()):
                    row = {"conversation_id": record["conversation_id"], "turn_index": number, "role": turn["role"]}
                    row |= {"content": turn.get("content") or "", "latency_ms": turn.get("latency_ms")}
                    file.write(json.dumps(row) + "\n")
    return target
