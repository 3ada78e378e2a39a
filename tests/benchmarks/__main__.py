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
    yield f"\n## Rules\n{rules['responses']:,} responses: row by row {rules['row_by_row']:.2f} s, in SQL (seven rules, their inserts included) {rules['sql']:.2f} s: {rules['ratio']:.1f} × (target ≥ 6).\n"


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


def redaction(size: float) -> Iterator[str]:
    """Redaction of simulated and of real chat."""
    yield "## Redaction, two threads\n| messages | characters each | candidates | replaced a message | messages/s | messages per CPU second |\n|---|---:|---:|---:|---:|---:|"
    for name, row in measure("redaction", size).items():
        told = f"{row['characters']:.0f} | {row['candidates']:.1%} | {row['replaced']:.3f}"
        yield f"| {name} | {told} | {row['rate']:,.0f} | {row['cpu_rate']:,.0f} |"
    yield "\nTarget ≥ 400,000 messages/s without hits.\n"


def quality() -> Iterator[str]:
    """Rule scores against people's words, beside trivial baselines."""
    yield "## Rule scores against people\n| set | figures |\n|---|---|"
    for name, row in measure("quality").items():
        yield f"| {name} | {json.dumps(row)} |"
    yield "\nTargets: AUC of thumbs ≥ .85; Spearman with ratings above that of length.\n"


def formats(size: float) -> Iterator[str]:
    """Every format from a file to the committed log, beside DuckDB's read_json."""
    yield "## From a file to the log, by format\n| format | turns | MB | refused | turns/s | turns a second of two CPUs | CPU s | read_json, CPU s |\n|---|---:|---:|---:|---:|---:|---:|---:|"
    for name, row in measure("formats", size).items():
        yield f"| {name} | {row['turns']:,} | {row['megabytes']:.0f} | {row['quarantined']:,} | {row['rate']:,.0f} | {row['cpu_rate']:,.0f} | {row['cpu']:.1f} | {row['read_json_cpu']:.2f} |"
    yield "\nTargets: `upturn` and `openai_chat` ≥ 100,000 turns/s, every other format ≥ 20,000.\n"


def memory(size: float) -> Iterator[str]:
    """Peak memory of an ingest of a large file."""
    row = measure("memory", 0.25 * size)
    yield "## Memory of a large file\n| GB | turns | events | wall s | CPU s | peak MiB |\n|---:|---:|---:|---:|---:|---:|"
    yield f"| {row['gigabytes']:.2f} | {row['turns']:,} | {row['appended']:,} | {row['seconds']:.0f} | {row['cpu_seconds']:.0f} | {row['peak_mib']:.0f} |"
    yield "\nTarget: 5 GB (`--size 20`) within 1,536 MiB.\n"


def calibration(size: float) -> Iterator[str]:
    """Intervals of rates that labels corrected, on replies labelled by people and by GPT-4."""
    found = measure("calibration", round(1000 * size))
    yield f"## Rates corrected by labels: XSTest, {found['replies']:,} replies, 100 labels, {found['resamples']:,} resamples"
    yield f"GPT-4 agrees with people on {found['agreement']:.1%}; full compliance: people {found['people']:.3f}, GPT-4 {found['judge']:.3f}.\n"
    yield "| truth about, labels drawn | corrected: covered | width | labels alone: covered | width | ratio of widths |\n|---|---:|---:|---:|---:|---:|"
    for name, row in found["xstest"].items():
        ours, alone = row["corrected"], row["labels"]
        yield f"| {name} | {ours['coverage']:.1%} | {ours['width']:.3f} | {alone['coverage']:.1%} | {alone['width']:.3f} | {ours['width'] / alone['width']:.2f} |"
    yield "\nTarget: 90 % intervals cover 88–92 %, narrower than those of the labels alone.\n"
    yield "The unhappy answer three times as often:\n\n| 90 % interval from | covered | width | error |\n|---|---:|---:|---:|"
    names = {
        "naive": "volunteered feedback",
        "fed": "volunteered feedback taken for labels",
        "ours": "100 labels drawn",
    }
    for name, row in found["volunteered"].items():
        yield f"| {names[name]} | {row['coverage']:.1%} | {row['width']:.3f} | {row['error']:+.3f} |"
    yield ""


def judge(size: float) -> Iterator[str]:
    """Judgements against a server that takes 200 ms."""
    row = measure("judge", size)
    yield "## The judge: a server that takes 200 ms, concurrency 32\n| judgements | seconds | ideal | ratio | CPU s | most at once, at the server |\n|---:|---:|---:|---:|---:|---:|"
    yield f"| {row['count']} | {row['seconds']:.2f} | {row['ideal']:.2f} | {row['ratio']:.2f} | {row['cpu']:.2f} | {row['most_under_way']} |"
    yield f"\nTarget ≤ 1.30 and ≤ 32. Limited to {row['limit']} requests a period: at most {row['most_in_a_period']} arrived in any.\n"


def sampling(size: float) -> Iterator[str]:
    """Rates from samples of replies that people labelled."""
    yield "## The judge's sample on people's labels\n| set | responses | true rate | judgements | bias | its standard error | spread | 90 % interval covers | simple random sample needs | saved |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for name, row in measure("sampling", size).items():
        told = f"{row['bias']:+.4f} | {row['bias_error']:.4f} | {row['spread']:.4f} | {row['coverage']:.1%} | {row['srs_judgements']:.0f} | {row['saved']:.0%}"
        yield f"| {name} | {row['population']:,} | {row['truth']:.3f} | {row['judgements']:.0f} | {told} |"
    yield "\nAim: 40 % saved.\n"


def watch(size: float) -> Iterator[str]:
    """False alarms of the regression watch on splits of real conversations, and what it sees of a planted change."""
    found = measure("watch", size)
    yield "## Regression watch: false alarms, looked at daily\n| conversations, who is new | users | conversations | splits | metrics | flagged, any day | any interval left, any day |\n|---|---:|---:|---:|---:|---:|---:|"
    for name, row in found["alarms"].items():
        yield f"| {name} | {row['users']} | {row['conversations']:,} | {row['replicates']:,} | {row['metrics']} | {row['flagged']:.1%} | {row['outside']:.1%} |"
    yield "\nStated: flagged ≤ 5 %, any interval ≤ 10 %.\n\n| share of the new version's conversations that fail in addition | seen within the days |\n|---|---:|"
    yield from (f"| {share} | {row['seen']:.0%} |" for share, row in found["power"].items())
    yield "\n| real change of τ-bench retail | difference | low | high | verdict |\n|---|---:|---:|---:|---|"
    for row in found["real"]:
        yield f"| {row['metric']} | {row['value']:+.3g} | {row['low']:+.3g} | {row['high']:+.3g} | {row['verdict']} |"
    yield ""


def failures() -> Iterator[str]:
    """Failures learned from labels, held out by group, beside what is trivial."""
    found = measure("failures")
    yield "## Failures learned from labels: AUC, five folds by group\n| set | n | failed | groups | learned | without labels | turn count | TF-IDF + LR | within turn counts: learned | without | learned − without | learned − turn count | learned − TF-IDF | used |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|"
    for name, row in found["conversations"].items():
        told = " | ".join(
            f"{row[key]:.2f}" for key in ("learned", "fixed", "turn_count", "words", "within_learned", "within_fixed")
        )
        gains = " | ".join(
            "{:+.2f} ({:+.2f} to {:+.2f})".format(*row[key]) for key in ("over_fixed", "over_turn_count", "over_words")
        )
        yield f"| {name} | {row['n']:,} | {row['failed']:.2f} | {row['groups']:,} | {told} | {gains} | {'yes' if row['is_better'] else 'no'} |"
    yield "\n| single responses | n | share | groups | learned | place | TF-IDF + LR of the response | learned − TF-IDF | F1 at .5 | F1 of TF-IDF + LR | F1 of calling each one so |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for name, row in found["responses"].items():
        told = (
            f"{row['learned']:.2f} | {row['place']:.2f} | {row['words']:.2f} | "
            + "{:+.2f} ({:+.2f} to {:+.2f})".format(*row["over_words"])
        )
        yield f"| {name} | {row['n']:,} | {row['positive']:.2f} | {row['groups']:,} | {told} | {row['f1']:.2f} | {row['f1_words']:.2f} | {row['f1_always']:.2f} |"
    yield "\nCalibration, held out: predicted → failed (90 % interval)\n"
    for name, row in found["conversations"].items():
        yield f"- {name}: " + ", ".join(
            f"{said:.2f} → {seen:.2f} ({low:.2f}–{high:.2f})" for _, said, seen, low, high in row["curve"]
        )
    yield (
        "\n| learned on, share of strange conversations in | "
        + " | ".join(found["depth"])
        + " |\n|---|"
        + "---:|" * len(found["depth"])
    )
    for name, row in found["depth"].items():
        yield f"| {name} | " + " | ".join(f"{share:.0%}" for share in row.values()) + " |"
    yield ""


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = ("whole", "history", "redaction", "formats", "memory", "quality", "judge", "sampling")
    names += ("calibration", "watch", "failures", "imports")
    parser.add_argument("--only", choices=names)
    parser.add_argument("--size", type=float, default=1.0, help="share of the full size")
    arguments = parser.parse_args()
    print(f"Machine: {machine()}. Command: `make bench`.\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        parts = {
            "whole": lambda: whole(Path(folder), arguments.size),
            "history": lambda: day_on_history(Path(folder), arguments.size),
            "redaction": lambda: redaction(arguments.size),
            "formats": lambda: formats(arguments.size),
            "memory": lambda: memory(arguments.size),
            "quality": quality,
            "judge": lambda: judge(arguments.size),
            "sampling": lambda: sampling(arguments.size),
            "watch": lambda: watch(arguments.size),
            "failures": failures,
            "imports": dag_imports,
            "calibration": lambda: calibration(arguments.size),
        }
        for name, part in parts.items():
            if arguments.only in (None, name):
                for line in part():
                    print(line, flush=True)


if __name__ == "__main__":
    main()
