"""Rates from a judge's sample on replies that people labelled: bias, the interval's truth, judgements saved."""

from __future__ import annotations

import csv
import gzip
import json
import math
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from tests.support.scoring import empty_warehouse, score_all
from upturn.judge.estimating import SampledResponse, judge_rate
from upturn.judge.gathering import candidates
from upturn.judge.sampling import Candidate, Drawn, cutoff, drawn_in_order, final_probability

_BESIDE = (parent / "shared" / "data" for parent in Path(__file__).resolve().parents[3:])
DATA = next((folder for folder in _BESIDE if folder.is_dir()), Path("shared/data"))
SETS = ("xstest", "taskmaster_thumbs")
DRAWS, RATE, MINIMUM, STOPPED_AT = 2000, 0.1, 0.01, 0.6


@dataclass(frozen=True)
class Labelled:
    """A population whose every response carries a person's label."""

    people: list[Candidate]
    truth: dict[str, float]
    """Conversation id -> 0 or 1."""


def _xstest() -> Iterator[tuple[str, str, list[dict[str, Any]], float]]:
    for path in sorted((DATA / "xstest" / "labelled_replies").glob("*.csv")):
        model = path.stem.removeprefix("xstest_v2_completions_")
        if model.endswith(("eval",)):
            continue
        for row in csv.DictReader(path.open(encoding="utf-8")):
            turns = [{"role": "user", "content": row["prompt"]}, {"role": "assistant", "content": row["completion"]}]
            yield f"{model}-{row['id']}", model, turns, float(row["final_label"] == "1_full_compliance")


def _thumbs() -> Iterator[tuple[str, str, list[dict[str, Any]], float]]:
    with gzip.open(DATA / "taskmaster_thumbs" / "ticketing.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            record = json.loads(line)
            said = [*json.loads(record["context"]), json.loads(record["generation"])]
            if "text" not in said[-1]:
                continue
            roles = {"agent": "assistant", "user": "user", "api": "tool"}
            turns = [{"role": roles[turn["role"]], "content": turn.get("text", "")} for turn in said]
            yield f"{number}", "ticketing", turns, float(record["reward"])


def labelled(name: str) -> Labelled:
    """Give a set as the product would see it: scored by rules, banded by `sql/judge/population.sql`."""
    connection, truth, last = empty_warehouse(2), {}, {}
    start = datetime(2026, 11, 3, tzinfo=UTC)
    said: list[tuple[str, str, int, str, str]] = []
    for conversation, assistant, turns, label in {"xstest": _xstest, "taskmaster_thumbs": _thumbs}[name]():
        truth[conversation], last[conversation] = label, len(turns) - 1
        said += [(conversation, assistant, n, turn["role"], turn["content"]) for n, turn in enumerate(turns)]
    names = ("conversation_id", "assistant_id", "turn_index", "role", "content")
    connection.register("said", pa.table(dict(zip(names, map(list, zip(*said, strict=True)), strict=True))))
    connection.execute(
        "insert into conversations by name select distinct conversation_id, assistant_id, 'web' as channel, "
        "'production' as origin, false as is_internal, $start as started_at, $start as last_turn_at, "
        "false as is_open, 2 as turn_count, date '2026-11-03' as day, '2026-W45' as week, 1 as log_version from said",
        {"start": start},
    )
    connection.execute(
        "insert into turns by name select conversation_id, turn_index, role, content, $start as occurred_at, "
        "'k' || turn_index as turn_key, turn_index as position, 1 as log_version from said",
        {"start": start},
    )
    score_all(connection)
    found = candidates(connection, start, start + timedelta(days=1))
    people = [one for one in found if one.turn_index == last[one.conversation_id]]
    people = [
        Candidate(one.conversation_id, one.turn_index, one.assistant_id, one.channel, one.band, 1) for one in people
    ]
    return Labelled(people, truth)


def _rate(labels: Labelled, drawn: list[Drawn], sizes: dict[Any, float], most: int | None) -> tuple[float, float, int]:
    """Give (rate, standard error, judgements) of one draw, stopped after `most`."""
    asked = [most is None or place < most for place in range(len(drawn))]
    cut = cutoff(drawn, asked)
    kept = [one for one, was in zip(drawn, asked, strict=True) if was]
    sample = [
        SampledResponse(
            one.candidate.conversation_id,
            one.candidate.stratum,
            final_probability(one.probability, cut),
            labels.truth[one.candidate.conversation_id],
        )
        for one in kept
    ]
    found = judge_rate(sample, sizes)
    assert found is not None
    return found.score, found.standard_error or 0.0, len(kept)


def _measured(labels: Labelled, draws: int, stop: Callable[[int], int | None]) -> dict[str, float]:
    """Give bias, spread, coverage and the judgements that a simple random sample needs for the same spread."""
    sizes: dict[Any, float] = {}
    for one in labels.people:
        sizes[one.stratum] = sizes.get(one.stratum, 0.0) + 1
    truth = statistics.fmean(labels.truth[one.conversation_id] for one in labels.people)
    scores, covered, counts = [], 0, []
    for seed in range(draws):
        drawn = drawn_in_order(labels.people, seed=seed, rate=RATE, minimum=MINIMUM)
        score, error, count = _rate(labels, drawn, sizes, stop(len(drawn)))
        scores.append(score)
        counts.append(count)
        covered += abs(score - truth) <= 1.6448536 * error
    population, used = len(labels.people), statistics.fmean(counts)
    spread = statistics.stdev(scores)
    variance = truth * (1 - truth) * population / (population - 1)
    needed = variance / (spread**2 + variance / population)
    return {
        "population": population,
        "truth": truth,
        "judgements": used,
        "bias": statistics.fmean(scores) - truth,
        "bias_error": spread / math.sqrt(draws),
        "spread": spread,
        "coverage": covered / draws,
        "srs_judgements": needed,
        "saved": 1 - used / needed,
    }


def main(size: float) -> dict[str, dict[str, float]]:
    """Measure both sets, whole and stopped at 60 % of the sample."""
    draws = max(50, round(DRAWS * size))
    found = {}
    for name in SETS:
        labels = labelled(name)
        found[f"{name}, whole"] = _measured(labels, draws, lambda _: None)
        found[f"{name}, stopped"] = _measured(labels, draws, lambda count: round(STOPPED_AT * count))
    return found


if __name__ == "__main__":
    print(json.dumps(main(float(sys.argv[1]))))
