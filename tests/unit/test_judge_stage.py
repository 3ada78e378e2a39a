"""A day is judged once: resumed without paying twice, never beyond the budget, with the probabilities it ended with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.judge_server import Answer, JudgeServer, Reply, judge_server
from tests.support.judging import DAY, append, judged, judging_context, spoken
from upturn.domain.errors import HomeBusyError
from upturn.judge.rubrics import RUBRICS
from upturn.judge.sampling import permanent_random_number
from upturn.log.delta import DeltaLog
from upturn.stages.judging import estimate_day, judge_day
from upturn.stages.score import score
from upturn.stages.stage import StageContext
from upturn.warehouse import Warehouse

ONE = {"metrics": ["helpfulness"]}
FREE = {"usd_per_million_input_tokens": 0.0, "usd_per_million_output_tokens": 0.0}
VERSION = "gpt-4o-mini/helpfulness.v2.f1"


@contextmanager
def _judging(folder: Path, answer: Answer | None = None, **judge: Any) -> Iterator[tuple[StageContext, JudgeServer]]:
    with judge_server(answer) as server:
        chosen = {"max_retries": 0, "sample_rate": 1.0, **judge}
        yield judging_context(folder, base_url=server.url, **chosen), server


def _say_many(context: StageContext, count: int) -> None:
    events = [spoken(f"c{number}", "Where is it?", f"It arrives in {number} days.") for number in range(count)]
    append(context, [event for some in events for event in some])


def _calls(context: StageContext, select: str) -> list[tuple[Any, ...]]:
    with context.warehouse.connect() as connection:
        return connection.execute(f"select {select} from judge_calls").fetchall()


def test_all_seven_metrics_are_judged_in_one_call(tmp_path: Path) -> None:
    with _judging(tmp_path) as (context, server):
        _say_many(context, 1)
        notes = judge_day(context, DAY).notes
        assert (len(server.requests), notes["judged"]) == (1, 7)
        assert sorted(row[2] for row in judged(context)) == sorted(rubric.metric for rubric in RUBRICS)
        # 1000 + 20 tokens, dealt to seven without loss; 1000 x .15 / 1e6 + 20 x .6 / 1e6 = .000162 dollars
        assert _calls(context, "sum(charged_tokens), round(sum(charged_usd), 9)") == [(1020, 0.000162)]
        assert sum(row[7] for row in judged(context)) == pytest.approx(0.000162)


def test_apart_each_metric_has_a_call_of_its_own(tmp_path: Path) -> None:
    with _judging(tmp_path, together=False) as (context, server):
        _say_many(context, 2)
        judge_day(context, DAY)
        assert len(server.requests) == 14
        assert {row[5] for row in judged(context)} == {f"gpt-4o-mini/{r.metric}.v{r.version}.f1" for r in RUBRICS}


def test_the_judge_sees_the_poisson_sample_once(tmp_path: Path) -> None:
    with _judging(tmp_path, sample_rate=0.3, seed=5, **ONE) as (context, server):
        _say_many(context, 40)
        first = score(context, DAY)
        expected = sorted(f"c{n}" for n in range(40) if permanent_random_number(5, f"c{n}", 1) < 0.3)
        assert judged(context) == [(name, 1, "helpfulness", 0.75, None, VERSION, 0.3, 0.000162) for name in expected]
        assert 5 <= len(expected) <= 20
        assert len(server.requests) == len(expected) == first.notes["judged"]
        assert first.appended == len(expected) + 1  # and the draw
        again = score(context, DAY)
        assert (again.appended, again.notes["judged"], len(server.requests)) == (0, 0, len(expected))


def test_what_could_not_be_read_is_kept_and_what_may_pass_is_asked_again(tmp_path: Path) -> None:
    def answer(body: dict[str, Any], times: int) -> Reply:
        if "not to be read" in body["messages"][-1]["content"]:
            return Reply(content="no idea")
        return Reply() if times > 1 else Reply(status=429, headers={"Retry-After": "0"})

    with _judging(tmp_path, answer, **ONE) as (context, server):
        append(context, spoken("c1", "Where is it?", "not to be read by the judge"))
        append(context, spoken("c2", "Where is it?", "It arrives on Thursday."))
        for run in range(3):
            judge_day(context, DAY)
            last = (0.75, None) if run == 2 else (None, "rate_limited")
            assert [row[3:5] for row in judged(context)] == [(None, "unreadable"), last]
        assert len(server.requests) == 4
        assert _calls(context, "count(*)") == [(4,)]  # each failed try is an event of its own: budgets see it
        assert judge_day(context, DAY).appended == 0


def test_responses_of_other_days_and_empty_ones_are_not_drawn(tmp_path: Path) -> None:
    with _judging(tmp_path) as (context, server):
        append(context, spoken("c1", "Where is it?", "   "))
        append(context, spoken("c2", "Where is it?", "It arrives on Thursday."))
        assert judge_day(context, DAY + timedelta(days=1)).notes["sampled"] == 0
        assert judge_day(context, DAY).notes["sampled"] == 1
        assert len(server.requests) == 1


def test_the_same_content_is_paid_once(tmp_path: Path) -> None:
    with _judging(tmp_path, **ONE) as (context, server):
        for number in range(12):
            append(context, spoken(f"c{number}", "Where is it?", "It arrives on Thursday."))
        notes = judge_day(context, DAY).notes
        assert (notes["judged"], notes["reused"], len(server.requests)) == (12, 11, 1)
        assert [row[3] for row in judged(context)] == [0.75] * 12
        assert _calls(context, "sum(charged_tokens), count(*) filter (where is_reused)") == [(1020, 11)]
        append(context, spoken("d", "Where is it?", "It arrives on Thursday."))
        assert judge_day(context, DAY).notes["reused"] == 1  # in a later run too
        assert len(server.requests) == 1


def test_another_model_or_rubric_judges_anew(tmp_path: Path) -> None:
    with _judging(tmp_path, **ONE) as (context, server):
        _say_many(context, 1)
        judge_day(context, DAY)
        fields = {"model": "other", **FREE, **ONE}
        other = judging_context(tmp_path, log=context.log, base_url=server.url, sample_rate=1.0, **fields)
        judge_day(other, DAY)
        assert len(server.requests) == 2
        assert [row[5] for row in judged(other)] == ["other/helpfulness.v2.f1"]


def test_running_out_keeps_what_was_paid_and_the_probabilities_it_ended_with(tmp_path: Path) -> None:
    # 0.00162 dollars: 10 calls of .000162; the worst case of one is more, so it ends before
    with _judging(tmp_path, usd_per_run=0.00162, max_concurrency=4, **ONE) as (context, server):
        _say_many(context, 40)
        notes = judge_day(context, DAY).notes
        assert notes["judge_stopped_by"] == "budget"
        asked = len(server.requests)
        assert 4 <= asked < 10
        numbers = sorted(permanent_random_number(context.settings.judge.seed, f"c{n}", 1) for n in range(40))
        cut = numbers[asked]  # every response was drawn with 1, so the order is that of the numbers
        assert {row[6] for row in judged(context)} == {round(cut, 12)}
        assert _calls(context, "sum(charged_usd) <= 0.00162") == [(True,)]
        assert judge_day(context, DAY).appended == 0
        assert len(server.requests) == asked
        rebuilt = Warehouse(context.home, context.settings)
        before = judged(context)
        rebuilt.rebuild(context.log)
        assert judged(context) == before


def test_with_more_money_the_rest_is_judged_and_the_probabilities_follow(tmp_path: Path) -> None:
    with _judging(tmp_path, usd_per_run=0.00162, **ONE) as (context, server):
        _say_many(context, 20)
        judge_day(context, DAY)
        richer = judging_context(
            tmp_path, log=context.log, base_url=server.url, sample_rate=1.0, usd_per_run=1.0, **ONE
        )
        judge_day(richer, DAY)
        assert len(server.requests) == 20
        assert {row[6] for row in judged(richer)} == {1.0}


def test_what_came_late_to_an_empty_purse_is_unscored_for_want_of_budget(tmp_path: Path) -> None:
    with _judging(tmp_path, usd_per_run=0.00162, **ONE) as (context, _server):
        _say_many(context, 20)
        judge_day(context, DAY)
        seed, paid = context.settings.judge.seed, len(judged(context))
        late = min((f"late{n}" for n in range(500)), key=lambda name: permanent_random_number(seed, name, 1))
        append(context, spoken(late, "Where is it?", "It is on its way."))
        judge_day(context, DAY)
        rows = judged(context)
        assert len(rows) == paid + 1
        assert [row[4] for row in rows if row[0] == late] == ["budget"]
        assert len({row[6] for row in rows}) == 1


def test_a_month_is_a_limit_over_all_days(tmp_path: Path) -> None:
    with _judging(tmp_path, usd_per_run=None, usd_per_month=0.0012, **ONE) as (context, server):
        _say_many(context, 30)
        judge_day(context, DAY)
        asked = len(server.requests)
        later = datetime(2026, 11, 4, 9, tzinfo=UTC)
        append(context, spoken("next", "Where is it?", "It arrives soon.", start=later))
        assert judge_day(context, DAY + timedelta(days=1)).notes["judge_stopped_by"] == "budget"
        assert len(server.requests) == asked


def test_no_concurrency_passes_the_budget(tmp_path: Path) -> None:
    """Every other answer is slow, and a call costs nearly what it may at most: a token for each byte it is sent."""
    billed: list[int] = []

    def answer(body: dict[str, Any], times: int) -> Reply:
        read = sum(len(message["content"].encode()) for message in body["messages"])
        billed.append(read + 150)
        return Reply(seconds=0.05 * (len(billed) % 2), tokens=(read, 150))

    limit = 40_000
    with _judging(tmp_path, answer, tokens_per_run=limit, max_concurrency=16, **ONE) as (context, _server):
        _say_many(context, 60)
        judge_day(context, DAY)
        assert len(billed) >= 5
        assert 0.75 * limit < sum(billed) <= limit
        assert _calls(context, "sum(charged_tokens)") == [(sum(billed),)]


def test_an_estimate_asks_nothing_and_writes_nothing(tmp_path: Path) -> None:
    with _judging(tmp_path, usd_per_run=0.001) as (context, server):
        _say_many(context, 30)
        version = context.log.version
        estimate = estimate_day(context, DAY)
        assert (estimate.sampled, estimate.answered, estimate.calls) == (30, 0, 30)
        assert 0 < estimate.likely.usd < estimate.worst.usd
        assert estimate.affordable_calls < 30
        assert (context.log.version, server.requests) == (version, [])
        judge_day(context, DAY)
        assert estimate_day(context, DAY).answered == len(server.requests)


def test_two_processes_do_not_judge_at_once(tmp_path: Path) -> None:
    with _judging(tmp_path, **ONE) as (context, _server):
        _say_many(context, 1)
        code = (
            "import fcntl, sys, time; file = open(sys.argv[1], 'ab'); fcntl.flock(file, fcntl.LOCK_EX);"
            "print('held', flush=True); time.sleep(60)"
        )
        context.home.judging.parent.mkdir(parents=True, exist_ok=True)
        with subprocess.Popen([sys.executable, "-c", code, context.home.judging], stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            other.stdout.readline()
            with pytest.raises(HomeBusyError, match="judges"):
                judge_day(context, DAY)
            other.kill()
        assert judge_day(context, DAY).notes["judged"] == 1


@pytest.mark.slow
def test_a_killed_run_resumes_without_paying_twice(tmp_path: Path) -> None:
    with judge_server(lambda *_asked: Reply(seconds=0.1)) as server:
        settings = {"base_url": server.url, "sample_rate": 1.0, "max_concurrency": 4, **ONE}
        context = judging_context(tmp_path, log=DeltaLog(tmp_path / "home" / "events"), **settings)
        _say_many(context, 120)
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.support.judging", tmp_path, server.url, DAY.isoformat()],
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )
        deadline = time.monotonic() + 120
        while len(server.requests) < 60 and time.monotonic() < deadline:
            time.sleep(0.02)
        child.send_signal(signal.SIGKILL)
        child.wait()
        stored = set(context.log.read(types=["response.judged"]).column("subject").to_pylist())
        assert len(stored) >= 60 - 16 - 4 - 8  # what was held, under way, and ready
        asked_before = len(server.requests)
        judge_day(context, DAY)
        asked = Counter(_named(body) for body in server.requests)
        assert len(asked) == 120
        assert all(asked[f"c{n}"] == 1 for n in range(120) if f"c{n}" in stored)
        assert len(server.requests) - 120 <= asked_before - len(stored)
        assert len(judged(context)) == 120


def _named(body: dict[str, Any]) -> str:
    text = body["messages"][-1]["content"]
    return "c" + text.split("It arrives in ")[1].split(" days")[0]
