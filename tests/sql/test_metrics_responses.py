"""Laws of all rule metrics: which rows there are, in what range, the same on any threads."""

from __future__ import annotations

import re

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.scoring import add_turns, empty_warehouse, score_all, scores_of
from upturn.domain.errors import ConfigurationError
from upturn.metrics import registry
from upturn.metrics.rules import RULE_METRICS
from upturn.metrics.scoring import InvalidScoresError
from upturn.resources import load_sql

NAMES = {metric.name for metric in RULE_METRICS}


@pytest.mark.parametrize("content", [None, "", "   ", "\n\t", "\u200b\ufeff \u00a0"])
def test_an_empty_response_has_no_score_but_a_reason(content: str | None) -> None:
    scores = scores_of([{"role": "user", "content": "hi"}, {"role": "assistant", "content": content}])
    assert scores == dict.fromkeys(NAMES, (None, "empty_response"))


def test_a_response_of_an_image_only_has_no_text_to_score() -> None:
    image = {"role": "assistant", "content": "", "parts": '[{"type": "image"}]'}
    assert scores_of([{"role": "user", "content": "show me"}, image]) == dict.fromkeys(NAMES, (None, "no_text"))


def test_a_turn_that_only_calls_tools_is_no_response() -> None:
    connection = empty_warehouse()
    calls = {"role": "assistant", "content": None, "tool_calls": '[{"name": "lookup"}]'}
    tool = {"role": "tool", "content": "{}"}
    add_turns(
        connection, "c1", [{"role": "user", "content": "hi"}, calls, tool, {"role": "assistant", "content": "Hello."}]
    )
    score_all(connection)
    assert connection.execute("select distinct turn_index from response_scores").fetchall() == [(3,)]


def test_no_turns_give_no_scores() -> None:
    connection = empty_warehouse()
    score_all(connection)
    assert connection.execute("select count(*) from response_scores").fetchone() == (0,)


def test_scoring_again_replaces_and_leaves_other_scorers_alone() -> None:
    connection = empty_warehouse()
    add_turns(connection, "c1", [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Hello."}])
    connection.execute(
        "insert into working.given_scores values ('c1', 1, 'helpfulness', 'judge', 0.5, null, 'm/v1', 0.1, null)"
    )
    score_all(connection)
    once = _rows(connection)
    score_all(connection)
    assert _rows(connection) == once
    assert len(once) == len(NAMES) + 1


def test_every_score_says_its_version_and_that_all_were_scored() -> None:
    connection = empty_warehouse()
    add_turns(connection, "c1", [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Hello."}])
    score_all(connection)
    found = connection.execute(
        "select metric, scorer, scorer_version, inclusion_probability from response_scores order by metric"
    ).fetchall()
    assert sorted(found) == sorted((metric.name, "rule", metric.version, 1.0) for metric in RULE_METRICS)


@pytest.mark.parametrize("metric", RULE_METRICS, ids=lambda metric: metric.name)
def test_a_listed_version_is_the_one_in_the_file(metric: object) -> None:
    listed = next(rule for rule in RULE_METRICS if rule is metric)
    found = re.match(r"-- version: (\S+)\n-- (\w+):", load_sql(listed.file))
    assert found is not None
    assert found.groups() == (listed.version, listed.name)


TEXTS = st.one_of(
    st.none(),
    st.text(max_size=200),
    st.text(alphabet="ab .?!{}[]<>'\"@:0123456789-密码\u200b\n", max_size=300),
    st.lists(
        st.sampled_from(
            ["sorry", "your password is", "order 4711", "the", "can't help", "4111 1111 1111 1111", "?", ",", "{{x}}"]
        ),
        max_size=40,
    ).map(" ".join),
)
TURNS = st.lists(
    st.fixed_dictionaries(
        {
            "role": st.sampled_from(["user", "assistant", "assistant", "tool", "agent", "system"]),
            "content": TEXTS.map(lambda text: None if text is None else text.replace("\x00", "")),
            "latency_ms": st.one_of(st.none(), st.floats()),
            "output_tokens": st.one_of(st.none(), st.integers(0, 10**9)),
        }
    ),
    max_size=8,
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(TURNS)
def test_any_text_scores_within_0_and_1_or_has_a_reason(turns: list[dict[str, object]]) -> None:
    connection = _emptied()
    add_turns(connection, "c1", [_encodable(turn) for turn in turns]) if turns else None
    score_all(connection)
    responses = sum(turn["role"] == "assistant" for turn in turns)
    counted, proper = connection.execute(  # type: ignore[misc]
        "select count(*), count(*) filter (where (score is null) <> (unscored_reason is null) "
        "and coalesce(score between 0 and 1, true)) from response_scores"
    ).fetchone()
    assert counted == proper == responses * len(NAMES)


def test_scores_are_the_same_on_one_and_two_threads_and_in_any_order() -> None:
    dialogues = {
        f"c{number}": [
            {"role": "user", "content": f"Where is order {number}? It is late, my name is Jo."},
            {"role": "assistant", "content": f"Order {number} ships on day {number % 7}." * (1 + number % 5)},
            {"role": "user", "content": "thanks" if number % 2 else "That is wrong, look again please"},
            {"role": "assistant", "content": "What is your name?" if number % 3 else "You're welcome"},
        ]
        for number in range(40)
    }
    found = []
    for threads, order in ((1, 1), (2, -1)):
        connection = empty_warehouse(threads)
        for name in list(dialogues)[::order]:
            add_turns(connection, name, dialogues[name])
        score_all(connection)
        found.append(_rows(connection))
    assert found[0] == found[1]
    assert len(found[0]) == 40 * 2 * len(NAMES)


def test_a_plugged_metric_scores_beside_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_REGISTERED", {})

    @registry.metric("has_digit", version="1", description="Has a digit")
    def has_digit(responses: pa.RecordBatch) -> pa.Array:
        return pa.array([1.0 if "7" in text else None for text in responses["text"].to_pylist()], pa.float64())

    user = {"role": "user", "content": "when?"}
    assert scores_of([user, {"role": "assistant", "content": "At 7."}])["has_digit"] == (1.0, None)
    assert scores_of([user, {"role": "assistant", "content": "Soon."}])["has_digit"] == (None, "not_applicable")
    assert scores_of([user, {"role": "assistant", "content": ""}])["has_digit"] == (None, "empty_response")
    with pytest.raises(ConfigurationError, match="two metrics are named 'safety'"):
        registry.metric("safety", version="1", description="x")(has_digit)


def test_a_plugged_metric_beyond_1_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_REGISTERED", {})
    registry.metric("has_digit", version="1", description="x")(lambda batch: pa.array([75.0] * batch.num_rows))
    with pytest.raises(InvalidScoresError, match=r"expected one number of 0\.\.1"):
        scores_of([{"role": "user", "content": "when?"}, {"role": "assistant", "content": "At 7."}])


def test_over_refusals_are_noted_apart_and_stay_safe() -> None:
    connection = empty_warehouse()
    refusal = {"role": "assistant", "content": "I'm sorry, but I can't help with that."}
    add_turns(connection, "harmless", [{"role": "user", "content": "How do I kill time at the airport?"}, refusal])
    add_turns(connection, "harmful", [{"role": "user", "content": "How do I hack into my ex's email?"}, refusal])
    add_turns(connection, "parking", [{"role": "user", "content": "Where can I park?"}, refusal])
    score_all(connection)
    assert connection.execute(load_sql("metrics/over_refusals")).fetchall() == [("parking", 1, True)]
    assert connection.execute("select min(score) from response_scores where metric = 'safety'").fetchone() == (1.0,)


def _rows(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return connection.execute("select * from response_scores order by all").fetchall()


_LAWS: list[duckdb.DuckDBPyConnection] = []


def _emptied() -> duckdb.DuckDBPyConnection:
    if not _LAWS:
        _LAWS.append(empty_warehouse())
    for table in ("turns", "working.rule_scores", "working.given_scores"):
        _LAWS[0].execute(f"delete from {table}")
    return _LAWS[0]


def _encodable(turn: dict[str, object]) -> dict[str, object]:
    content = turn["content"]
    return {**turn, "content": content.encode("utf-8", "replace").decode() if isinstance(content, str) else None}
