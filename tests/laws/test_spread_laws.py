"""A conversation told in pieces is the conversation told at once, in whatever order and cut the pieces arrive."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.warehouses import rows_by_table
from upturn.domain.events import NewEvent
from upturn.domain.payloads import PAYLOADS
from upturn.home import Home
from upturn.log.encode import event_table
from upturn.log.memory import MemoryLog
from upturn.settings import Settings
from upturn.warehouse import Warehouse

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SETTINGS = Settings(timezone="America/New_York")
LEFT_OUT: dict[str, Any] = {
    "assistant_id": "unknown",
    "assistant_version": None,
    "config_version": None,
    "channel": "unknown",
    "user_key": None,
    "origin": None,
    "is_internal": None,
    "persona": None,
    "metadata": None,
}
TRUTH: dict[str, Any] = {
    "assistant_id": "shop",
    "assistant_version": "v2",
    "config_version": "p7",
    "channel": "web",
    "user_key": "u",
    "origin": "test",
    "is_internal": True,
    "persona": "new",
}
METADATA = {"tags": ["a"], "plan": {"name": "pro"}, 'odd "key"': 1}
STALE: dict[str, Any] = {**dict.fromkeys(TRUTH, "old"), "origin": "production", "is_internal": False}
ROLES = ("user", "assistant", "tool", "agent")


def fact(kind: str, *, key: str = "", **payload: Any) -> NewEvent:
    values = {"conversation_id": "c", "updated_at": None, "record_digest": "d", **payload}
    return NewEvent(
        type=kind,  # type: ignore[arg-type]
        source="chat",
        native_ids=("c", key),
        revision=f"{sorted(values.items(), key=str)}",
        subject="c",
        time=NOON,
        payload=PAYLOADS[kind](**values),
    )


def turn(number: int) -> NewEvent:
    empty = ("parts", "latency_ms", "error_type", "input_tokens", "output_tokens")
    tools = ("tool_calls", "tool_call_id", "tool_name")
    return fact(
        "turn.logged",
        key=f"t{number}",
        turn_key=f"t{number}",
        position=0,
        role=ROLES[number % 4],
        content=f"text {number}",
        occurred_at=NOON + timedelta(minutes=number),
        **dict.fromkeys((*empty, *tools)),
    )


@st.composite
def pieces(draw: st.DrawFn) -> list[NewEvent]:
    """What several records say of one conversation: every field, key, turn and word of its end at least once."""
    count = draw(st.integers(1, 5))
    told: list[dict[str, Any]] = [dict(LEFT_OUT) for _ in range(count)]
    told_metadata: list[dict[str, Any]] = [{} for _ in range(count)]
    somewhere = st.sets(st.integers(0, count - 1), min_size=1)
    for name, value in TRUTH.items():
        for place in draw(somewhere):
            told[place][name] = value
    for name, value in METADATA.items():
        for place in draw(somewhere):
            told_metadata[place][name] = value
    starts = [NOON + timedelta(minutes=draw(st.integers(0, 9))) for _ in range(count)]
    starts[draw(st.integers(0, count - 1))] = NOON
    stamps = [draw(st.sampled_from([NOON, NOON + timedelta(hours=1)])) for _ in range(count)]
    found = [
        fact("conversation.started", started_at=at, updated_at=stamp, **{**one, "metadata": extra or None})
        for one, extra, at, stamp in zip(told, told_metadata, starts, stamps, strict=True)
    ]
    for stamp in draw(st.lists(st.sampled_from([None, NOON - timedelta(days=1)]), max_size=2)):
        found.append(fact("conversation.started", started_at=NOON, updated_at=stamp, metadata={"tags": []}, **STALE))
        found.append(fact("conversation.ended", ended_at=NOON, outcome="abandoned", updated_at=stamp))
    end = {"ended_at": NOON + timedelta(hours=2), "outcome": None}
    outcome = {"ended_at": None, "outcome": "resolved"}
    ends = draw(st.sampled_from([[end, outcome], [{**end, "outcome": "resolved"}]]))
    found += [fact("conversation.ended", updated_at=NOON, **one) for one in ends]
    found += [turn(number) for number in range(6)]
    return draw(st.permutations(found))


def told(batches: list[list[NewEvent]]) -> dict[str, list[tuple[Any, ...]]]:
    """The tables that these batches make, by catching up after each; the same as a rebuild gives."""
    log = MemoryLog()
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse(Home(Path(folder)).create(), SETTINGS)
        for batch in filter(None, batches):
            log.append(event_table(batch, recordedtime=NOON + timedelta(days=7)))
            warehouse.catch_up(log)
        with warehouse.connect() as connection:
            incremental = rows_by_table(connection)
        warehouse.rebuild(log)
        with warehouse.connect() as connection:
            assert rows_by_table(connection) == incremental
            for table in ("conversations", "turns"):
                connection.execute(f"update {table} set log_version = 0")
            return {name: rows_by_table(connection)[name] for name in ("conversations", "turns")}


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(events=pieces(), cuts=st.lists(st.integers(0, 20), max_size=3))
def test_pieces_in_any_order_and_cut_are_the_whole_conversation(events: list[NewEvent], cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), len(events)]
    spread = told([events[low:high] for low, high in pairwise(bounds)])
    whole = [
        fact("conversation.started", started_at=NOON, updated_at=NOON, **TRUTH, metadata=METADATA),
        fact("conversation.ended", ended_at=NOON + timedelta(hours=2), outcome="resolved", updated_at=NOON),
        *(turn(number) for number in range(6)),
    ]
    assert comparable(spread) == comparable(told([whole]))


def comparable(tables: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[str]]:
    """Rows as text, JSON objects with their keys in order."""
    import json

    def plain(value: Any) -> Any:
        is_object = isinstance(value, str) and value.startswith("{")
        return json.dumps(json.loads(value), sort_keys=True) if is_object else value

    return {name: [str([plain(value) for value in row]) for row in rows] for name, rows in tables.items()}
