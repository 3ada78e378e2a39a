"""Each projection on a normal, an empty and a NULL or duplicate case; what the laws don't say: which row is right."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from upturn.domain.events import NewEvent
from upturn.domain.payloads import PAYLOADS
from upturn.home import Home
from upturn.log.encode import event_table
from upturn.log.memory import MemoryLog
from upturn.settings import Settings
from upturn.warehouse import Warehouse, changes_taken, projecting, take_changes

START = datetime(2026, 11, 23, 2, tzinfo=UTC)  # 22 November, 21:00 in New York
DAY_OVER = datetime(2026, 11, 24, 5, tzinfo=UTC)
EMPTY: dict[str, dict[str, Any]] = {
    "conversation.started": {
        "assistant_id": "shop",
        "assistant_version": None,
        "config_version": None,
        "channel": "web",
        "user_key": None,
        "origin": "production",
        "is_internal": False,
        "persona": None,
        "started_at": START,
        "metadata": None,
    },
    "turn.logged": {
        "position": 0,
        "role": "user",
        "content": None,
        "parts": None,
        "occurred_at": START,
        "latency_ms": None,
        "error_type": None,
        "input_tokens": None,
        "output_tokens": None,
        "tool_calls": None,
        "tool_call_id": None,
        "tool_name": None,
    },
    "conversation.ended": {"ended_at": None, "outcome": None},
    "feedback.received": {
        "turn_index": None,
        "kind": "rating",
        "channel": None,
        "value": None,
        "scale": None,
        "score": None,
        "comment": None,
        "author": "user",
        "received_at": START,
    },
}


def fact(kind: str, **fields: Any) -> NewEvent:
    values = {"conversation_id": "c", "updated_at": None, "record_digest": "d", **EMPTY[kind], **fields}
    return event(kind, values, subject=values["conversation_id"])


def event(kind: str, values: dict[str, Any], subject: str = "s") -> NewEvent:
    return NewEvent(
        type=kind,  # type: ignore[arg-type]
        source="chat",
        native_ids=(subject,),
        revision=f"{values}",
        subject=subject,
        time=START,
        payload=PAYLOADS[kind](**values),
    )


class Tables:
    """A warehouse whose log is written batch by batch."""

    def __init__(self, folder: Path) -> None:
        self.log = MemoryLog()
        self.warehouse = Warehouse(Home(folder).create(), Settings(timezone="America/New_York"))

    def add(self, *events: NewEvent, as_of: datetime | None = None) -> None:
        self.log.append(event_table(events, recordedtime=DAY_OVER))
        self.warehouse.catch_up(self.log, as_of=as_of)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.warehouse.connect() as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(tmp_path)


def minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


def test_no_events_give_no_rows(tables: Tables) -> None:
    tables.add(as_of=DAY_OVER)
    assert tables.rows("select count(*) from conversations") == [(0,)]
    assert tables.rows("select log_version, as_of from warehouse_state") == [(0, DAY_OVER)]


def test_turns_are_numbered_by_time_then_place_then_key(tables: Tables) -> None:
    tables.add(
        fact("turn.logged", turn_key="late", occurred_at=minute(9)),
        fact("turn.logged", turn_key="b", occurred_at=minute(5), position=1),
        fact("turn.logged", turn_key="a", occurred_at=minute(5), position=1),
        fact("turn.logged", turn_key="c", occurred_at=minute(5), position=0),
    )
    tables.add(fact("turn.logged", turn_key="first", occurred_at=minute(1)))

    numbered = tables.rows("select turn_index, turn_key from turns order by turn_index")

    assert numbered == [(0, "first"), (1, "c"), (2, "a"), (3, "b"), (4, "late")]


def test_a_newer_revision_wins_whenever_it_arrives(tables: Tables) -> None:
    tables.add(fact("turn.logged", turn_key="t", content="edited", updated_at=minute(9)))
    tables.add(fact("turn.logged", turn_key="t", content="first", updated_at=None))
    tables.add(fact("turn.logged", turn_key="t", content="earlier", updated_at=minute(2)))
    assert tables.rows("select content from turns") == [("edited",)]


def test_turn_count_leaves_out_tools_and_system(tables: Tables) -> None:
    roles = ("system", "user", "assistant", "tool", "agent")
    turns = [fact("turn.logged", turn_key=role, role=role, occurred_at=minute(n)) for n, role in enumerate(roles)]
    tables.add(fact("conversation.started"), *turns)
    assert tables.rows("select turn_count, last_turn_at from conversations") == [(3, minute(4))]


def test_a_conversation_waits_for_its_start(tables: Tables) -> None:
    tables.add(
        fact("turn.logged", turn_key="t"),
        fact("conversation.ended", outcome="resolved"),
        fact("feedback.received", feedback_id="f", score=0.75),
    )
    assert tables.rows("select count(*) from conversations") == [(0,)]

    tables.add(fact("conversation.started"))

    assert tables.rows("select turn_count, outcome, satisfaction from conversations") == [(1, "resolved", 0.75)]


def test_a_conversation_is_over_after_thirty_idle_minutes(tables: Tables) -> None:
    tables.add(fact("conversation.started"), fact("turn.logged", turn_key="t", occurred_at=minute(10)))
    assert tables.rows("select is_open, ended_at from conversations") == [(True, None)]
    tables.add(as_of=minute(39))
    assert tables.rows("select is_open, ended_at from conversations") == [(True, None)]

    tables.add(as_of=minute(40))
    assert tables.rows("select is_open, ended_at from conversations") == [(False, minute(10))]
    tables.add(as_of=minute(20))  # never goes back
    assert tables.rows("select is_open from conversations") == [(False,)]


def test_a_turn_after_the_end_reopens_until_it_idles_out(tables: Tables) -> None:
    end = fact("conversation.ended", ended_at=minute(5))
    tables.add(fact("conversation.started"), end, as_of=minute(60))
    assert tables.rows("select is_open, ended_at from conversations") == [(False, minute(5))]

    tables.add(fact("turn.logged", turn_key="more", occurred_at=minute(50)))
    assert tables.rows("select is_open, ended_at from conversations") == [(True, None)]
    tables.add(as_of=minute(80))
    assert tables.rows("select is_open, ended_at from conversations") == [(False, minute(50))]


def test_an_outcome_without_a_time_ends_at_the_last_turn(tables: Tables) -> None:
    last = fact("turn.logged", turn_key="t", occurred_at=minute(7))
    tables.add(fact("conversation.started"), last, fact("conversation.ended", outcome="abandoned"))
    assert tables.rows("select is_open, ended_at from conversations") == [(False, minute(7))]


def test_satisfaction_is_the_mean_of_what_users_scored(tables: Tables) -> None:
    tables.add(
        fact("conversation.started"),
        fact("feedback.received", feedback_id="1", score=0.1),
        fact("feedback.received", feedback_id="2", score=0.2),
        fact("feedback.received", feedback_id="3", score=0.6),
        fact("feedback.received", feedback_id="4", score=None, comment="thanks"),
        fact("feedback.received", feedback_id="5", score=0.0, author="agent"),
    )
    # (.1 + .2 + .6) / 3; a bare comment and what an agent says don't count
    assert tables.rows("select satisfaction from conversations") == [(0.3,)]


def test_nobody_said_is_not_zero(tables: Tables) -> None:
    tables.add(fact("conversation.started"), fact("feedback.received", feedback_id="1", comment="hm"))
    assert tables.rows("select satisfaction from conversations") == [(None,)]


def test_day_and_week_are_those_of_the_team(tables: Tables) -> None:
    tables.add(fact("conversation.started"))
    # 23 November 02:00 UTC is Sunday 22 November in New York, the last day of week 47
    assert tables.rows("select day, week from conversations") == [(date(2026, 11, 22), "2026-W47")]


def test_a_week_is_named_by_its_iso_year(tables: Tables) -> None:
    tables.add(fact("conversation.started", started_at=datetime(2027, 1, 1, 12, tzinfo=UTC)))
    assert tables.rows("select week from conversations") == [("2026-W53",)]  # a Friday of the week of 28 December


def topics(day: int, named: list[str], assignments: dict[str, list[str]]) -> NewEvent:
    values = {
        "fit_id": f"fit-{day}",
        "day": date(2026, 11, day),
        "model_version": "1",
        "parameters": {},
        "topics": [{"topic_id": topic, "title": topic, "top_terms": ["x"]} for topic in named],
        "assignments": assignments,
    }
    return event("topic_model.fitted", values)


def test_topics_are_those_of_the_newest_fit_with_names(tables: Tables) -> None:
    tables.add(topics(20, ["old"], {"old": ["c", "d"]}))
    tables.add(fact("conversation.started"), topics(22, ["new"], {"new": ["c"]}))
    tables.add(topics(23, [], {"new": ["d"]}), topics(21, ["between"], {"between": ["c"]}))

    assert tables.rows("select topic_id, size, fit_id from topics") == [("new", 2, "fit-22")]
    assert tables.rows("select topic_id from conversations") == [("new",)]


def cluster(day: int, rule: dict[str, Any], members: list[tuple[str, float]]) -> NewEvent:
    values = {
        "cluster_id": "k",
        "fit_id": f"fit-{day}",
        "day": date(2026, 11, day),
        "assistant_id": "shop",
        "theme_id": None,
        "title": "refunds",
        "top_terms": ["refund"],
        "stability": None,
        "status": "new",
        "first_seen": date(2026, 11, 20),
        "exposure_rule": rule,
        "signal_shares": {},
        "members": members,
        "lineage": [],
    }
    return event("cluster.fitted", values)


def test_members_are_those_of_the_newest_fit_even_if_there_are_none(tables: Tables) -> None:
    tables.add(cluster(22, {}, [("a", 0.5), ("b", 0.25)]))
    tables.add(cluster(21, {}, [("c", 1.0)]))
    assert tables.rows("from cluster_members order by all") == [("k", "a", 0.5, "fit-22"), ("k", "b", 0.25, "fit-22")]

    tables.add(cluster(23, {}, []))
    assert tables.rows("from cluster_members") == []
    assert tables.rows("select size, last_seen from clusters") == [(0, date(2026, 11, 23))]


@pytest.mark.parametrize(
    ("rule", "exposed"),
    [
        ({"channel": "web"}, ["slow", "tools"]),
        ({"channel": "web", "assistant_version": "v1"}, ["slow"]),
        ({"topic_ids": ["t"]}, ["tools"]),
        ({"tool": "refund"}, ["tools"]),
        ({"error_type": "timeout"}, ["slow"]),
        ({"latency_over_ms": 3000}, ["slow"]),
        ({"persona": "new"}, []),
        ({"metric_below": {"metric": "helpfulness", "score": 0.5}}, ["slow"]),
        ({}, []),  # names nothing
        ({"channel": "web", "mood": "bad"}, []),  # names what nobody knows
    ],
)
def test_exposure_is_all_that_meets_the_rule(tables: Tables, rule: dict[str, Any], exposed: list[str]) -> None:
    calls = [{"id": "1", "name": "refund", "arguments": {}}]
    slow = {"latency_ms": 3500.0, "error_type": "timeout"}
    judgement = {
        "conversation_id": "slow",
        "turn_index": 0,
        "metric": "helpfulness",
        "score": 0.25,
        "unscored_reason": None,
        "rationale": None,
        "model": "m",
        "prompt_version": "p",
        "inclusion_probability": 1.0,
        "input_tokens": None,
        "output_tokens": None,
        "cost_usd": None,
    }
    tables.add(
        fact("conversation.started", conversation_id="slow", assistant_version="v1"),
        fact("turn.logged", conversation_id="slow", turn_key="t", role="assistant", **slow),
        fact("conversation.started", conversation_id="tools"),
        fact("turn.logged", conversation_id="tools", turn_key="t", role="assistant", tool_calls=calls),
        fact("conversation.started", conversation_id="phone", channel="phone"),
        fact("conversation.started", conversation_id="staff", is_internal=True, assistant_version="v1"),
        fact("conversation.started", conversation_id="long ago", started_at=START - timedelta(days=28)),
        topics(22, ["t"], {"t": ["tools"]}),
        event("response.judged", judgement),
        cluster(22, rule, []),
        as_of=DAY_OVER,
    )
    assert tables.rows("from exposures order by all") == [("k", name) for name in exposed]


def test_exposures_are_looked_at_only_where_something_is_due(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    run_sql = projecting.run_sql

    def noted(connection: Any, name: str, *arguments: Any, **named: Any) -> None:
        looked.append(name)
        run_sql(connection, name, *arguments, **named)

    monkeypatch.setattr(projecting, "run_sql", noted)
    started = fact("conversation.started", conversation_id="a", channel="web")
    tables.add(started, fact("turn.logged", conversation_id="a", turn_key="t"), as_of=DAY_OVER)
    with tables.warehouse.connect() as connection:  # no failure and no score is asked for here
        changes_taken(connection, "score", take_changes(connection, "score", into="taken"))
    assert looked == []  # no cluster yet

    tables.add(cluster(22, {"channel": "web"}, []))
    assert looked == ["projections/exposures"]
    tables.add(topics(22, ["t"], {}))
    tables.warehouse.publish()
    assert looked == ["projections/exposures"]
    tables.add(topics(23, ["t"], {"t": ["a"]}))
    assert looked == ["projections/exposures"] * 2
    assert tables.rows("from exposures") == [("k", "a")]


def suggestion(day: int, estimate: float) -> NewEvent:
    figures = ("opportunity", "opportunity_low", "opportunity_high", "reach", "gap", "impact_low", "impact_high")
    values = {
        "suggestion_id": "s",
        "day": date(2026, 11, day),
        "category": "knowledge",
        "rule": "r",
        "title": "t",
        "description": "d",
        "priority": "high",
        "severity": None,
        "impact_estimate": estimate,
        "impact_reason": None,
        "implementation_effort": "low",
        "evidence": [],
        "recommended_actions": [],
        "metrics_to_track": [],
        "proposed_change": None,
        "cluster_id": None,
        "proposed_at": datetime(2026, 11, day, tzinfo=UTC),
        "expires_at": datetime(2026, 11, day + 2, tzinfo=UTC),
        "explanation": "e",
        "assumptions": "a",
        **dict.fromkeys(figures),
    }
    return event("suggestion.proposed", values)


def decision(kind: str, at: int, assignee: str | None = None) -> NewEvent:
    values = {
        "suggestion_id": "s",
        "actor": "ana",
        "reason": None,
        "decided_at": minute(at),
        "assignee": assignee,
        "assistant_version": None,
        "prediction": None,
    }
    return event(f"suggestion.{kind}", values)


def test_a_suggestion_has_the_newest_figures_and_its_first_date(tables: Tables) -> None:
    tables.add(suggestion(21, 0.1))
    tables.add(suggestion(20, 0.3), suggestion(22, 0.2))
    found = tables.rows("select impact_estimate, proposed_at, status, revised_on from suggestions")
    assert found == [(0.2, datetime(2026, 11, 20, tzinfo=UTC), "pending", date(2026, 11, 22))]


def test_the_newest_decision_stands_and_notes_change_nothing(tables: Tables) -> None:
    tables.add(decision("accepted", 1, assignee="bo"))  # known before its suggestion
    tables.add(suggestion(21, 0.1), as_of=DAY_OVER)
    assert tables.rows("select status, assignee from suggestions") == [("accepted", "bo")]
    tables.add(decision("noted", 2), decision("assigned", 3, assignee="cy"))
    assert tables.rows("select status, assignee from suggestions") == [("accepted", "cy")]
    tables.add(decision("shipped", 4))
    assert tables.rows("select status, assignee from suggestions") == [("shipped", "cy")]


def test_an_undecided_suggestion_expires_and_can_be_reopened(tables: Tables) -> None:
    tables.add(suggestion(20, 0.1), as_of=datetime(2026, 11, 21, tzinfo=UTC))
    assert tables.rows("select status from suggestions") == [("pending",)]
    tables.add(as_of=datetime(2026, 11, 22, tzinfo=UTC))
    assert tables.rows("select status from suggestions") == [("expired",)]
    tables.add(decision("reopened", 1), as_of=DAY_OVER)
    assert tables.rows("select status from suggestions") == [("pending",)]


def test_a_published_week_stays_as_it_was_shown(tables: Tables) -> None:
    def ranking(week: str, suggestion_id: str) -> NewEvent:
        row = {
            "suggestion_id": suggestion_id,
            "rank": 1,
            "impact_estimate": None,
            "impact_low": 0.0,
            "impact_high": 0.1,
        }
        return event("list.published", {"week": week, "ranking": [row]})

    tables.add(ranking("2026-W46", "a"))
    tables.add(ranking("2026-W46", "b"), ranking("2026-W47", "c"))
    assert tables.rows("select week, suggestion_id, impact_estimate from weekly_rankings order by all") == [
        ("2026-W46", "a", None),
        ("2026-W47", "c", None),
    ]


def test_a_batch_checked_again_replaces_its_first_check(tables: Tables) -> None:
    def check(*outcomes: bool) -> NewEvent:
        results = [
            {
                "suite": "turns",
                "expectation": "role in set",
                "is_success": outcome,
                "evaluated_count": 4,
                "unexpected_count": 0 if outcome else 1,
                "observed": None,
            }
            for outcome in outcomes
        ]
        return event("batch.validated", {"batch": "b", "day": date(2026, 11, 22), "results": results})

    tables.add(check(False, True))
    assert tables.rows("select validation_id, is_success from validations order by all") == [
        ("b/turns/role in set", False),
        ("b/turns/role in set#2", True),
    ]
    tables.add(check(True))
    assert tables.rows("select validation_id, unexpected_count from validations") == [("b/turns/role in set", 0)]
