"""The behaviour marts on normal, empty and NULL cases; expected numbers are worked out beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from tests.sql.test_marts import conversation as add_conversation
from tests.sql.test_marts import insert, judge
from tests.support.scoring import keep_traits
from tests.support.tables import load_canonical
from upturn.metrics.traits import drop_traits, prepare_traits, replace_traits
from upturn.resources import load_sql
from upturn.simulate.logs import write_logs
from upturn.warehouse import create_schema

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
BEHAVIOUR_MARTS = (
    "turn_taking",
    "message_sentiment",
    "context_losses",
    "conversation_personas",
    "conversation_behaviour",
    "conversation_measures",
    "behaviour",
    "latency_percentiles",
    "drop_off",
    "journeys",
    "comments_by_theme",
)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as database:
        database.execute("set timezone = 'UTC'")
        create_schema(database)
        yield database


def conversation(connection: duckdb.DuckDBPyConnection, name: str, **fields: object) -> None:
    add_conversation(connection, name, **fields)
    keep_traits(connection)


def say(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    *said: tuple[str, str | None],
    seconds: int = 10,
    **fields: object,
) -> None:
    """Add turns (role, content), `seconds` apart."""
    for index, (role, content) in enumerate(said):
        at = START + timedelta(seconds=seconds * index)
        row = {"conversation_id": name, "turn_index": index, "turn_key": str(index), "role": role, "content": content}
        insert(connection, "turns", {**row, "occurred_at": at, "position": index, "log_version": 1, **fields})
    keep_traits(connection)


def value(connection: duckdb.DuckDBPyConnection, sql: str) -> object:
    row = connection.execute(sql).fetchone()
    return row[0] if row else None


@pytest.mark.parametrize("mart", BEHAVIOUR_MARTS)
def test_the_header_describes_every_column(connection: duckdb.DuckDBPyConnection, mart: str) -> None:
    header = load_sql(f"marts/{mart}").split("\nwith")[0]
    columns = {name for name, *_ in connection.execute(f"describe {mart}").fetchall()}
    described = set(re.findall(r"^-- Column (\w+):", header, re.MULTILINE))
    assert described <= columns
    for column in columns - described:  # several may share a line: "as there", "as in …"
        assert re.search(rf"\b{column}\b", header), column


@pytest.mark.parametrize("mart", BEHAVIOUR_MARTS)
def test_a_conversation_of_which_nothing_is_known_breaks_nothing(
    connection: duckdb.DuckDBPyConnection, mart: str
) -> None:
    conversation(connection, "bare", turn_count=0)
    conversation(connection, "silent")
    say(connection, "silent", ("user", None), ("assistant", None))
    connection.execute(f"from {mart}").fetchall()


def test_turn_taking_counts_gaps_and_lengths(connection: duckdb.DuckDBPyConnection) -> None:
    conversation(connection, "a")
    say(connection, "a", ("user", "abcd"), ("user", "ef"), ("assistant", "ghi"), ("tool", "{}"), ("user", "j"))
    connection.execute("update turns set latency_ms = 1500.4 where turn_index = 2")
    connection.execute("update turns set error_type = 'timeout' where turn_index = 3")
    row = connection.execute(
        "select user_count, consecutive_user_count, user_gap_count, user_gap_ms, user_chars, assistant_chars, "
        "response_ms, first_response_ms, error_count from turn_taking"
    ).fetchone()
    # the second message follows a message; the third follows the answer by 20 s, the tool between is not said
    assert row == (3, 1, 1, 20_000, 7, 3, 1500, 1500, 1)


def test_a_log_without_times_has_no_gaps(connection: duckdb.DuckDBPyConnection) -> None:
    conversation(connection, "a")
    say(connection, "a", ("user", "hi"), ("assistant", "hello"), ("user", "bye"), seconds=0)
    assert connection.execute("select user_gap_ms, user_gap_count from turn_taking").fetchall() == [(None, 0)]
    assert value(connection, "select user_gap_ms from conversation_behaviour") is None


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("Where is my parcel?", 0.0),  # no word of the lists
        ("Thanks, that was great!", 0.666667),  # 2 / (2 + 1)
        ("This is not good.", -0.5),  # one word of praise, negated: (1 − 2) / (1 + 1)
        ("Not bad", 0.5),
        ("It doesn't work, useless!", -0.666667),
        ("12", None),
        ("", None),
    ],
)
def test_sentiment_counts_words_and_turns_them_after_a_negation(
    connection: duckdb.DuckDBPyConnection, text: str, sentiment: float | None
) -> None:
    conversation(connection, "a")
    say(connection, "a", ("user", text))
    assert value(connection, "select sentiment from message_sentiment") == sentiment


def test_sentiment_change_is_the_slope_over_the_users_messages(connection: duckdb.DuckDBPyConnection) -> None:
    conversation(connection, "worse")
    say(connection, "worse", ("user", "great"), ("assistant", "good"), ("user", "hm"), ("user", "useless"))
    conversation(connection, "short")
    say(connection, "short", ("user", "great"), ("user", "useless"))
    found = connection.execute(
        "select conversation_id, sentiment, sentiment_change from conversation_behaviour order by 1"
    ).fetchall()
    # .5, 0, −.5: slope −.5 per message; two messages say nothing of a trend
    assert found == [("short", 0.0, None), ("worse", 0.0, -0.5)]


def test_context_is_lost_when_what_was_given_is_asked_for_again(connection: duckdb.DuckDBPyConnection) -> None:
    ask = ("assistant", "What is your order number?")
    for name, said in {
        "lost": [("user", "late"), ask, ("user", "It is M283059"), ("assistant", "Can you tell me your order number?")],
        "named": [("user", "my order number is 55512345"), ask],
        "fine": [("user", "late"), ask, ("user", "M283059"), ("assistant", "It is on its way.")],
        "not given": [("user", "late"), ask, ("user", "I don't have it"), ask],
        "not found": [("user", "order number 55512345"), ("assistant", "Not found. What is your order number?")],
        "another": [ask, ("user", "M283059"), ("user", "and another one"), ask],
    }.items():
        conversation(connection, name)
        say(connection, name, *said)
    found = connection.execute(
        "select conversation_id, kind, given_turn_index, turn_index from context_losses order by 1"
    ).fetchall()
    assert found == [("lost", "number", 2, 3), ("named", "number", 0, 1)]


@pytest.mark.parametrize(
    ("opening", "persona", "confidence", "reason"),
    [
        ("Sorry to bother you, I don't know where to look", "novice", 0.8, "words of the first message"),
        ("Seriously, third attempt: this is ridiculous!!", "frustrated", 0.8, "words of the first message"),
        ("WHERE IS MY ORDER", "frustrated", 0.6, "words of the first message"),
        ("Dear team, our office depends on it. Kind regards", "business", 0.8, "words of the first message"),
        ("Cleared the cache, is there an error code?", "technical", 0.8, "words of the first message"),
        ("re: invoice, asap", "expert", 0.8, "words of the first message"),
        ("I was wondering where my parcel is", "curious", 0.6, "words of the first message"),
        ("Where is my parcel?", None, None, "no words that tell"),
        ("I was wondering, is it the browser?", None, None, "several fit alike"),
        ("12345", None, None, "no message"),
        (None, None, None, "no message"),
    ],
)
def test_a_persona_is_told_from_the_first_message_or_not_at_all(
    connection: duckdb.DuckDBPyConnection, opening: str | None, persona: str | None, confidence: float, reason: str
) -> None:
    conversation(connection, "a")
    say(connection, "a", ("user", opening), ("assistant", "Hm."))
    found = connection.execute("select persona, persona_confidence, reason from conversation_personas").fetchall()
    assert found == [(persona, confidence, reason)]


def test_what_comes_after_the_first_message_makes_no_persona(connection: duckdb.DuckDBPyConnection) -> None:
    conversation(connection, "a")
    conversation(connection, "b", persona="guest")
    for name in ("a", "b"):
        say(connection, name, ("user", "Where is it?"), ("assistant", "No idea."), ("user", "This is ridiculous!!"))
    found = connection.execute("select persona, persona_confidence from conversation_personas order by conversation_id")
    assert found.fetchall() == [(None, None), ("guest", 1.0)]


def test_personas_of_an_unseen_seed_beat_the_majority(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write_logs(tmp_path, days=2, per_day=150, seed=20261125, start=date(2026, 11, 2))
    load_canonical(connection, tmp_path)
    connection.execute("create table planted as select conversation_id, persona from conversations")
    connection.execute("update conversations set persona = null")
    told, right, majority = connection.execute(
        "select avg(cast(guessed.persona is not null as int)), "
        "avg(cast(guessed.persona = planted.persona as int)) filter (where guessed.persona is not null), "
        "(select max(n) / sum(n) from (select count(*) as n from planted group by persona)) "
        "from planted inner join conversation_personas as guessed using (conversation_id)"
    ).fetchone() or (0, 0, 1)
    assert told > 0.6
    assert right > 0.95
    assert majority < 0.4


def test_flags_follow_the_source_then_the_signals(connection: duckdb.DuckDBPyConnection) -> None:
    conversation(connection, "said", outcome="resolved", turn_count=4)
    conversation(connection, "unsaid", user_key="u", topic_id="t", ended_at="2026-11-23 10:05:00+00")
    conversation(connection, "again", user_key="u", topic_id="t", started_at="2026-11-24 10:00:00+00")
    conversation(connection, "handed", outcome="escalated")
    judge(connection, "unsaid", fails=True)
    connection.execute("""update failures set signals = '["abandoned", "user_rephrased"]'""")
    columns = (
        "is_success, is_resolved, is_escalated, is_abandoned, has_rephrased, is_repeat_contact, turns_to_resolution"
    )
    rows = connection.execute(f"select conversation_id, {columns}, duration_ms from conversation_behaviour").fetchall()
    found = {name: values for name, *values in rows}
    assert found["said"] == [None, True, False, False, None, None, 4, None]
    assert found["unsaid"] == [False, None, False, True, True, False, None, 300_000]
    assert found["again"][5] is True
    assert found["handed"][1:3] == [False, True]


@pytest.mark.slow
def test_an_interval_counts_users_and_not_their_conversations(connection: duckdb.DuckDBPyConnection) -> None:
    for number in range(40):
        conversation(connection, f"own{number}", assistant_id="own", user_key=f"u{number}", outcome="resolved")
        conversation(connection, f"few{number}", assistant_id="few", user_key=f"v{number // 10}", outcome="resolved")
    connection.execute(
        "update conversations set outcome = 'abandoned' where regexp_matches(conversation_id, '[0-9]$') "
        "and cast(regexp_extract(conversation_id, '[0-9]+$') as integer) < 20"
    )
    found = connection.execute(
        "select assistant_id, value, low, high, conversation_count, user_count from behaviour "
        "where segment = 'assistant' and metric = 'resolution_rate' order by 1"
    ).fetchall()
    # 40 users: variance 40/39 × .25/40 = .00641, m = .25/.00641 = 39, t = 1.6849;
    #   Wilson at .5: ± t × sqrt(.25/39 + t²/(4 × 39²)) / (1 + t²/39) = .130199
    # 4 users who all do the same: Σy² − 2pΣyn + p²Σn² = 200 − 200 + 100, var 4/3 × 100/1600 = 1/12, m = 3, t = 2.3534
    #   ± 2.3534 × sqrt(.25/3 + 5.538/36) / (1 + 5.538/3) = .4027
    (few, own) = found
    assert (few[1], few[4], few[5]) == (0.5, 40, 4)
    assert (own[1], own[4], own[5]) == (0.5, 40, 40)
    assert own[2] == pytest.approx(0.5 - 0.1302, abs=5e-4)
    assert few[2] == pytest.approx(0.5 - 0.4027, abs=5e-4)
    assert few[3] == pytest.approx(0.5 + 0.4027, abs=5e-4)


def test_one_user_and_users_all_alike_have_no_interval(connection: duckdb.DuckDBPyConnection) -> None:
    conversation(connection, "a", user_key="u", satisfaction=0.5, outcome="resolved")
    conversation(connection, "b", assistant_id="two", user_key="v", satisfaction=0.5)
    conversation(connection, "c", assistant_id="two", user_key="w", satisfaction=0.5)
    found = connection.execute(
        "select assistant_id, metric, value, low, high from behaviour "
        "where segment = 'assistant' and metric in ('satisfaction', 'resolution_rate') order by 1, 2"
    ).fetchall()
    assert found == [
        ("shop", "resolution_rate", 1.0, None, None),
        ("shop", "satisfaction", 0.5, None, None),
        ("two", "satisfaction", 0.5, None, None),
    ]


def test_segments_add_up_to_their_assistant(connection: duckdb.DuckDBPyConnection) -> None:
    for number, (channel, persona, version) in enumerate(
        (("web", None, "1"), ("web", "novice", "2"), ("phone", None, None))
    ):
        conversation(connection, str(number), channel=channel, persona=persona, assistant_version=version)
    found = connection.execute(
        "select segment, coalesce(assistant_version, channel, persona, topic_id, assistant_id), conversation_count "
        "from behaviour where metric = 'turn_count' order by all"
    ).fetchall()
    assert found == [
        ("all", None, 3),
        ("assistant", "shop", 3),
        ("channel", "phone", 1),
        ("channel", "web", 2),
        ("persona", "novice", 1),
        ("persona", "unknown", 2),
        ("topic", "unknown", 3),
        ("version", "1", 1),
        ("version", "2", 1),
        ("version", "unknown", 1),
    ]


def test_rate_intervals_hold_the_truth_of_clustered_users(connection: duckdb.DuckDBPyConnection) -> None:
    generator = np.random.default_rng(20261123)
    sizes = 1 + generator.geometric(0.4, (400, 60))
    y = generator.binomial(sizes, generator.beta(0.8, 3.2, (400, 60)))  # mean .2: users differ much
    draws = pa.table(
        {
            name: sums.sum(axis=1).astype(float)
            for name, sums in {"y": y, "n": sizes, "yy": y * y, "yn": y * sizes, "nn": sizes * sizes}.items()
        }
    )
    connection.register("draws", draws)
    connection.execute(
        "create table varied as "
        "select y / n as rate, n, nn, ratio_variance(y, n, yy, yn, nn, 60) as variance from draws"
    )
    held, naive = connection.execute(
        "select avg(cast(0.2 between rate_low(rate, variance, n, nn, 60) "
        "and rate_high(rate, variance, n, nn, 60) as int)),"
        " avg(cast(abs(rate - 0.2) <= 1.645 * sqrt(rate * (1 - rate) / n) as int)) from varied"
    ).fetchone() or (0, 0)
    # 90 % ± 3 standard errors of 400 draws (.015); an interval that forgets the users holds it far less often
    assert 0.855 <= held <= 0.945
    assert naive < 0.8


@pytest.mark.slow
def test_latency_percentiles_are_values_seen_with_woodruffs_interval(connection: duckdb.DuckDBPyConnection) -> None:
    for number in range(100):
        conversation(connection, f"c{number}")
        say(connection, f"c{number}", ("user", "hi"), ("assistant", "hello"))
    connection.execute(
        "update turns set latency_ms = 100 + cast(substr(conversation_id, 2) as integer) where role = 'assistant'"
    )
    found = connection.execute(
        "select percentile, value_ms, low_ms, high_ms, response_count from latency_percentiles "
        "where kind = 'response' order by 1"
    ).fetchall()
    # p50: the 50th of 100 = 149; variance 100/99 × .25/100, margin 1.660 × .05025 = .0834: the 41st and 60th values
    assert found[0] == (0.5, 149.0, 140.0, 159.0, 100)
    assert found[1][:2] == (0.95, 194.0)
    assert value(connection, "select count(*) from latency_percentiles where kind = 'first_response'") == 3


def test_drop_off_counts_those_who_end_there_unserved(connection: duckdb.DuckDBPyConnection) -> None:
    for name, messages, fails in (("served", 1, False), ("lost", 1, True), ("later", 2, True), ("silent", 0, True)):
        conversation(connection, name)
        judge(connection, name, fails=fails)
        say(connection, name, *[("user", "hm")] * messages)
    conversation(connection, "not judged")
    found = connection.execute(
        "select message_number, reached_count, ended_count, dropped_count, drop_off_rate from drop_off order by 1"
    ).fetchall()
    assert found == [(1, 3, 2, 1, 0.333333), (2, 1, 1, 1, 1.0)]


def test_journeys_follow_steps_to_the_failure(connection: duckdb.DuckDBPyConnection) -> None:
    insert(connection, "topics", {"topic_id": "t", "title": "refund", "top_terms": "[]", "size": 1, "fit_id": "f"})
    for name, fails in (("bad", True), ("good", False)):
        conversation(connection, name, topic_id="t" if fails else None)
        judge(connection, name, fails=fails, failed_at=2 if fails else None)
        say(connection, name, ("user", "x"), ("assistant", None), ("tool", "{}"), ("assistant", "y"), ("agent", "z"))
        connection.execute(
            """update turns set tool_calls = '[{"name": "look_up"}]' where turn_index = 1;
            update turns set error_type = 'timeout', tool_name = 'look_up' where turn_index = 2"""
        )
    found = connection.execute("select path, failure_count, completion_rate from journeys order by 1").fetchall()
    assert found == [
        ("no topic > look_up > look_up failed > answer > person", 0, 1.0),
        ("refund > look_up > look_up failed", 1, 0.0),  # what came after turn 2 is no part of the way to the failure
    ]


def test_comments_are_grouped_by_theme_beside_their_rating(connection: duckdb.DuckDBPyConnection) -> None:
    conversation(connection, "a", satisfaction=0.25)
    conversation(connection, "b")
    base = {"kind": "comment", "author": "user", "received_at": START, "log_version": 1}
    for number, (name, comment, more) in enumerate(
        (
            ("a", "Far too slow, I had to wait for hours. Terrible!", {}),
            ("b", "Quick and friendly, great", {"score": 1.0}),
            ("b", "Ok then", {}),
            ("b", None, {"score": 0.0}),
            ("b", "slow", {"author": "annotator"}),
            ("b", "slow", {"inclusion_probability": 0.5}),
        )
    ):
        row = {"feedback_id": str(number), "conversation_id": name, "comment": comment}
        insert(connection, "feedback", {**base, **row, **more})
    found = connection.execute(
        "select theme, comment_count, conversation_count, negative_share, sentiment, rating "
        "from comments_by_theme order by 1"
    ).fetchall()
    # slow, terrible: −2/3; quick, friendly, great: 3/4; their mean (−.666667 + .75) / 2
    assert found == [
        ("other", 1, 1, 0.0, 0.0, None),
        ("speed", 2, 2, 0.5, 0.041667, 0.625),
        ("tone", 1, 1, 0.0, 0.75, 1.0),
    ]


def test_what_is_kept_of_turns_is_what_the_marts_say_of_all(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Kept in two parts, as days come; half of the conversations change in between."""
    write_logs(tmp_path, days=2, per_day=60, seed=20261127, start=date(2026, 11, 2))
    load_canonical(connection, tmp_path)
    for part in ("hash(conversation_id) % 2 = 0", "true"):
        connection.execute(
            "create or replace temp table conversations_to_score as "
            f"select conversation_id from conversations where {part}"
        )
        prepare_traits(connection)
        replace_traits(connection)
        drop_traits(connection)
        if part != "true":
            connection.execute("update turns set latency_ms = latency_ms + 1000 where turn_index > 2")
    kept = connection.execute("select * from working.traits order by conversation_id").fetchall()
    assert len(kept) == value(connection, "select count(*) from conversations") > 100
    talk = "select * from turn_taking order by conversation_id"
    columns = [name for name, *_ in connection.execute(f"describe {talk}").fetchall()]
    theirs = connection.execute(
        f"select {', '.join(columns)} from working.traits semi join production_conversations using (conversation_id) "
        "where user_count is not null order by conversation_id"
    ).fetchall()
    assert theirs == connection.execute(talk).fetchall()
    lost = connection.execute("select distinct conversation_id from context_losses order by all").fetchall()
    assert (
        lost
        == connection.execute(
            "select conversation_id from working.traits semi join production_conversations using (conversation_id) "
            "where has_context_loss order by all"
        ).fetchall()
    )
