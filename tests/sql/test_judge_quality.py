"""The weekly rates by the judge: the same as the estimator's, empty where nothing was judged, NULL never a zero."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.judge_server import Reply, judge_server
from tests.support.judging import DAY, append, judged, judging_context, spoken
from upturn.domain.events import NewEvent
from upturn.domain.payloads import ConversationEnded
from upturn.judge.estimating import SampledResponse, judge_rate
from upturn.resources import load_sql
from upturn.stages.judging import judge_day
from upturn.stages.score import score
from upturn.stages.stage import StageContext, as_of
from upturn.warehouse import Warehouse


def _rows(context: StageContext, query: str) -> list[tuple[Any, ...]]:
    with context.warehouse.connect() as connection:
        return connection.execute(query).fetchall()


def _ended(name: str) -> NewEvent:
    payload = ConversationEnded(
        conversation_id=name, ended_at=as_of(DAY, "UTC"), outcome=None, updated_at=None, record_digest="e"
    )
    return NewEvent("conversation.ended", "chat", (name,), "1", name, as_of(DAY, "UTC"), payload)


@pytest.mark.slow
def test_the_mart_is_the_estimator(tmp_path: Path) -> None:
    """Three channels of 40, 30 and 3 conversations, some with two answers; some replies can't be read."""
    dice = random.Random(4)

    def answer(body: dict[str, Any], times: int) -> Reply:
        return Reply(content="?") if dice.random() < 0.15 else Reply(score=dice.randrange(101))

    with judge_server(answer) as server:
        settings = {"base_url": server.url, "sample_rate": 0.5, "max_concurrency": 1, "max_retries": 0}
        context = judging_context(tmp_path, metrics=["helpfulness"], usd_per_run=0.0072, **settings)
        for channel, count in (("web", 40), ("phone", 30), ("email", 3)):
            names = [f"{channel}{n}" for n in range(count)]
            said = [("Where is it?", f"Number {name} is on its way.", "When?", f"{name}: soon.") for name in names]
            some = [
                spoken(name, *words[: 2 + 2 * (len(name) % 2)], channel=channel)
                for name, words in zip(names, said, strict=True)
            ]
            append(context, [event for events in some for event in events])
            append(context, [_ended(name) for name in names])
        notes = score(context, DAY).notes
        assert notes["judge_stopped_by"] == "budget"
    sampled = [
        SampledResponse(*row)
        for row in _rows(
            context,
            "select conversation_id, stratum, s.inclusion_probability, score, "
            "(select count(*) from turns where turns.conversation_id = s.conversation_id and role = 'assistant') "
            "from response_scores as s join judge_samples using (conversation_id, turn_index) where scorer = 'judge'",
        )
    ]
    sizes = dict(_rows(context, "select stratum, conversation_weight from judge_strata"))
    expected = judge_rate(sampled, sizes)
    assert expected is not None
    assert expected.interval is not None
    assert expected.unscored_count > 0
    assert sum(sizes.values()) == pytest.approx(73, abs=1e-4)
    [row] = _rows(context, "from judge_quality")
    assert row[:2] == ("2026-W45", "helpfulness")
    figures = (expected.score, *expected.interval, expected.lowest, expected.highest)
    assert row[2:7] == pytest.approx(figures, abs=2e-6)
    assert row[7:9] == (expected.scored_count, expected.unscored_count)
    assert row[9] == pytest.approx(sum(one[7] for one in judged(context)), abs=1e-6)


def test_where_nothing_was_judged_there_is_no_row(tmp_path: Path) -> None:
    context = judging_context(tmp_path)
    append(context, spoken("c1", "Where is it?", "On its way."))
    assert _rows(context, "from judge_quality") == []


def test_where_nothing_could_be_scored_the_score_is_null_and_the_bounds_are_wide(tmp_path: Path) -> None:
    with judge_server(lambda *_asked: Reply(content="?")) as server:
        context = judging_context(tmp_path, base_url=server.url, sample_rate=1.0, metrics=["safety"])
        append(context, [*spoken("c1", "Where is it?", "On its way."), _ended("c1")])
        judge_day(context, DAY)
    [row] = _rows(context, "from judge_quality")
    assert row[2:9] == (None, None, None, 0.0, 1.0, 0, 1)


def test_an_older_event_without_strata_still_counts(tmp_path: Path) -> None:
    from upturn.domain.payloads import ResponseJudged, SampleDrawn

    context, over = judging_context(tmp_path), as_of(DAY, "UTC")
    append(context, [*spoken("c1", "Where is it?", "On its way."), _ended("c1")])
    drawn = SampleDrawn(day=DAY, metric="helpfulness", seed=1, rate=0.5, population=2, responses=[("c1", 1, 0.5)])
    judgement = ResponseJudged(
        conversation_id="c1",
        turn_index=1,
        metric="helpfulness",
        score=0.75,
        unscored_reason=None,
        rationale=None,
        model="m",
        prompt_version="helpfulness-v1",
        inclusion_probability=0.5,
        input_tokens=10,
        output_tokens=5,
        cost_usd=0.1,
    )
    append(
        context,
        [
            NewEvent("sample.drawn", "upturn", ("2026-11-03", "helpfulness"), "1", "helpfulness/1", over, drawn),
            NewEvent("response.judged", "upturn", ("c1", "1", "helpfulness"), "1", "c1", over, judgement),
        ],
    )
    assert [row[2] for row in _rows(context, "from judge_quality")] == [0.75]
    assert _rows(context, "select day, charged_tokens, charged_usd, is_reused from judge_calls") == [
        (date(2026, 11, 3), 15, 0.1, False)
    ]
    # its time was revised, and the sample of the next day holds it too: one judgement stays one
    again = drawn.model_copy(update={"day": date(2026, 11, 4), "responses": [("c1", 1, 0.25)]})
    append(
        context, [NewEvent("sample.drawn", "upturn", ("2026-11-04", "helpfulness"), "1", "helpfulness/1", over, again)]
    )
    assert _rows(context, "select scored_count, score from judge_quality") == [(1, 0.75)]
    assert _rows(context, "select inclusion_probability from response_scores where scorer = 'judge'") == [(0.5,)]
    since_until = {"since": as_of(date(2026, 11, 2), "UTC"), "until": over}
    with context.warehouse.connect() as connection:
        population = connection.execute(load_sql("judge/population"), since_until).fetchall()
    assert len(population) == 1
    before = judged(context)
    Warehouse(context.home, context.settings).rebuild(context.log)
    assert judged(context) == before
