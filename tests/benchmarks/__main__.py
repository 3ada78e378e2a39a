"""`make bench`: measures, compares with the targets within one run, and prints the tables of docs/benchmarks.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from tests.benchmarks import imports
from tests.benchmarks.logs import flatten, write_long_logs

FIRST, DAYS = date(2026, 10, 5), 28
OLD_FIRST, OLD_DAYS = date(2026, 1, 5), 60
SEED = 11


def measure(module: str, *arguments: object) -> Any:
    """Run one benchmark module in a process of its own; what its last line says."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)]
    return json.loads(subprocess.check_output(command, text=True).strip().splitlines()[-1])


def machine() -> str:
    """Say what machine this is."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def whole(folder: Path, size: float) -> Iterator[str]:
    """All stages over a million turns beside the yardstick, and the rules alone."""
    files = folder / "million"
    counts = write_long_logs(files, turns=round(1e6 * size), days=DAYS, seed=SEED, first=FIRST)
    flat = flatten(files, folder / "million.jsonl")
    yardstick = measure("yardstick", flat)
    ours = measure("pipeline", files, FIRST, DAYS)
    rules = measure("rules", files, FIRST, DAYS, flat)
    yield f"## The whole way: {counts['turns']:,} turns, {counts['conversations']:,} conversations"
    yield "| | seconds | peak MiB |\n|---|---:|---:|"
    yield f"| yardstick (read {yardstick['read']:.1f}, rules {yardstick['rules']:.1f}, cluster {yardstick['cluster']:.1f}) | {yardstick['total']:.1f} | {yardstick['peak_mib']:.0f} |"
    yield f"| upturn, all stages but the judge, warm | {ours['total']:.1f} | {ours['peak_mib']:.0f} |"
    ratio = ours["total"] / yardstick["total"]
    yield f"\nRatio {ratio:.2f} (target ≤ 1.00), memory {ours['peak_mib'] / 1024:.1f} GiB (target ≤ 4). Imports and first calls: {ours['warm_up']:.1f} s. Log {ours['log_mib']:.0f} MiB, warehouse {ours['warehouse_mib']:.0f} MiB.\n"
    yield "| stage | seconds |\n|---|---:|"
    yield from (f"| {stage} | {seconds:.2f} |" for stage, seconds in ours["stages"].items())
    yield f"\n## Rules\n{rules['responses']:,} responses: row by row {rules['row_by_row']:.2f} s, in SQL (stage `score`) {rules['sql']:.2f} s: {rules['ratio']:.1f} × (target ≥ 6).\n"


def day_on_history(folder: Path, size: float) -> Iterator[str]:
    """A day on two million old turns beside the same day on an empty home."""
    files = folder / "history"
    write_long_logs(files, turns=round(2e6 * size), days=OLD_DAYS, seed=SEED, first=OLD_FIRST)
    write_long_logs(files, turns=10_000, days=1, seed=SEED + 1, first=FIRST)
    stages = measure("history", files, FIRST, OLD_FIRST, OLD_DAYS)
    yield "## A day of 10,000 turns on two million old ones\n| stage | empty home, s | with history, s | ratio |\n|---|---:|---:|---:|"
    yield from (
        f"| {name} | {row['empty']:.2f} | {row['history']:.2f} | {row['ratio']:.2f} |" for name, row in stages.items()
    )
    worst = max(stages, key=lambda name: stages[name]["ratio"])
    yield f"\nWorst stage: {worst}, {stages[worst]['ratio']:.2f} (target ≤ 1.20 for each).\n"


def dag_imports() -> Iterator[str]:
    """Importing the DAG files."""
    yield "## Importing a DAG file, beyond Airflow itself\n| file | seconds |\n|---|---:|"
    yield from (f"| {name} | {seconds:.3f} |" for name, seconds in imports.main().items())
    yield "\nTarget ≤ 0.3 each.\n"


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("whole", "history", "imports"))
    parser.add_argument("--size", type=float, default=1.0, help="share of the full size")
    arguments = parser.parse_args()
    print(f"Machine: {machine()}. Command: `make bench`.\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        parts = {
            "whole": lambda: whole(Path(folder), arguments.size),
            "history": lambda: day_on_history(Path(folder), arguments.size),
            "imports": dag_imports,
        }
        for name, part in parts.items():
            if arguments.only in (None, name):
                for line in part():
                    print(line, flush=True)


if __name__ == "__main__":
    main()
