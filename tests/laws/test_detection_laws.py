"""Whenever detect ran, or was killed, and whatever changed between, its tables end as those of a rebuild."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.laws.test_warehouse_laws import (
    NOON,
    RECORDED,
    SETTINGS,
    conversations,
    ended,
    logged,
    made,
    received,
    scores,
)
from tests.laws.test_warehouse_laws import started as any_start
from tests.support.warehouses import rows_by_table
from upturn.domain.events import NewEvent
from upturn.failures.detection import detect_failures
from upturn.home import Home
from upturn.log.encode import event_table
from upturn.log.memory import MemoryLog
from upturn.stages.score import score_changed
from upturn.warehouse import Warehouse

DERIVE = [partial(work, thresholds=SETTINGS.thresholds) for work in (score_changed, detect_failures)]


@st.composite
def judged_safety(draw: st.DrawFn) -> NewEvent:
    """The one judgement that detection reads."""
    nothing = ("unscored_reason", "rationale", "input_tokens", "output_tokens", "cost_usd")
    payload = {
        "conversation_id": draw(conversations),
        "turn_index": draw(st.integers(0, 1)),
        "metric": "safety",
        "score": draw(scores),
        "model": "m",
        "prompt_version": draw(st.sampled_from(["p1", "p2"])),
        "inclusion_probability": 0.5,
        **dict.fromkeys(nothing),
    }
    return made("response.judged", (payload["conversation_id"], f"{payload}"), f"{payload}", payload)


facts = st.one_of(any_start(), logged(), logged(), ended(), received(), judged_safety())
steps = st.one_of(
    st.lists(facts, min_size=1, max_size=10),
    st.integers(0, 3),
    st.sampled_from(["score", "detect", "detect", "killed", "another model"]),
)


def take(step: Sequence[NewEvent] | int | str, log: MemoryLog, warehouse: Warehouse) -> None:
    """Append and catch up, let a day end, or run a stage."""
    if isinstance(step, int):
        warehouse.catch_up(log, as_of=NOON + timedelta(days=step))
    elif not isinstance(step, str):
        log.append(event_table(step, recordedtime=RECORDED))
        warehouse.catch_up(log)
    else:
        with warehouse.connect() as connection:
            if step == "another model":
                connection.execute("update failures set model_version = 'older', failure_probability = 0.123")
            elif step == "killed":
                with (
                    patch("upturn.failures.detection.changes_taken", side_effect=KeyboardInterrupt),
                    pytest.raises(KeyboardInterrupt),
                ):
                    detect_failures(connection, SETTINGS.thresholds)
            else:
                DERIVE[0 if step == "score" else 1](connection)


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(history=st.lists(steps, min_size=2, max_size=10))
def test_no_change_is_missed_by_detection(history: list[Sequence[NewEvent] | int | str]) -> None:
    log = MemoryLog()
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse(Home(Path(folder)).create(), SETTINGS, derive=DERIVE)
        for step in [*history, "score", "detect"]:
            take(step, log, warehouse)

        with warehouse.connect() as connection:
            incremental = rows_by_table(connection)
        warehouse.rebuild(log)

        with warehouse.connect() as connection:
            rebuilt = rows_by_table(connection)
    for table in ("conversations", "response_scores", "failures", "failure_signals"):
        assert rebuilt[table] == incremental[table], table
