"""The tables of labels: which word stands, and what becomes of it in `feedback`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from upturn.domain.events import NewEvent
from upturn.domain.payloads import LabelGiven, LabelRequested
from upturn.home import Home
from upturn.log.encode import event_table
from upturn.log.memory import MemoryLog
from upturn.settings import Settings
from upturn.warehouse import Warehouse

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(Home(tmp_path).create(), Settings())


def requested(*, turn: int | None = None, chance: float = 0.1, day: int = 20) -> NewEvent:
    payload = LabelRequested(
        conversation_id="c",
        turn_index=turn,
        metrics=["success"] if turn is None else ["safety"],
        stratum="other",
        inclusion_probability=chance,
        seed=1,
        random_number=0.05,
        first_day=date(2026, 11, 1),
        last_day=date(2026, 11, day),
        requested_by="ana",
        requested_at=NOON,
    )
    return NewEvent("label.requested", "label", ("c", f"{turn}"), f"{chance}", "c", NOON, payload)


def given(
    score: float | None, *, metric: str = "success", turn: int | None = None, minute: int = 0, by: str = "ana"
) -> NewEvent:
    moment = NOON + timedelta(minutes=minute)
    payload = LabelGiven(
        conversation_id="c",
        turn_index=turn,
        metric=metric,
        score=score,
        unlabelled_reason="unsure" if score is None else None,
        annotator=by,
        inclusion_probability=0.1,
        given_at=moment,
    )
    return NewEvent("label.given", "label", ("c", metric, by), moment.isoformat(), "c", moment, payload)


def rows(warehouse: Warehouse, log: MemoryLog, sql: str, *events: NewEvent) -> list[tuple[Any, ...]]:
    for event in events:
        log.append(event_table([event], recordedtime=NOON))
        warehouse.catch_up(log)
    with warehouse.connect() as connection:
        return connection.execute(sql).fetchall()


def test_a_changed_label_replaces_the_older_one_and_others_words_stay(warehouse: Warehouse, log: MemoryLog) -> None:
    found = rows(
        warehouse,
        log,
        "select annotator, score, inclusion_probability from labels order by label_id",
        given(0.0, minute=1),
        given(1.0, minute=5),
        given(0.5, minute=3),  # late on its way, older by its time
        given(None, by="bo"),
    )
    assert found == [("ana", 1.0, 0.1), ("bo", None, 0.1)]


def test_only_words_on_the_whole_conversation_become_feedback(warehouse: Warehouse, log: MemoryLog) -> None:
    query = "select feedback_id, kind, author, score, inclusion_probability from feedback"
    found = rows(warehouse, log, query, given(1.0), given(0.0, metric="safety", turn=1))
    assert found == [("c/success/ana", "label", "annotator", 1.0, 0.1)]


def test_a_second_draw_keeps_the_greater_probability(warehouse: Warehouse, log: MemoryLog) -> None:
    query = "select request_id, inclusion_probability, last_day from label_requests order by request_id"
    drawn = [requested(chance=0.4), requested(chance=0.1, day=22), requested(turn=3)]
    found = rows(warehouse, log, query, *drawn)
    assert found == [("c", 0.4, date(2026, 11, 20)), ("c#3", 0.1, date(2026, 11, 20))]


def test_without_labels_the_tables_are_empty(warehouse: Warehouse, log: MemoryLog) -> None:
    warehouse.catch_up(log)
    assert rows(warehouse, log, "select * from labels union all by name select * from label_requests") == []
