"""Failures found without labels on logs that nobody here wrote, against what is known of them.

`python -m pytest tests/end_to_end/test_failures_on_real_logs.py -s` prints the figures of docs/reference/failures.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.support.failing import note_change, open_tables
from tests.support.real_logs import (
    Record,
    airline_records,
    airline_truth,
    as_canonical,
    retail_records,
    retail_truth,
    star_records,
    star_truth,
    write_jsonl,
)
from tests.support.shared import shared_data
from tests.support.tables import load_canonical
from upturn.failures.detection import detect_failures
from upturn.settings import Thresholds

pytestmark = [pytest.mark.shared_data, pytest.mark.slow]


@dataclass(frozen=True)
class Scored:
    failed: np.ndarray
    probability: np.ndarray
    turn_count: np.ndarray
    group: np.ndarray

    @property
    def auc(self) -> float:
        return float(roc_auc_score(self.failed, self.probability))

    @property
    def turn_count_auc(self) -> float:
        return float(roc_auc_score(self.failed, self.turn_count))

    def auc_within_turn_counts(self, bands: int = 3) -> float:
        """Mean AUC within bands of equal turn count, weighted by their conversations."""
        band = np.searchsorted(np.quantile(self.turn_count, np.linspace(0, 1, bands + 1)[1:-1]), self.turn_count)
        parts = [(band == each) for each in range(bands) if 0 < self.failed[band == each].mean() < 1]
        sizes = [part.sum() for part in parts]
        return float(
            np.average([roc_auc_score(self.failed[part], self.probability[part]) for part in parts], weights=sizes)
        )

    def difference(self, *, draws: int = 2000, seed: int = 7) -> tuple[float, float]:
        """90 % interval of AUC minus turn count's AUC, by a bootstrap over groups (tasks)."""
        generator = np.random.default_rng(seed)
        places = [np.flatnonzero(self.group == group) for group in np.unique(self.group)]
        found = []
        for _ in range(draws):
            drawn = np.concatenate([places[each] for each in generator.integers(0, len(places), len(places))])
            if 0 < self.failed[drawn].mean() < 1:
                ours = roc_auc_score(self.failed[drawn], self.probability[drawn])
                found.append(ours - roc_auc_score(self.failed[drawn], self.turn_count[drawn]))
        low, high = np.quantile(found, (0.05, 0.95))
        return float(low), float(high)


def detected(tmp_path, records: Iterable[Record]) -> duckdb.DuckDBPyConnection:  # type: ignore[no-untyped-def]
    write_jsonl(tmp_path / "chat-all.jsonl", records)
    connection = open_tables()
    load_canonical(connection, tmp_path)
    note_change(connection)
    detect_failures(connection, Thresholds())
    return connection


def scored(connection: duckdb.DuckDBPyConnection, truth: Mapping[str, tuple[int, bool]]) -> Scored:
    rows = connection.execute(
        "select conversation_id, failure_probability, turn_count from failures"
        " inner join conversations using (conversation_id) order by conversation_id"
    ).fetchall()
    known = [row for row in rows if row[0] in truth]
    return Scored(
        failed=np.array([truth[row[0]][1] for row in known]),
        probability=np.array([row[1] for row in known]),
        turn_count=np.array([row[2] for row in known]),
        group=np.array([truth[row[0]][0] for row in known]),
    )


def tell(
    name: str, found: Scored, connection: duckdb.DuckDBPyConnection, truth: Mapping[str, tuple[int, bool]]
) -> None:
    low, high = found.difference()
    print(
        f"\n{name}: n {len(found.failed)}, failed {found.failed.mean():.3f}, AUC {found.auc:.3f}, turn count "
        f"{found.turn_count_auc:.3f}, difference [{low:+.3f}, {high:+.3f}], within turn counts "
        f"{found.auc_within_turn_counts():.3f}"
    )
    fired: dict[str, list[str]] = {}
    for signal, conversation in connection.execute("select signal, conversation_id from failure_signals").fetchall():
        if conversation in truth:
            fired.setdefault(signal, []).append(conversation)
    for signal, ids in sorted(fired.items()):
        hits = sum(truth[each][1] for each in ids)
        total = sum(failed for _, failed in truth.values())
        print(f"  {signal:20s} fired {len(ids):4d}  precision {hits / len(ids):.2f}  recall {hits / total:.2f}")


def test_airline_failures_are_told_from_successes(tmp_path) -> None:  # type: ignore[no-untyped-def]
    folder = shared_data("taubench_airline_gpt4o")
    truth = airline_truth(folder)
    connection = detected(tmp_path, map(as_canonical, airline_records(folder)))
    found = scored(connection, truth)
    tell("tau-bench airline", found, connection, truth)
    assert len(found.failed) == 200
    assert found.auc >= 0.60
    assert found.auc_within_turn_counts() > 0.5  # no mere length detector
    assert found.difference()[1] > 0  # no worse than turn count, as far as 200 conversations can tell


def test_retail_failures_are_told_from_successes(tmp_path) -> None:  # type: ignore[no-untyped-def]
    folder = shared_data("taubench_retail_variants")
    truth = retail_truth(folder)
    connection = detected(tmp_path, map(as_canonical, retail_records(folder)))
    found = scored(connection, truth)
    tell("tau-bench retail", found, connection, truth)
    assert len(found.failed) == 161
    assert found.auc > found.turn_count_auc
    assert found.auc_within_turn_counts() > 0.6


@pytest.mark.parametrize("question", ["annoyed", "unhelpful", "broke_off"])
def test_star_failures_are_no_matter_of_length(tmp_path, question: str) -> None:  # type: ignore[no-untyped-def]
    folder = shared_data("star")
    answers = star_truth(folder)
    truth = {name: (place, told[question]) for place, (name, told) in enumerate(answers.items()) if question in told}
    connection = detected(tmp_path, star_records(folder))
    found = scored(connection, truth)
    print(
        f"\nSTAR {question}: n {len(found.failed)}, AUC {found.auc:.3f}, turn count {found.turn_count_auc:.3f}, "
        f"within turn counts {found.auc_within_turn_counts():.3f}, difference {found.difference(draws=200)}"
    )
    assert found.auc > 0.6
    assert found.auc_within_turn_counts() > 0.6
    assert found.auc > found.turn_count_auc
