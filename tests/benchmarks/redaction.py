"""Messages a second that redaction looks through: simulated support chat, and real chat where shared/data is there."""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from upturn.privacy.redactor import open_redactor
from upturn.privacy.screening import rows_to_read
from upturn.settings import RedactionSettings
from upturn.simulate.logs import write_logs

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
THREADS, BATCH = 2, 20_000
REDACTOR = open_redactor(RedactionSettings())


def simulated(size: float) -> list[str]:
    """Give the messages of simulated conversations."""
    with tempfile.TemporaryDirectory() as folder:
        write_logs(Path(folder), days=14, per_day=max(round(1500 * size), 50), seed=5, start=date(2026, 3, 2))
        records = [json.loads(line) for path in sorted(Path(folder).glob("chat-*.jsonl")) for line in path.open()]
    return [turn["content"] for record in records for turn in record.get("turns") or () if turn.get("content")]


def real() -> Iterator[tuple[str, list[str]]]:
    """Give the messages of each real set that is there: people's talk, and tools' results in JSON."""
    star = SHARED / "star" / "dialogues.jsonl.gz"
    if star.exists():
        with gzip.open(star, "rt", encoding="utf-8") as lines:
            yield "STAR", [text for line in lines for text in _said(json.loads(line))]
    airline = SHARED / "taubench_airline_gpt4o" / "gpt-4o-airline.json.gz"
    if airline.exists():
        turns = [turn for one in json.loads(gzip.decompress(airline.read_bytes())) for turn in one["traj"]]
        for name, roles in (("τ-bench airline, said", {"user", "assistant"}), ("τ-bench airline, tools", {"tool"})):
            yield name, [turn["content"] for turn in turns if turn["role"] in roles and turn["content"]]


def _said(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key == "Text" and isinstance(part, str):
                yield part
            else:
                yield from _said(part)
    elif isinstance(value, list):
        for part in value:
            yield from _said(part)


def rate(texts: list[str]) -> dict[str, float]:
    """Measure a set on two threads, as ingest works: the best of three runs of at least 200,000 messages.

    A small set is read again and again, in columns that hold each message as often as the set does: what comes often is
    decided once in a column.
    """
    column = pa.array(texts, pa.string())
    size = min(BATCH, -(-len(column) // THREADS))
    slices = [column.slice(place, size) for place in range(0, len(column), size)]
    times = -(-200_000 // len(texts))
    hits = sum(sum(REDACTOR.texts(part)[1].values()) for part in slices)
    seconds, worked = [], []
    for _ in range(3):
        with ThreadPoolExecutor(THREADS) as pool:
            begin, used = time.perf_counter(), time.process_time()
            list(pool.map(REDACTOR.texts, slices * times))
            seconds.append(time.perf_counter() - begin)
            worked.append(time.process_time() - used)
    return {
        "messages": len(column) * times,
        "characters": sum(map(len, texts)) / len(texts),
        "candidates": sum(rows_to_read(part, REDACTOR.rules).true_count for part in slices) / len(column),
        "replaced": hits / len(column),
        "rate": len(column) * times / min(seconds),
        "cpu_rate": len(column) * times / min(worked),
    }


def main(size: float) -> dict[str, dict[str, float]]:
    """Measure every set."""
    chat = simulated(size)
    clean = [text for text in chat if REDACTOR.text(text) == text]
    sets = {"simulated, without hits": clean, "simulated": chat, **dict(real())}
    return {name: rate(texts) for name, texts in sets.items()}


if __name__ == "__main__":
    print(json.dumps(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
