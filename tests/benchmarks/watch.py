"""False alarms and power of the regression watch on real conversations, looked at daily: A/A splits by user.

No version changed in these logs: whichever users are called "new", nothing got worse. A replicate draws the users, the
order of the conversations and so their days; it raises a false alarm when any metric is flagged on any day.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.support import real_logs
from tests.support.failing import note_change, open_tables
from tests.support.tables import load_canonical
from upturn.failures.detection import detect_failures
from upturn.impact.version_watch import WATCHED, MetricSeen, compare_versions
from upturn.metrics.scoring import prepare_responses, replace_scores
from upturn.metrics.traits import prepare_traits, replace_traits
from upturn.resources import load_sql
from upturn.settings import Thresholds

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
BEFORE, AFTER = 7, 7
"""Days of the log before and after the first day of the "new version"; it is looked at on each day after."""
SEED = 20


@dataclass(frozen=True)
class Logged:
    """What each metric says: user and conversation codes and the value, (n,) each."""

    metrics: Mapping[str, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]
    user_of: NDArray[np.int64]
    """User of each conversation."""
    names: tuple[str, ...]
    """Id of each conversation."""


def measured(records: Iterable[real_logs.Record]) -> Logged:
    """Load records into a warehouse, find failures, score by rules, and read every metric as the stage reads it."""
    connection = open_tables()
    with tempfile.TemporaryDirectory() as folder:
        real_logs.write_jsonl(Path(folder) / "chat-all.jsonl", records)
        load_canonical(connection, Path(folder))
    note_change(connection)
    detect_failures(connection, Thresholds())
    connection.execute(
        "create or replace temp table conversations_to_score as select conversation_id from conversations"
    )
    prepare_responses(connection)
    replace_scores(connection, Thresholds())
    prepare_traits(connection)
    replace_traits(connection)
    connection.execute(f"create temp table version_measures as {load_sql('watch/measures')}")
    connection.execute("update conversations set assistant_id = 'all', assistant_version = 'a'")
    sides = load_sql("watch/observations").replace("paired.user_code,", "paired.conversation_id, paired.user_code,")
    rows = connection.execute(
        sides,
        {
            "assistant_id": "all",
            "dimension": "assistant_version",
            "version": "b",
            "version_before": "a",
            "first_day": "1970-01-01",
            "horizon_days": 0,
        },
    ).to_arrow_table()
    names, conversation = np.unique(rows["conversation_id"].to_numpy().astype(str), return_inverse=True)
    metric, user, value = (rows[name].to_numpy() for name in ("metric", "user_code", "value"))
    user_of = np.zeros(len(names), dtype=np.int64)
    user_of[conversation] = user
    parts = {name: metric == name for name in WATCHED if name in set(metric)}
    return Logged(
        {name: (user[part], conversation[part], value[part]) for name, part in parts.items()},
        user_of,
        tuple(names.tolist()),
    )


def airline() -> Iterator[real_logs.Record]:
    """τ-bench airline with the reward as the outcome and the task as the user."""
    folder = SHARED / "taubench_airline_gpt4o"
    truth = real_logs.airline_truth(folder)
    for record in map(real_logs.as_canonical, real_logs.airline_records(folder)):
        task, failed = truth[record["conversation_id"]]
        yield record | {"outcome": "unresolved" if failed else "resolved", "user_id": f"task-{task}"}


def retail() -> Iterator[real_logs.Record]:
    """τ-bench retail, both versions, with the reward as the outcome and the task as the user."""
    folder = SHARED / "taubench_retail_variants"
    truth = real_logs.retail_truth(folder)
    for record in map(real_logs.as_canonical, real_logs.retail_records(folder)):
        task, failed = truth[record["conversation_id"]]
        yield record | {"outcome": "unresolved" if failed else "resolved", "user_id": f"task-{task}"}


def star() -> Iterator[real_logs.Record]:
    """STAR with the time from message to answer as latency, and the user's questionnaire as a thumb."""
    folder = SHARED / "star"
    truth = real_logs.star_truth(folder)
    for record in real_logs.star_records(folder):
        turns, asked = [], None
        for turn in record["turns"]:
            if turn["role"] == "user":
                asked = datetime.fromisoformat(turn["created_at"])
            latency = {}
            if turn["role"] == "assistant" and asked is not None:
                latency = {"latency_ms": (datetime.fromisoformat(turn["created_at"]) - asked).total_seconds() * 1000}
                asked = None
            turns.append(turn | latency)
        told = truth[record["conversation_id"]].get("unhelpful")
        thumb = {"kind": "thumb", "value": "down" if told else "up", "scale": "thumb", "author": "user"}
        given = [] if told is None else [thumb | {"created_at": record["ended_at"]}]
        yield record | {"turns": turns, "feedback": given}


@dataclass(frozen=True)
class Split:
    """Days and sides of a replicate, by conversation code."""

    day: NDArray[np.int64]
    is_new: NDArray[np.bool_]


def split(logged: Logged, generator: np.random.Generator, *, is_switch: bool) -> Split:
    """Deal conversations to days at random; half of the users are new from day 0 on, or everybody is."""
    day = generator.integers(-BEFORE, AFTER, len(logged.user_of))
    is_half = generator.permutation(int(logged.user_of.max()) + 1) % 2 == 0
    return Split(day, (day >= 0) & (is_switch | is_half[logged.user_of]))


def seen_until(logged: Logged, dealt: Split, last: int) -> dict[str, MetricSeen]:
    """Give what the stage would read at the end of day `last`."""
    found = {}
    for name, (user, conversation, value) in logged.metrics.items():
        kept = dealt.day[conversation] <= last
        at = conversation[kept]
        found[name] = MetricSeen(user[kept], dealt.day[at], dealt.is_new[at], value[kept])
    return found


def alarms(logged: Logged, *, replicates: int, is_switch: bool, seed: int = SEED) -> dict[str, float]:
    """Give the share of replicates in which something was flagged, and in which any interval left the truth out."""
    generator = np.random.default_rng(seed)
    flagged = outside = at_end = 0
    compared = 0
    for _ in range(replicates):
        dealt = split(logged, generator, is_switch=is_switch)
        looks = [compare_versions(seen_until(logged, dealt, last)) for last in range(AFTER)]
        rows = [row for look in looks for row in look]
        flagged += any(row.is_flagged for row in rows)
        outside += any(row.verdict in ("worse", "better") for row in rows)
        at_end += any(row.is_flagged for row in looks[-1])
        compared = max(compared, len({row.metric for row in rows if row.difference}))
    return {
        "replicates": replicates,
        "metrics": compared,
        "flagged": flagged / replicates,
        "outside": outside / replicates,
        "flagged_at_end": at_end / replicates,
    }


def power(logged: Logged, *, share: float, replicates: int, seed: int = SEED) -> dict[str, float]:
    """Give how often it is seen by the last day that a `share` of the new version's conversations fail in addition."""
    generator = np.random.default_rng(seed)
    user, conversation, value = logged.metrics["success_rate"]
    seen = 0
    for _ in range(replicates):
        dealt = split(logged, generator, is_switch=False)
        broken = dealt.is_new[conversation] & (generator.random(len(value)) < share)
        planted = Logged(
            {"success_rate": (user, conversation, np.where(broken, 0.0, value))}, logged.user_of, logged.names
        )
        seen += any(
            row.is_flagged for last in range(AFTER) for row in compare_versions(seen_until(planted, dealt, last))
        )
    return {"share": share, "seen": seen / replicates}


def real_change(logged: Logged) -> list[dict[str, Any]]:
    """Give what τ-bench retail's own second version changed."""
    is_after = np.array([name.startswith("retail-after") for name in logged.names])
    dealt = Split(np.where(is_after, 0, -1), is_after)
    rows = compare_versions(seen_until(logged, dealt, 0))
    return [{"metric": row.metric, "verdict": row.verdict, **asdict(row.difference)} for row in rows if row.difference]


SETS = {"τ-bench airline": airline, "τ-bench retail": retail, "STAR": star}


def main(size: float) -> dict[str, Any]:
    """Measure all sets; `size` 1 is a thousand replicates."""
    replicates = max(round(1000 * size), 20)
    logs = {name: measured(records()) for name, records in SETS.items()}
    found: dict[str, Any] = {"alarms": {}, "power": {}}
    for name, logged in logs.items():
        for kind, is_switch in (("half of the users", False), ("everybody from day 0", True)):
            row = alarms(logged, replicates=replicates, is_switch=is_switch)
            found["alarms"][f"{name}, {kind}"] = row | {
                "conversations": len(logged.user_of),
                "users": int(logged.user_of.max()) + 1,
            }
            print(name, kind, found["alarms"][f"{name}, {kind}"], file=sys.stderr, flush=True)
    for share in (0.05, 0.1, 0.2, 0.3):
        found["power"][f"{share:.0%}"] = power(logs["STAR"], share=share, replicates=max(replicates // 5, 20))
    found["real"] = real_change(logs["τ-bench retail"])
    return found


if __name__ == "__main__":
    print(json.dumps(main(float(sys.argv[1]))))
