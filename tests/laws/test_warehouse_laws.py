"""However the log's events are cut into batches, the warehouse is the same, row for row."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.warehouses import repeated_keys, rows_by_table
from upturn.domain.events import NewEvent
from upturn.domain.payloads import PAYLOADS
from upturn.home import Home
from upturn.log.delta import DeltaLog
from upturn.log.encode import event_table
from upturn.log.memory import MemoryLog
from upturn.settings import Settings
from upturn.warehouse import Warehouse

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RECORDED = datetime(2026, 11, 30, 2, tzinfo=UTC)
SETTINGS = Settings(timezone="America/New_York")

conversations = st.sampled_from(["c1", "c2", "c3"])
revisions = st.sampled_from([None, NOON, NOON + timedelta(hours=1)])
minutes = st.integers(0, 90).map(lambda minute: NOON + timedelta(minutes=minute))
days = st.integers(0, 3).map(lambda offset: date(2026, 11, 23) + timedelta(days=offset))
scores = st.none() | st.sampled_from([0.0, 0.1, 0.3, 0.7, 1.0])


def made(kind: str, ids: tuple[str, ...], revision: str, payload: dict[str, Any]) -> NewEvent:
    return NewEvent(
        type=kind,  # type: ignore[arg-type]
        source="chat",
        native_ids=ids,
        revision=revision,
        subject=payload.get("conversation_id") or ids[0],
        time=NOON,
        payload=PAYLOADS[kind](**payload),
    )


@st.composite
def started(draw: st.DrawFn) -> NewEvent:
    conversation, updated_at, channel = (
        draw(conversations),
        draw(revisions),
        draw(st.sampled_from(["web", "phone", "unknown"])),
    )
    payload = {
        "conversation_id": conversation,
        "assistant_id": draw(st.sampled_from(["shop", "unknown"])),
        "assistant_version": draw(st.sampled_from([None, "v1", "v2"])),
        "config_version": None,
        "channel": channel,
        "user_key": None,
        "origin": draw(st.sampled_from([None, "production", "test"])),
        "is_internal": draw(st.none() | st.booleans()),
        "persona": draw(st.sampled_from([None, "new"])),
        "started_at": draw(minutes),
        "metadata": draw(st.sampled_from([None, {"a": 1}, {"a": None, "b": {"c": 2}}, {}])),
        "updated_at": updated_at,
        "record_digest": "d",
    }
    return made("conversation.started", (conversation,), f"{payload}", payload)


@st.composite
def logged(draw: st.DrawFn) -> NewEvent:
    conversation, key = draw(conversations), draw(st.sampled_from(["a", "b", "c", "d"]))
    payload = {
        "conversation_id": conversation,
        "turn_key": key,
        "position": draw(st.integers(0, 3)),
        "role": draw(st.sampled_from(["user", "assistant", "tool"])),
        "content": draw(st.sampled_from([None, "", "where is my order?"])),
        "parts": None,
        "occurred_at": draw(minutes),
        "latency_ms": draw(st.sampled_from([None, 900.0, 4000.0])),
        "error_type": None,
        "input_tokens": None,
        "output_tokens": None,
        "tool_calls": draw(st.sampled_from([None, [{"id": "1", "name": "refund", "arguments": {}}]])),
        "tool_call_id": None,
        "tool_name": None,
        "updated_at": draw(revisions),
        "record_digest": "d",
    }
    return made("turn.logged", (conversation, key), f"{payload}", payload)


@st.composite
def ended(draw: st.DrawFn) -> NewEvent:
    conversation = draw(conversations)
    payload = {
        "conversation_id": conversation,
        "ended_at": draw(st.none() | minutes),
        "outcome": draw(st.sampled_from([None, "resolved", "escalated"])),
        "updated_at": draw(revisions),
        "record_digest": "d",
    }
    return made("conversation.ended", (conversation,), f"{payload}", payload)


@st.composite
def received(draw: st.DrawFn) -> NewEvent:
    conversation, key = draw(conversations), draw(st.sampled_from(["f1", "f2", "f3"]))
    payload = {
        "feedback_id": f"{conversation}/{key}",
        "conversation_id": conversation,
        "turn_index": draw(st.sampled_from([None, 1])),
        "turn_key": draw(st.sampled_from([None, "a", "d"])),
        "kind": "rating",
        "channel": None,
        "value": "4",
        "scale": "1-5",
        "score": draw(scores),
        "comment": None,
        "author": draw(st.sampled_from(["user", "agent"])),
        "received_at": NOON,
        "updated_at": draw(revisions),
        "record_digest": "d",
    }
    return made("feedback.received", (conversation, key), f"{payload}", payload)


@st.composite
def topics_fitted(draw: st.DrawFn) -> NewEvent:
    day = draw(days)
    named = draw(st.lists(st.sampled_from(["t1", "t2"]), unique=True))
    assigned: dict[str, list[str]] = {}
    for conversation in draw(st.lists(conversations, unique=True)):
        assigned.setdefault(draw(st.sampled_from(["t1", "t2"])), []).append(conversation)
    payload = {
        "fit_id": f"fit-{day}",
        "day": day,
        "model_version": "1",
        "parameters": {},
        "topics": [{"topic_id": topic, "title": topic.upper(), "top_terms": [topic]} for topic in named],
        "assignments": assigned,
    }
    return made("topic_model.fitted", (f"{day}",), f"{payload}", payload)


@st.composite
def cluster_fitted(draw: st.DrawFn) -> NewEvent:
    cluster, day = draw(st.sampled_from(["k1", "k2"])), draw(days)
    rules: list[dict[str, Any]] = [
        {},
        {"channel": "web"},
        {"topic_ids": ["t1"]},
        {"tool": "refund"},
        {"latency_over_ms": 3000},
        {"assistant_id": "shop", "metric_below": {"metric": "helpfulness", "score": 0.5}},
    ]
    payload = {
        "cluster_id": cluster,
        "fit_id": f"fit-{day}",
        "day": day,
        "assistant_id": "shop",
        "theme_id": None,
        "title": draw(st.sampled_from(["refund", "late parcel"])),
        "top_terms": ["refund"],
        "stability": None,
        "status": "new",
        "first_seen": date(2026, 11, 23),
        "exposure_rule": draw(st.sampled_from(rules)),
        "signal_shares": {},
        "members": [(member, 0.5) for member in draw(st.lists(conversations, unique=True))],
        "lineage": [{"parent_cluster_id": "k0", "kind": "kept", "shared": 1}],
    }
    return made("cluster.fitted", (cluster, f"{day}"), f"{payload}", payload)


@st.composite
def judged(draw: st.DrawFn) -> NewEvent:
    payload = {
        "conversation_id": draw(conversations),
        "turn_index": draw(st.integers(0, 1)),
        "metric": "helpfulness",
        "score": draw(scores),
        "unscored_reason": None,
        "rationale": None,
        "model": "m",
        "prompt_version": draw(st.sampled_from(["p1", "p2"])),
        "inclusion_probability": 0.5,
        "input_tokens": None,
        "output_tokens": None,
        "cost_usd": None,
    }
    return made("response.judged", (payload["conversation_id"], f"{payload['turn_index']}"), f"{payload}", payload)


@st.composite
def label_requested(draw: st.DrawFn) -> NewEvent:
    conversation, turn = draw(conversations), draw(st.none() | st.integers(0, 1))
    payload = {
        "conversation_id": conversation,
        "turn_index": turn,
        "metrics": ["success"],
        "stratum": draw(st.sampled_from(["unsure", "other"])),
        "inclusion_probability": draw(st.sampled_from([0.1, 0.5])),
        "seed": 1,
        "random_number": 0.05,
        "first_day": date(2026, 11, 1),
        "last_day": draw(days),
        "requested_by": "ana",
        "requested_at": draw(minutes),
    }
    return made("label.requested", (conversation, f"{turn}"), f"{payload}", payload)


@st.composite
def label_given(draw: st.DrawFn) -> NewEvent:
    conversation, metric = draw(conversations), draw(st.sampled_from(["success", "safety"]))
    score = draw(scores)
    payload = {
        "conversation_id": conversation,
        "turn_index": None if metric == "success" else 1,
        "metric": metric,
        "score": score,
        "unlabelled_reason": "unsure" if score is None else None,
        "annotator": draw(st.sampled_from(["ana", "bo"])),
        "inclusion_probability": 0.5,
        "given_at": draw(minutes),
    }
    return made("label.given", (conversation, metric), f"{payload}", payload)


@st.composite
def proposed(draw: st.DrawFn) -> NewEvent:
    suggestion, day = draw(st.sampled_from(["s1", "s2"])), draw(days)
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    nothing = ("impact_low", "impact_high", "opportunity", "opportunity_low", "opportunity_high", "reach", "gap")
    payload = {
        "suggestion_id": suggestion,
        "day": day,
        "category": "knowledge",
        "rule": "knowledge_gap",
        "title": "Refunds",
        "description": "They ask for refunds",
        "priority": "high",
        "severity": None,
        "impact_estimate": draw(scores),
        "impact_reason": None,
        "implementation_effort": "low",
        "evidence": [],
        "recommended_actions": [],
        "metrics_to_track": [],
        "proposed_change": None,
        "cluster_id": None,
        "proposed_at": moment,
        "expires_at": moment + timedelta(days=2),
        "explanation": "why",
        "assumptions": "what",
        **dict.fromkeys(nothing),
    }
    return made("suggestion.proposed", (suggestion,), f"{payload}", payload)


@st.composite
def decided(draw: st.DrawFn) -> NewEvent:
    suggestion = draw(st.sampled_from(["s1", "s2", "s3"]))
    kind = draw(st.sampled_from(["accepted", "rejected", "assigned", "noted", "reopened", "shipped"]))
    payload = {
        "suggestion_id": suggestion,
        "actor": "ana",
        "reason": None,
        "decided_at": draw(minutes),
        "assignee": draw(st.sampled_from([None, "bo"])),
        "assistant_version": None,
        "prediction": None,
    }
    return made(f"suggestion.{kind}", (suggestion,), f"{kind}{payload}", payload)


@st.composite
def reported(draw: st.DrawFn) -> NewEvent:
    """What is only added, or replaced by batch: refusals, runs, checks, lists, effects, alerts, releases."""
    day, number = draw(days), draw(st.integers(0, 2))
    texts = st.sampled_from(["one", "two"])
    payloads: dict[str, dict[str, Any]] = {
        "record.quarantined": {
            "source_name": "chat",
            "file": "f",
            "line": number,
            "reason": draw(texts),
            "rule": "r",
            "conversation_id": None,
            "turn_count": None,
            "record": None,
        },
        "stage.completed": {
            "stage": draw(st.sampled_from(["project", "ingest"])),
            "day": day,
            "read": number,
            "appended": 0,
            "skipped": 0,
            "quarantined": 0,
            "notes": {"a": 1},
        },
        "batch.validated": {
            "batch": f"{day}",
            "day": day,
            "results": [
                {
                    "suite": "turns",
                    "expectation": draw(texts),
                    "is_success": True,
                    "evaluated_count": 1,
                    "unexpected_count": 0,
                    "observed": None,
                }
            ]
            * draw(st.integers(1, 2)),
        },
        "list.published": {
            "week": f"2026-W4{number}",
            "ranking": [
                {
                    "suggestion_id": draw(texts),
                    "rank": 1,
                    "impact_estimate": draw(scores),
                    "impact_low": None,
                    "impact_high": None,
                }
            ],
        },
        "effect.measured": {
            "suggestion_id": "s1",
            "day": day,
            "metric": "success",
            "effect": draw(scores),
            "effect_low": None,
            "effect_high": None,
            "predicted": None,
            "method": "m",
            "verdict": "v",
            "measured_at": NOON,
            "before_count": 1,
            "after_count": number,
        },
        "version.compared": {
            "assistant_id": "shop",
            "dimension": "assistant_version",
            "version": draw(texts),
            "version_before": "v0",
            "first_day": "2026-11-02",
            "day": day,
            "level": 0.9,
            "differences": [
                {
                    "metric": "error_rate",
                    "method": "same days",
                    "difference": draw(scores),
                    "low": None,
                    "high": None,
                    "value": draw(scores),
                    "value_before": 0.0,
                    "n": number,
                    "n_before": 1,
                    "verdict": "worse",
                    "is_flagged": True,
                }
            ],
        },
        "alert.raised": {"metric": "safety", "segment": None, "value": 1.0, "threshold": 0.5, "raised_at": NOON},
        "release.marked": {
            "assistant_id": "shop",
            "assistant_version": draw(texts),
            "kind": "prompt",
            "released_at": NOON,
            "note": None,
        },
    }
    kind = draw(st.sampled_from(sorted(payloads)))
    return made(kind, (kind,), f"{payloads[kind]}", payloads[kind])


any_event = st.one_of(
    started(),
    logged(),
    logged(),
    ended(),
    received(),
    topics_fitted(),
    cluster_fitted(),
    judged(),
    label_requested(),
    label_given(),
    proposed(),
    decided(),
    reported(),
)
batches = st.lists(st.lists(any_event, min_size=1, max_size=12), min_size=1, max_size=5)
moments = st.none() | st.sampled_from(
    [NOON + timedelta(minutes=45), NOON + timedelta(days=1), NOON + timedelta(days=3)]
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(batches=batches, moments=st.lists(moments, min_size=5, max_size=5))
def test_any_cut_into_batches_gives_the_warehouse_of_a_rebuild(
    batches: list[list[NewEvent]], moments: list[datetime | None]
) -> None:
    log = MemoryLog()
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse(Home(Path(folder)).create(), SETTINGS)
        for batch, moment in zip(batches, moments, strict=False):
            log.append(event_table(batch, recordedtime=RECORDED))
            warehouse.catch_up(log, as_of=moment)

        with warehouse.connect() as connection:
            incremental = rows_by_table(connection)
            assert repeated_keys(connection) == {}
        warehouse.rebuild(log)

        with warehouse.connect() as connection:
            assert rows_by_table(connection) == incremental


def test_a_compacted_log_gives_the_same_warehouse(tmp_path: Path) -> None:
    def conversation(number: int, digest: str) -> list[NewEvent]:
        name = f"c{number}"
        turn = {
            "conversation_id": name,
            "turn_key": digest,
            "position": 0,
            "role": "user",
            "content": f"question {digest}",
            "occurred_at": NOON + timedelta(minutes=number),
            "updated_at": None,
            "record_digest": digest,
        }
        empty = ("parts", "latency_ms", "error_type", "input_tokens", "output_tokens")
        tools = ("tool_calls", "tool_call_id", "tool_name")
        return [made("turn.logged", (name, digest), digest, {**turn, **dict.fromkeys((*empty, *tools))})]

    log = DeltaLog(tmp_path / "events")
    warehouse = Warehouse(Home(tmp_path / "home").create(), SETTINGS)
    for batch in range(4):
        events = [event for number in range(3) for event in conversation(number, f"d{batch}")]
        log.append(event_table(events, recordedtime=RECORDED))
        warehouse.catch_up(log)
    with warehouse.connect() as connection:
        before = rows_by_table(connection)

    log.compact(retention_hours=0)
    warehouse.catch_up(log)
    with warehouse.connect() as connection:
        caught_up = rows_by_table(connection)
    warehouse.rebuild(log)
    with warehouse.connect() as connection:
        rebuilt = rows_by_table(connection)

    assert len(before["turns"]) == 12
    for table in set(before) - {"warehouse_state"}:  # compaction is a version of its own
        assert caught_up[table] == before[table], table
        assert rebuilt[table] == before[table], table
