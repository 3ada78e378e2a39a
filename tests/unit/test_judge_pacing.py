"""Calls stay within their pace and budget, whatever the number of threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from upturn.judge.asking import backoff_seconds
from upturn.judge.budget import Budget, Spent, budget_left
from upturn.judge.pacing import Pacer
from upturn.judge.pricing import NOTHING, Charge
from upturn.judge_settings import JudgeSettings


class Clock:
    """Time that passes only in `sleep`."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def _pacer(clock: Clock, requests: int | None = None, tokens: int | None = None) -> Pacer:
    return Pacer(requests=requests, tokens=tokens, now=clock.now, sleep=clock.sleep)


def _most_in_a_window(times: list[float], seconds: float) -> int:
    return max(sum(start <= time < start + seconds for time in times) for start in times)


def test_no_window_of_a_minute_holds_more_requests_than_the_limit_wherever_in_its_call_each_arrives() -> None:
    clock = Clock()
    pacer = _pacer(clock, requests=7)
    starts, ends = [], []
    for number in range(30):
        sent = pacer.wait_for_turn(1)
        starts.append(clock.now())
        clock.sleep(number % 5)
        pacer.settle(sent, 1)
        ends.append(clock.now())
    assert _most_in_a_window(starts, 60.0) == 7
    assert _most_in_a_window(ends, 60.0) <= 7
    assert _most_in_a_window([ends[n] if n % 2 else starts[n] for n in range(30)], 60.0) <= 7
    assert starts[-1] <= 4 * (60 + 5 * 4) + 10  # and it does not dawdle: 30 calls in 5 windows


def test_a_call_under_way_holds_its_place() -> None:
    clock = Clock()
    pacer = _pacer(clock, requests=1)
    first, began = pacer.wait_for_turn(1), clock.now()
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(pacer.wait_for_turn, 1)
        while clock.now() < began + 100:
            assert not second.done()
        pacer.settle(first, 1)
        ended = clock.now()
        second.result(timeout=20)
    assert clock.now() >= ended + 60


def test_tokens_are_counted_at_their_worst_until_they_are_known() -> None:
    clock = Clock()
    pacer = _pacer(clock, tokens=1000)
    first = pacer.wait_for_turn(600)
    pacer.settle(first, 100)
    second = pacer.wait_for_turn(800)
    assert clock.now() == 0  # 100 + 800 fit
    pacer.settle(second, 800)
    pacer.wait_for_turn(300)
    assert clock.now() == pytest.approx(60.0)  # 100 + 800 + 300 do not, until the window is past


def test_a_call_beyond_the_limit_of_tokens_goes_alone() -> None:
    clock = Clock()
    pacer = _pacer(clock, tokens=1000)
    first = pacer.wait_for_turn(5000)
    assert clock.now() == 0
    pacer.settle(first, 5000)
    pacer.wait_for_turn(10)
    assert clock.now() == pytest.approx(60.0)


def test_a_pause_holds_everybody() -> None:
    clock = Clock()
    pacer = _pacer(clock)
    pacer.pause(20)
    pacer.pause(5)
    pacer.wait_for_turn(1)
    assert clock.now() == 20


def test_threads_can_not_pass_a_budget_between_them() -> None:
    budget, worst = Budget(tokens=1000), Charge(30, 0.0)
    with ThreadPoolExecutor(16) as pool:
        taken = sum(pool.map(lambda _: budget.reserve(worst), range(200)))
    assert taken == 33
    budget.settle(worst, Charge(20, 0.0))
    assert budget.held == Charge(980, 0.0)
    assert not budget.reserve(worst)
    assert budget.reserve(Charge(20, 0.0))


def test_what_is_left_is_the_least_of_run_and_month() -> None:
    settings = JudgeSettings(usd_per_run=5, usd_per_month=20, tokens_per_run=None, tokens_per_month=100)
    left = budget_left(settings, Spent(run=Charge(40, 1.0), month=Charge(70, 2.0)))
    assert left == (30, 4.0)
    unlimited = JudgeSettings(usd_per_run=None, usd_per_month=None)
    assert budget_left(unlimited, Spent(NOTHING, NOTHING)) == (None, None)
    assert Budget(None, None).reserve(Charge(10**9, 1e6))
    assert not Budget(0, None).reserve(Charge(1, 0.0))


def test_pauses_grow_and_differ_between_calls() -> None:
    assert all(0.5 * 2**n <= backoff_seconds(n, "a") < 0.75 * 2**n for n in range(6))
    assert len({backoff_seconds(1, str(n)) for n in range(20)}) == 20
