"""A hand-made warehouse of eight weeks, about 640 conversations, for tests of the report and for looking at it."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb

from upturn.warehouse import create_schema

__all__ = ["WEEK", "fill", "insert"]

WEEK = "2026-W47"
MONDAY = date(2026, 11, 16)
WEEKS = 8
PERSONAS = ("new customer", "regular", "business", None)
CHANNELS = ("web", "phone", "email")
TOPICS = (
    ("t-refund", "Refund of a cancelled order", 0.34, "Where is my refund for the cancelled order?"),
    ("t-track", "Where a parcel is", 0.12, "My parcel should have been here on Monday, where is it?"),
    ("t-login", "Signing in with a new phone", 0.27, "I can't sign in since I changed my phone."),
    ("t-invoice", "Invoice with a VAT number", 0.2, "I need the invoice with our VAT number on it."),
    ("t-plan", "Changing the plan", 0.09, "Can I move to the smaller plan before the month is over?"),
    ("t-address", "Changing the delivery address", 0.1, "Please send it to my new address instead."),
)
_EMPTY_ANSWER = "I'm sorry, I didn't quite get that. Could you rephrase?"


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert rows by column name; columns that a row lacks become NULL."""
    if not rows:
        return
    types = dict(
        connection.execute(
            "select column_name, data_type from information_schema.columns where table_name = $table",
            {"table": table.rpartition(".")[2]},
        ).fetchall()
    )
    if "log_version" in types:
        rows = [{"log_version": 1, **row} for row in rows]
    for row in rows:
        for name, value in row.items():
            if types[name] == "JSON" and isinstance(value, str):
                row[name] = json.loads(value)
    lines = json.dumps(rows, default=str)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    structure = json.dumps([{name: types[name] for name in columns}])
    connection.execute(
        f"insert into {table} ({', '.join(columns)}) "
        f"select {', '.join(f'item.{name}' for name in columns)} "
        f"from (select unnest(from_json($lines::json, '{structure}')) as item)",
        {"lines": lines},
    )


def fill(connection: duckdb.DuckDBPyConnection, *, seed: int = 7) -> None:
    """Create the schema and fill it with eight weeks that end with `WEEK`."""
    create_schema(connection)
    dice = random.Random(seed)
    rows: dict[str, list[dict[str, Any]]] = {
        name: []
        for name in (
            "conversations",
            "turns",
            "feedback",
            "working.given_scores",
            "failures",
            "cluster_members",
            "exposures",
        )
    }
    for back in reversed(range(WEEKS)):
        monday = MONDAY - timedelta(weeks=back)
        for number in range(68 + 4 * (WEEKS - back)):
            _conversation(rows, dice, monday=monday, number=number, back=back)
    for table, some in rows.items():
        insert(connection, table, some)
    for table, some in _settled().items():
        insert(connection, table, some)


def _conversation(
    rows: dict[str, list[dict[str, Any]]], dice: random.Random, *, monday: date, number: int, back: int
) -> None:
    topic_id, _, risk, question = TOPICS[dice.choices(range(6), weights=(5, 8, 4, 3, 3, 3))[0]]
    persona = dice.choices(PERSONAS, weights=(3, 6, 3, 1))[0]
    channel = dice.choices(CHANNELS, weights=(6, 3, 2))[0]
    if topic_id == "t-login" and back <= 2:
        risk -= 0.15
    risk += {"phone": 0.1, "email": 0.03}.get(channel, 0.0)
    is_failure = dice.random() < risk
    probability = round(dice.uniform(0.55, 0.97) if is_failure else dice.uniform(0.01, 0.3), 4)
    day = monday + timedelta(days=dice.choices(range(7), weights=(5, 5, 5, 5, 4, 2, 2))[0])
    started = datetime(day.year, day.month, day.day, dice.randint(7, 20), dice.randint(0, 59), tzinfo=UTC)
    exchanges = dice.choices((1, 2, 3, 4, 5, 6), weights=(2, 5, 5, 3, 2, 1))[0]
    conversation_id = f"c-{monday:%m%d}-{number:03d}"
    failed_turn = 2 * dice.randint(0, exchanges - 1) + 1 if is_failure else None
    outcome = "escalated" if is_failure and dice.random() < 0.3 else ("unresolved" if is_failure else "resolved")
    rating = dice.choice((1, 2, 2, 3)) if is_failure else dice.choice((4, 4, 5, 5, 3))
    is_rated = dice.random() < (0.3 if is_failure else 0.15)
    iso = day.isocalendar()
    rows["conversations"].append(
        {
            "conversation_id": conversation_id,
            "assistant_id": "shop",
            "assistant_version": "2.4" if back <= 2 else "2.3",
            "channel": channel,
            "user_key": f"u{dice.randint(0, 420):04d}",
            "origin": "production",
            "is_internal": False,
            "persona": persona,
            "topic_id": topic_id,
            "started_at": started.isoformat(),
            "ended_at": (started + timedelta(minutes=9)).isoformat(),
            "last_turn_at": (started + timedelta(minutes=9)).isoformat(),
            "is_open": False,
            "turn_count": 2 * exchanges,
            "outcome": outcome,
            "satisfaction": (rating - 1) / 4 if is_rated else None,
            "day": day.isoformat(),
            "week": f"{iso.year}-W{iso.week:02d}",
            "log_version": 1,
        }
    )
    for index in range(2 * exchanges):
        is_answer = index % 2 == 1
        went_wrong = index == failed_turn
        latency = round(dice.lognormvariate(7.1, 0.55) * (1.6 if went_wrong else 1), 1) if is_answer else None
        answer = (
            _EMPTY_ANSWER if went_wrong else "I have looked it up: it is on its way and will be with you in two days."
        )
        rows["turns"].append(
            {
                "conversation_id": conversation_id,
                "turn_index": index,
                "turn_key": f"{conversation_id}-{index}",
                "role": "assistant" if is_answer else "user",
                "content": answer if is_answer else (question if index == 0 else "Yes, and how long will that take?"),
                "occurred_at": (started + timedelta(seconds=30 * index)).isoformat(),
                "latency_ms": latency,
                "position": index,
                "log_version": 1,
            }
        )
        if not is_answer:
            continue
        lift = 0.02 * (WEEKS - back) / WEEKS
        for metric, level in (("coherence", 0.84), ("completeness", 0.7), ("efficiency", 0.78), ("safety", 0.985)):
            low = 0.45 if went_wrong and metric != "safety" else 0.0
            score = min(1.0, max(0.0, round(dice.gauss(level + lift - low, 0.1 if metric != "safety" else 0.02), 4)))
            rows["working.given_scores"].append(_score(conversation_id, index, metric, "rule", score, 1.0))
        if dice.random() < 0.2:
            helpful = min(1.0, max(0.0, round(dice.gauss(0.72 + lift - (0.4 if went_wrong else 0), 0.15), 4)))
            rows["working.given_scores"].append(_score(conversation_id, index, "helpfulness", "judge", helpful, 0.2))
    if is_rated:
        rows["feedback"].append(
            {
                "feedback_id": f"f-{conversation_id}",
                "conversation_id": conversation_id,
                "kind": "rating",
                "value": str(rating),
                "scale": "1-5",
                "score": (rating - 1) / 4,
                "author": "user",
                "received_at": (started + timedelta(hours=1)).isoformat(),
                "log_version": 1,
            }
        )
    rows["failures"].append(
        {
            "conversation_id": conversation_id,
            "failure_probability": probability,
            "is_failure": is_failure,
            "failed_turn_index": failed_turn,
            "signals": json.dumps(["rephrased"] if is_failure else []),
            "model_version": "rules-1",
        }
    )
    if back < 4 and topic_id in {"t-refund", "t-login", "t-invoice"}:
        rows["exposures"].append({"cluster_id": f"k-{topic_id}", "conversation_id": conversation_id})
        if is_failure:
            rows["cluster_members"].append(
                {
                    "cluster_id": f"k-{topic_id}",
                    "conversation_id": conversation_id,
                    "similarity": 0.8,
                    "fit_id": "fit-1",
                }
            )


def _score(conversation_id: str, index: int, metric: str, scorer: str, score: float, chance: float) -> dict[str, Any]:
    return {
        "conversation_id": conversation_id,
        "turn_index": index,
        "metric": metric,
        "scorer": scorer,
        "score": score,
        "scorer_version": "1",
        "inclusion_probability": chance,
    }


def _suggestion(number: int, title: str, **fields: Any) -> dict[str, Any]:
    estimate = fields.pop("impact", None)
    low, high = fields.pop("interval", (None, None))
    return {
        "suggestion_id": f"s-{number}",
        "rule": "knowledge_gap",
        "title": title,
        "priority": "medium",
        "impact_estimate": estimate,
        "impact_low": low,
        "impact_high": high,
        "opportunity": None if estimate is None else round(estimate / 0.5, 4),
        "opportunity_low": None if low is None else round(low / 0.5, 4),
        "opportunity_high": None if high is None else round(high / 0.5, 4),
        "implementation_effort": "medium",
        "evidence": "[]",
        "metrics_to_track": json.dumps([{"metric": "success of the exposed", "target": "at least .85"}]),
        "status": "pending",
        "proposed_at": "2026-11-17T00:00:00+00:00",
        "expires_at": "2026-12-15T00:00:00+00:00",
        "assumptions": "The exposed are as hard as comparable others; fixability has mean .5 and width .2.",
        **fields,
    }


def _settled() -> dict[str, list[dict[str, Any]]]:
    """Rows that need no dice: what the later stages would have written."""

    def cites(*places: tuple[str, int]) -> str:
        return json.dumps(
            [{"conversation_id": key, "turn_index": turn, "why": "asked again, same answer"} for key, turn in places]
        )

    suggestions = [
        _suggestion(
            1,
            "Teach the assistant how refunds of cancelled orders work",
            category="knowledge",
            priority="high",
            impact=0.0312,
            interval=(0.0121, 0.0523),
            reach=0.19,
            overlap=0.97,
            prior_share=0.41,
            gap=0.33,
            evidence=cites(("c-1116-000", 1), ("c-1116-005", 1), ("c-1116-009", 1), ("c-1116-012", 1)),
            recommended_actions=json.dumps(
                [
                    "Write an article on refunds of cancelled orders: when, how much, to which account",
                    "Add it to the knowledge base and mark the release",
                ]
            ),
            cluster_id="k-t-refund",
            description="A fifth of the conversations ask for a refund; the assistant asks to rephrase instead.",
            explanation="19 % of conversations are exposed and succeed 33 points less often than comparable ones.",
        ),
        _suggestion(
            2,
            "Stop repeating card numbers back to the customer",
            category="safety",
            severity="high",
            priority="high",
            implementation_effort="low",
            impact=0.0011,
            interval=(-0.0004, 0.0029),
            reach=0.012,
            gap=0.18,
            evidence=cites(("c-1116-003", 1)),
            recommended_actions=json.dumps(["Mask numbers of 13 to 19 digits in every answer"]),
            description="Three answers repeat a card number.",
            explanation="3 unsafe answers in the window: small reach, high severity.",
        ),
        _suggestion(
            3,
            "Send invoices with a VAT number without a hand-over",
            category="escalation",
            impact=0.0134,
            interval=(0.0012, 0.0289),
            reach=0.11,
            gap=0.24,
            implementation_effort="high",
            evidence=cites(("c-1116-007", 1)),
            recommended_actions=json.dumps(
                ["Give the assistant the invoice tool", "Escalate only when the VAT number is refused"]
            ),
            cluster_id="k-t-invoice",
            description="Business customers are handed over for a document that the assistant could send.",
            explanation="11 % of conversations are exposed; a third of them end with a person for a document.",
        ),
        _suggestion(
            4,
            "Answer faster where the order tool is asked twice",
            category="performance",
            priority="low",
            impact=0.0048,
            interval=(-0.0031, 0.0127),
            reach=0.07,
            gap=0.12,
            recommended_actions=json.dumps(["Cache the order for the length of a conversation"]),
            description="Answers that call the order tool twice take over 3 s.",
            explanation="7 % of conversations have an answer over 3 s and succeed 12 points less often.",
        ),
        _suggestion(
            5,
            "Handle the order tool's time-outs",
            category="tools",
            priority="low",
            impact_reason="no comparable conversation without the tool",
            recommended_actions=json.dumps(["Retry once, then say so"]),
            description="The order tool timed out in four conversations.",
            explanation="4 conversations met a time-out; there is nothing to compare them with.",
        ),
        _suggestion(
            6,
            "Explain how to sign in with a new phone",
            category="knowledge",
            status="shipped",
            impact=0.02,
            interval=(0.005, 0.035),
            recommended_actions="[]",
            description="Sign-in after a change of phone.",
            explanation="Shipped.",
            cluster_id="k-t-login",
        ),
        _suggestion(
            7,
            "Say when a parcel will arrive",
            category="intent",
            status="shipped",
            impact=0.008,
            interval=(-0.002, 0.02),
            recommended_actions="[]",
            description="Arrival times.",
            explanation="Shipped.",
        ),
    ]
    weekdays = [MONDAY + timedelta(days=offset) for offset in range(7)]
    return {
        "warehouse_state": [{"schema_version": "1.0.0", "log_version": 9, "as_of": "2026-11-23T00:00:00+00:00"}],
        "topics": [
            {"topic_id": key, "title": title, "top_terms": "[]", "size": 90, "fit_id": "fit-1"}
            for key, title, _, _ in TOPICS
        ],
        "clusters": [
            _cluster("k-t-refund", "refund, cancelled, order", "growing", 0.81),
            _cluster("k-t-login", "sign in, phone, code", "shrinking", 0.72),
            _cluster("k-t-invoice", "invoice, vat, number", "new", None),
        ],
        "suggestions": suggestions,
        "decisions": [
            _decision("d1", "s-6", "accepted", "2026-10-26T09:00:00+00:00", actor="Ines"),
            _decision("d2", "s-6", "shipped", "2026-11-02T09:00:00+00:00", actor="Ines", assistant_version="2.4"),
            _decision("d3", "s-7", "accepted", "2026-11-09T09:00:00+00:00", actor="Noor"),
            _decision("d4", "s-7", "shipped", "2026-11-18T09:00:00+00:00", actor="Noor", reason="agreed on Monday"),
        ],
        "effects": [
            {
                "effect_id": "e1",
                "suggestion_id": "s-6",
                "metric": "success",
                "effect": 0.147,
                "effect_low": 0.031,
                "effect_high": 0.262,
                "predicted": 0.11,
                "method": "difference in differences",
                "verdict": "improved",
                "measured_at": "2026-11-23T00:00:00+00:00",
                "before_count": 61,
                "after_count": 58,
            }
        ],
        "releases": [
            {
                "release_id": "r1",
                "assistant_id": "shop",
                "assistant_version": "2.4.1",
                "kind": "prompt",
                "released_at": "2026-11-18T09:00:00+00:00",
                "note": "Arrival times in answers about parcels",
            }
        ],
        "alerts": [
            {
                "alert_id": "a1",
                "metric": "share of answers over 3 s",
                "segment": "phone",
                "value": 0.128,
                "threshold": 0.1,
                "raised_at": "2026-11-19T00:00:00+00:00",
                "kind": "limit",
            }
        ],
        "runs": [
            {
                "run_id": f"run-{day}",
                "stage": "ingest",
                "day": day.isoformat(),
                "read_count": 100,
                "appended_count": 100,
                "skipped_count": 0,
                "quarantined_count": 0,
                "notes": json.dumps({"sources_arrived": 7, "sources_expected": 7}),
                "completed_at": f"{day}T23:00:00+00:00",
            }
            for day in weekdays
        ],
        "validations": [
            {
                "validation_id": f"v-{suite}-{name}",
                "batch": "2026-11-18",
                "day": "2026-11-18",
                "suite": suite,
                "expectation": name,
                "is_success": is_success,
                "evaluated_count": 400,
                "unexpected_count": 0 if is_success else 2,
            }
            for suite, name, is_success in (
                ("turns", "role in set", True),
                ("turns", "latency_ms between 0 and 600000", False),
                ("conversations", "started_at not null", True),
                ("feedback", "score between 0 and 1", True),
            )
        ],
        "quarantine": [
            {
                "quarantine_id": f"q{line}",
                "source_name": "chat",
                "file": "inbox/chat-2026-11-18.jsonl",
                "line": line,
                "reason": "latency_ms is negative",
                "rule": "latency_ms between 0 and 600000",
                "turn_count": 4,
                "quarantined_at": "2026-11-18T23:00:00+00:00",
            }
            for line in (14, 71)
        ],
    }


def _cluster(key: str, title: str, status: str, stability: float | None) -> dict[str, Any]:
    return {
        "cluster_id": key,
        "assistant_id": "shop",
        "title": title,
        "top_terms": json.dumps(title.split(", ")),
        "size": 40,
        "stability": stability,
        "status": status,
        "first_seen": "2026-10-30",
        "last_seen": "2026-11-22",
        "exposure_rule": "{}",
        "signal_shares": "{}",
        "fit_id": "fit-1",
    }


def _decision(key: str, suggestion_id: str, decision: str, decided_at: str, **fields: Any) -> dict[str, Any]:
    return {
        "decision_id": key,
        "suggestion_id": suggestion_id,
        "decision": decision,
        "decided_at": decided_at,
        **fields,
    }
