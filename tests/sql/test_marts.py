"""Each mart on a normal, an empty and a NULL case; expected numbers are worked out beside them."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from upturn.warehouse import MARTS, create_schema


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as database:
        database.execute("set timezone = 'UTC'")
        create_schema(database)
        yield database


def conversation(connection: duckdb.DuckDBPyConnection, name: str, **fields: object) -> None:
    values: dict[str, object] = {
        "conversation_id": name,
        "assistant_id": "shop",
        "channel": "web",
        "origin": "production",
        "is_internal": False,
        "started_at": "2026-11-23 10:00:00+00",
        "last_turn_at": "2026-11-23 10:10:00+00",
        "is_open": False,
        "turn_count": 2,
        "day": "2026-11-23",
        "week": "2026-W48",
        "log_version": 1,
        **fields,
    }
    insert(connection, "conversations", values)


def insert(connection: duckdb.DuckDBPyConnection, table: str, values: dict[str, object]) -> None:
    marks = ", ".join(f"${name}" for name in values)
    connection.execute(f"insert into {table} ({', '.join(values)}) values ({marks})", values)


def judge(connection: duckdb.DuckDBPyConnection, name: str, *, failed_at: int | None = None, fails: bool) -> None:
    insert(
        connection,
        "failures",
        {
            "conversation_id": name,
            "failure_probability": 0.9 if fails else 0.1,
            "is_failure": fails,
            "failed_turn_index": failed_at,
            "signals": "[]",
            "model_version": "1",
            "log_version": 1,
        },
    )


def turn(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    index: int,
    role: str,
    latency_ms: float | None = None,
    content: str | None = "It is so.",
) -> None:
    insert(
        connection,
        "turns",
        {
            "conversation_id": name,
            "turn_index": index,
            "turn_key": str(index),
            "role": role,
            "content": content,
            "occurred_at": "2026-11-23 10:00:00+00",
            "latency_ms": latency_ms,
            "position": index,
            "log_version": 1,
        },
    )


def score(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    index: int,
    value: float | None,
    *,
    metric: str = "coherence",
    probability: float = 1.0,
) -> None:
    insert(
        connection,
        "working.given_scores",
        {
            "conversation_id": name,
            "turn_index": index,
            "metric": metric,
            "scorer": "rule" if metric == "coherence" else "judge",
            "score": value,
            "scorer_version": "1",
            "inclusion_probability": probability,
        },
    )


@pytest.mark.parametrize("mart", MARTS)
def test_an_empty_warehouse_gives_no_rows(connection: duckdb.DuckDBPyConnection, mart: str) -> None:
    assert connection.execute(f"from {mart}").fetchall() == []


def test_production_leaves_out_open_internal_and_test_conversations(connection: duckdb.DuckDBPyConnection) -> None:
    conversation(connection, "real")
    conversation(connection, "open", is_open=True)
    conversation(connection, "staff", is_internal=True)
    conversation(connection, "case", origin="test")
    assert connection.execute("select conversation_id from production_conversations").fetchall() == [("real",)]


@pytest.mark.parametrize("mart", ["daily_quality", "weekly_quality"])
def test_quality_counts_a_long_conversation_once(connection: duckdb.DuckDBPyConnection, mart: str) -> None:
    conversation(connection, "long", satisfaction=0.25)
    conversation(connection, "short")
    for index, value in enumerate((0.0, 0.0, 0.75)):
        turn(connection, "long", index, "assistant")
        score(connection, "long", index, value)
    turn(connection, "short", 0, "assistant")
    score(connection, "short", 0, 0.75)
    judge(connection, "long", fails=True)
    row = connection.execute(
        f"select conversation_count, judged_count, failure_rate, success_rate, satisfaction, coherence from {mart}"
    ).fetchall()
    # long: (0 + 0 + .75) / 3 = .25; short: .75; mean of conversations .5 (of responses it would be .375)
    # one of two was judged, and failed; one of two said how satisfied it was
    assert row == [(2, 1, 1.0, 0.0, 0.25, 0.5)]


@pytest.mark.parametrize(("metric", "column"), [("coherence", "coherence"), ("helpfulness", "helpfulness")])
def test_turns_that_only_call_tools_take_no_weight_away(
    connection: duckdb.DuckDBPyConnection, metric: str, column: str
) -> None:
    """Two good answers against two bad ones among six calls of tools: each conversation counts once."""
    for name, value, calls in (("plain", 1.0, 0), ("tools", 0.0, 6)):
        conversation(connection, name)
        for index in range(2 + calls):
            turn(connection, name, index, "assistant", content="It is so." if index < 2 else None)
        for index in range(2):
            score(connection, name, index, value, metric=metric)
    assert connection.execute(f"select {column} from weekly_quality").fetchall() == [(0.5,)]


def test_a_judge_s_sample_is_weighted_by_its_probabilities(connection: duckdb.DuckDBPyConnection) -> None:
    for name, probability, value in (("often", 1.0, 1.0), ("rarely", 0.25, 0.5)):
        conversation(connection, name)
        turn(connection, name, 0, "assistant")
        score(connection, name, 0, value, metric="helpfulness", probability=probability)
    # (1 × 1 + 4 × .5) / (1 + 4) = .6
    assert connection.execute("select helpfulness from weekly_quality").fetchall() == [(0.6,)]


def test_an_unscored_response_is_not_zero(connection: duckdb.DuckDBPyConnection) -> None:
    conversation(connection, "a")
    turn(connection, "a", 0, "assistant")
    score(connection, "a", 0, None)
    found = connection.execute("select conversation_count, failure_rate, satisfaction, coherence from daily_quality")
    assert found.fetchall() == [(1, None, None, None)]


def test_success_by_channel_and_persona(connection: duckdb.DuckDBPyConnection) -> None:
    for name, persona, fails in (("a", "new", True), ("b", "new", False), ("c", None, False)):
        conversation(connection, name, persona=persona)
        judge(connection, name, fails=fails)
    found = connection.execute("select persona, judged_count, success_rate from success_by_channel_persona order by 1")
    assert found.fetchall() == [("new", 2, 0.5), ("unknown", 1, 1.0)]


def test_success_by_turn_follows_those_that_reach_it(connection: duckdb.DuckDBPyConnection) -> None:
    for name, turns, failed_at in (("fine", 3, None), ("second", 2, 2), ("unplaced", 3, None)):
        conversation(connection, name, turn_count=turns)
        judge(connection, name, fails=name != "fine", failed_at=failed_at)
        turn(connection, name, 0, "user")
        turn(connection, name, 1, "tool")  # not counted as a turn
        turn(connection, name, 2, "assistant")
    found = connection.execute(
        "select turn_number, reached_count, failed_here_count, survival_rate from success_by_turn order by 1"
    ).fetchall()
    # turn 1: all three, none failed; turn 2: all three, one failed: 2/3; turn 3: two, one of which fails at its end
    assert found == [(1, 3, 0, 1.0), (2, 3, 1, 0.666667), (3, 2, 1, 0.5)]


def test_latency_has_exact_percentiles_of_measured_responses(connection: duckdb.DuckDBPyConnection) -> None:
    conversation(connection, "a", assistant_version="v1")
    for index, latency in enumerate((1000.0, 2000.0, 3000.0, None)):
        turn(connection, "a", index, "assistant", latency)
    turn(connection, "a", 9, "user", 9999.0)
    found = connection.execute(
        "select assistant_version, response_count, p50_ms, p95_ms, p99_ms from latency"
    ).fetchall()
    # linear between order statistics: .95 × 2 = 1.9 → 2000 + .9 × 1000; .99 × 2 = 1.98 → 2980
    assert found == [("v1", 3, 2000.0, 2900.0, 2980.0)]


def test_signal_rates_are_shares_of_judged_conversations(connection: duckdb.DuckDBPyConnection) -> None:
    for name in ("a", "b", "c", "d"):
        conversation(connection, name, is_open=name == "d")
        judge(connection, name, fails=True)
        insert(connection, "failure_signals", {"conversation_id": name, "signal": "repeat", "strength": 1.0})
    connection.execute("delete from failure_signals where conversation_id = 'c'")
    found = connection.execute("select signal, conversation_count, judged_count, rate from signal_rates").fetchall()
    assert found == [("repeat", 2, 3, 0.666667)]


def test_failure_clusters_show_their_exposure(connection: duckdb.DuckDBPyConnection) -> None:
    for cluster in ("k", "unseen"):
        days = {"first_seen": "2026-11-20", "last_seen": "2026-11-23"}
        texts = {"title": "refunds", "top_terms": "[]", "status": "new", "exposure_rule": "{}", "signal_shares": "{}"}
        row = {"cluster_id": cluster, "assistant_id": "shop", "size": 1, "fit_id": "f", **days, **texts}
        insert(connection, "clusters", row)
    for name, fails in (("a", True), ("b", False), ("c", False), ("d", False)):
        conversation(connection, name)
        judge(connection, name, fails=fails)
    for name in ("a", "b"):
        insert(connection, "exposures", {"cluster_id": "k", "conversation_id": name})
    found = connection.execute(
        "select cluster_id, exposure_count, exposed_share, exposed_success_rate from failure_clusters order by 1"
    ).fetchall()
    # two of the day's four are exposed, one of the two failed
    assert found == [("k", 2, 0.5, 0.5), ("unseen", 0, None, None)]


def test_the_suggestion_list_is_led_by_safety_then_impact(connection: duckdb.DuckDBPyConnection) -> None:
    texts = dict.fromkeys(("category", "rule", "title", "description", "priority", "explanation", "assumptions"), "x")
    lists = dict.fromkeys(("evidence", "recommended_actions", "metrics_to_track"), "[]")
    moments = dict.fromkeys(("proposed_at", "expires_at"), "2026-11-23 10:00:00+00")
    for name, severity, impact, status in (
        ("small", None, 0.01, "pending"),
        ("unknown", None, None, "pending"),
        ("big", None, 0.05, "pending"),
        ("unsafe", "critical", 0.0, "pending"),
        ("done", None, 0.5, "accepted"),
    ):
        row = {"suggestion_id": name, "severity": severity, "impact_estimate": impact, "status": status}
        insert(connection, "suggestions", {**texts, **lists, **moments, **row, "implementation_effort": "low"})
    found = connection.execute("select place, suggestion_id from suggestion_list order by place").fetchall()
    assert found == [(1, "unsafe"), (2, "big"), (3, "small"), (4, "unknown")]


def test_completeness_shows_the_newest_run_of_a_day(connection: duckdb.DuckDBPyConnection) -> None:
    conversation(connection, "a", is_open=True)
    for run, hour, notes in (("1", 1, '{"sources_arrived": 1, "sources_expected": 2}'), ("2", 2, "{}")):
        for day in ("2026-11-23", "2026-11-24")[: 2 if run == "1" else 1]:
            counts = {"read_count": hour, "appended_count": 0, "skipped_count": 3, "quarantined_count": 0}
            at = f"2026-11-25 0{hour}:00:00+00"
            row = {"run_id": run + day, "stage": "ingest", "day": day, **counts, "notes": notes, "completed_at": at}
            insert(connection, "runs", row)
    found = connection.execute(
        "select cast(day as varchar), sources_arrived, sources_expected, read_count, skipped_count, conversation_count "
        "from completeness order by day"
    ).fetchall()
    assert found == [("2026-11-23", None, None, 2, 3, 1), ("2026-11-24", 1, 2, 1, 3, 0)]


def test_validation_summary_adds_up_batches(connection: duckdb.DuckDBPyConnection) -> None:
    for batch, evaluated, unexpected in (("b1", 6, 0), ("b2", 2, 2), ("b3", 0, 0)):
        row = {"validation_id": batch, "batch": batch, "day": "2026-11-23", "suite": "turns", "expectation": "e"}
        counts = {"is_success": unexpected == 0, "evaluated_count": evaluated, "unexpected_count": unexpected}
        insert(connection, "validations", {**row, **counts})
    found = connection.execute(
        "select batch_count, failed_batch_count, unexpected_rate from validation_summary"
    ).fetchall()
    assert found == [(3, 1, 0.25)]


def test_quarantine_summary_counts_records_files_and_turns(connection: duckdb.DuckDBPyConnection) -> None:
    for number, file, turns in ((1, "f", 3), (2, "f", None), (3, "g", 2)):
        row = {"quarantine_id": str(number), "source_name": "chat", "file": file, "reason": "x", "rule": "r"}
        insert(connection, "quarantine", {**row, "turn_count": turns, "quarantined_at": "2026-11-23 23:30:00+00"})
    found = connection.execute(
        "select cast(day as varchar), record_count, file_count, turn_count from quarantine_summary"
    ).fetchall()
    assert found == [("2026-11-23", 3, 2, 5)]
