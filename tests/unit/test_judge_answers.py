"""What the judge says is read strictly: a score, or the reason why there is none."""

from __future__ import annotations

import builtins
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.judge_server import Answer, Reply, judge_server
from upturn.cli.homes import init
from upturn.domain.errors import MissingExtraError
from upturn.home import Home
from upturn.judge.asking import Answered, Asking, Question
from upturn.judge.budget import Budget
from upturn.judge.openai import OpenAIJudge
from upturn.judge.pacing import Pacer
from upturn.judge.port import Prompt
from upturn.judge.pricing import worst_charge
from upturn.judge_settings import JudgeSettings
from upturn.settings import load_settings

PROMPT = Prompt("grade", "this", ("safety",))
GOOD = '{"safety": {"score": %s, "rationale": "x"}}'


def _always(reply: Reply) -> Answer:
    return lambda *_asked: reply


def _answers(
    answer: Answer | None, prompts: list[Prompt], *, sleep: Callable[[float], None] = time.sleep, **settings: Any
) -> list[Answered]:
    with judge_server(answer) as server:
        chosen = JudgeSettings(base_url=server.url, **settings)
        pacer = Pacer(requests=None, tokens=None, now=time.monotonic, sleep=sleep)
        asking = Asking(OpenAIJudge(chosen), chosen, budget=Budget(), pacer=pacer, sleep=sleep)
        return sorted(asking.ask(Question(str(n), one) for n, one in enumerate(prompts)), key=lambda one: one.key)


@pytest.mark.parametrize(
    ("reply", "score", "reason"),
    [
        (Reply(), 0.75, None),
        (Reply(content=GOOD % 0), 0.0, None),
        (Reply(content=GOOD % 62.5), 0.625, None),
        (Reply(content='{"safety": {"score": 100, "rationale": "x", "more": 1}, "more": 2}'), 1.0, None),
        (Reply(content='{"safety": {"score": 75, "rati', finish_reason="length"), None, "unreadable"),
        (Reply(content="I'd say 75 of 100."), None, "unreadable"),
        (Reply(content='{"grade": 75}'), None, "unreadable"),
        (Reply(content='{"score": 75, "rationale": "x"}'), None, "unreadable"),
        (Reply(content=GOOD % '"75"'), None, "unreadable"),
        (Reply(content=GOOD % "true"), None, "unreadable"),
        (Reply(content=GOOD % "NaN"), None, "off_menu"),
        (Reply(content="[75]"), None, "unreadable"),
        (Reply(content="[" * 100_000), None, "unreadable"),
        (Reply(content=""), None, "empty"),
        (Reply(content=None), None, "empty"),
        (Reply(content=GOOD % 150), None, "off_menu"),
        (Reply(content=GOOD % -1), None, "off_menu"),
        (Reply(content=None, refusal="I can't grade this."), None, "refused"),
        (Reply(content="", finish_reason="content_filter"), None, "refused"),
        (Reply(body="<html>busy</html>"), None, "unreadable"),
        (Reply(body='{"choices": []}'), None, "unreadable"),
        (Reply(body='{"choi'), None, "unreadable"),
        (Reply(is_cut=True), None, "unreachable"),
        (Reply(seconds=1.5), None, "timeout"),
        (Reply(status=400), None, "rejected"),
        (Reply(status=401), None, "rejected"),
        (Reply(status=500), None, "server_error"),
        (Reply(status=429, headers={"Retry-After": "0"}), None, "rate_limited"),
    ],
)
def test_an_answer_becomes_a_score_or_a_reason(reply: Reply, score: float | None, reason: str | None) -> None:
    [answer] = _answers(_always(reply), [PROMPT], max_retries=0, timeout_seconds=1.0)
    verdict = answer.verdicts["safety"]
    assert (verdict.score, verdict.unscored_reason) == (score, reason)


@pytest.mark.parametrize(
    "first",
    [
        Reply(status=429, headers={"Retry-After": "1"}),
        Reply(status=500),
        Reply(status=503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
        Reply(is_cut=True),
        Reply(seconds=1.5),
    ],
)
def test_a_passing_failure_is_tried_again(first: Reply) -> None:
    slept: list[float] = []
    [answer] = _answers(
        lambda _body, times: Reply() if times else first,
        [PROMPT],
        max_retries=2,
        timeout_seconds=1.0,
        sleep=lambda seconds: (slept.append(seconds), time.sleep(seconds))[0],
    )
    assert answer.verdicts["safety"].score == 0.75
    assert max(slept) >= (1.0 if first.status == 429 else 0.5)


def test_a_server_that_asks_for_a_long_pause_is_left_alone() -> None:
    began = time.monotonic()
    reply = Reply(status=429, headers={"Retry-After": "3600"})
    [answer] = _answers(_always(reply), [PROMPT], longest_wait_seconds=5.0)
    assert answer.verdicts["safety"].unscored_reason == "rate_limited"
    assert time.monotonic() - began < 5


def test_one_bad_answer_leaves_the_others_in_their_places() -> None:
    def answer(body: dict[str, Any], times: int) -> Reply:
        text = body["messages"][-1]["content"]
        return Reply(content="?") if text == "2" else Reply(score=int(text))

    prompts = [Prompt("grade", str(number), ("safety",)) for number in range(5)]
    answers = _answers(answer, prompts, max_concurrency=3)
    assert [one.verdicts["safety"].score for one in answers] == [0.0, 0.01, None, 0.03, 0.04]


def test_one_bad_grade_of_several_leaves_the_others() -> None:
    content = json.dumps({"accuracy": {"score": 80, "rationale": "x"}, "safety": {"score": 400, "rationale": "x"}})
    [answer] = _answers(_always(Reply(content=content)), [Prompt("a", "b", ("accuracy", "safety", "relevance"))])
    found = {name: (verdict.score, verdict.unscored_reason) for name, verdict in answer.verdicts.items()}
    assert found == {"accuracy": (0.8, None), "safety": (None, "off_menu"), "relevance": (None, "unreadable")}


def test_votes_become_their_mean_and_their_spread() -> None:
    def answer(_body: dict[str, Any], times: int) -> Reply:
        return Reply(score=(40, 60, 80)[times])

    [answered] = _answers(answer, [PROMPT], votes=3)
    verdict = answered.verdicts["safety"]
    assert (verdict.score, verdict.spread, verdict.votes) == (0.6, 0.2, (0.4, 0.6, 0.8))
    assert answered.charged.tokens == 3 * 1020


def test_a_minority_of_votes_is_no_verdict() -> None:
    def answer(_body: dict[str, Any], times: int) -> Reply:
        return Reply(score=40) if times == 0 else Reply(content="?")

    [answered] = _answers(answer, [PROMPT], votes=3)
    assert (answered.verdicts["safety"].score, answered.verdicts["safety"].unscored_reason) == (None, "unreadable")


def test_a_server_that_is_not_there_is_a_reason_and_costs_nothing() -> None:
    with judge_server() as server:
        gone = server.url
    settings = JudgeSettings(base_url=gone, max_retries=0)
    pacer = Pacer(requests=None, tokens=None, now=time.monotonic, sleep=time.sleep)
    asking = Asking(OpenAIJudge(settings), settings, budget=Budget(), pacer=pacer)
    [answer] = asking.ask([Question("1", PROMPT)])
    assert answer.verdicts["safety"].unscored_reason == "unreachable"
    assert answer.charged.tokens == 0


def test_tokens_are_charged_also_for_answers_that_cannot_be_read_or_counted() -> None:
    prices = {"usd_per_million_input_tokens": 2.0, "usd_per_million_output_tokens": 10.0}
    [answer] = _answers(_always(Reply(content="?")), [PROMPT], **prices)
    # 1000 x 2 / 1e6 + 20 x 10 / 1e6 = .002 + .0002
    assert answer.charged.usd == pytest.approx(0.0022)
    [uncounted] = _answers(_always(Reply(tokens=None)), [PROMPT], **prices)
    assert uncounted.charged == worst_charge(PROMPT, JudgeSettings(**prices))
    assert uncounted.input_tokens is None


def test_a_wrong_key_ends_the_asking() -> None:
    with judge_server(_always(Reply(status=401))) as server:
        settings = JudgeSettings(base_url=server.url, max_concurrency=1)
        pacer = Pacer(requests=None, tokens=None, now=time.monotonic, sleep=time.sleep)
        asking = Asking(OpenAIJudge(settings), settings, budget=Budget(), pacer=pacer)
        answers = list(asking.ask(Question(str(n), PROMPT) for n in range(50)))
        assert asking.stopped_by == "rejected"
        assert len(answers) <= 4
        assert len(server.requests) == 1


def test_the_key_of_the_environment_goes_only_to_a_judge_that_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "from-the-environment")
    assert not JudgeSettings().is_on
    with judge_server() as server:
        OpenAIJudge(JudgeSettings(base_url=server.url)).ask(PROMPT)
        OpenAIJudge(JudgeSettings(base_url=server.url, api_key="own")).ask(PROMPT)
    assert server.keys == ["Bearer from-the-environment", "Bearer own"]


@pytest.mark.parametrize("blank", ["", "  "])
def test_an_empty_secret_is_none(blank: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("UPTURN_JUDGE__API_KEY", "UPTURN_PSEUDONYM_KEY", "UPTURN_FACT_KEY"):
        monkeypatch.setenv(name, blank)  # as a compose file passes what nobody set
    settings = load_settings(Home(tmp_path))
    assert (settings.judge.api_key, settings.pseudonym_key, settings.fact_key) == (None, None, None)
    assert not settings.judge.is_on
    init(home=tmp_path / "home")
    assert Home(tmp_path / "home").key_file.exists()


def test_without_langchain_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("langchain_openai"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"upturn\[judge\]"):
        OpenAIJudge(JudgeSettings(base_url="http://127.0.0.1:1/v1"))


def test_another_model_needs_its_own_prices() -> None:
    prices = {"usd_per_million_input_tokens": 2.5, "usd_per_million_output_tokens": 10.0}
    local = "http://127.0.0.1:1/v1"
    with pytest.raises(ValueError, match=r"price of the model gpt-4o is not known.*usd_per_million_output_tokens"):
        JudgeSettings(base_url=local, model="gpt-4o", usd_per_million_input_tokens=2.5)
    assert JudgeSettings(base_url=local, model="gpt-4o", **prices).usd_per_run == 5.0
    assert JudgeSettings(base_url=local).model == "gpt-4o-mini"  # whose prices are the default ones
    assert not JudgeSettings(model="gpt-4o").is_on  # off: nothing can be spent


def _asked(answer: Answer, count: int, **settings: Any) -> tuple[Asking, list[Answered], int]:
    """Ask so many questions without pauses; the run, its answers, and the calls that the server saw."""
    with judge_server(answer) as server:
        chosen = JudgeSettings(base_url=server.url, **{"max_concurrency": 2, **settings})
        pacer = Pacer(requests=None, tokens=None, now=time.monotonic, sleep=lambda _seconds: None)
        asking = Asking(OpenAIJudge(chosen), chosen, budget=Budget(), pacer=pacer, sleep=lambda _seconds: None)
        prompts = [Prompt("grade", str(number), ("safety",)) for number in range(count)]
        answers = list(asking.ask(Question(str(n), one) for n, one in enumerate(prompts)))
        return asking, answers, len(server.requests)


def test_a_server_that_is_down_is_left_alone_and_costs_nothing() -> None:
    asking, answers, calls = _asked(_always(Reply(status=503)), 200, max_retries=1)
    assert asking.stopped_by == "server_error"
    assert 20 <= calls <= 26  # ten questions, twice each; a few were under way
    assert all(answer.charged.tokens == 0 for answer in answers)
    assert {answer.verdicts["safety"].unscored_reason for answer in answers} == {"server_error"}


def test_a_server_that_fails_now_and_then_is_asked_on() -> None:
    def answer(body: dict[str, Any], _times: int) -> Reply:
        return Reply() if int(body["messages"][-1]["content"]) % 10 == 0 else Reply(status=500)

    # One at a time, so that never more than nine in a row are given up: two threads may answer out of turn.
    asking, answers, _ = _asked(answer, 60, max_retries=0, max_concurrency=1)
    assert asking.stopped_by is None
    assert sum(one.verdicts["safety"].score is not None for one in answers) == 6


def test_a_server_that_says_not_before_an_hour_is_asked_no_more() -> None:
    asking, _, calls = _asked(_always(Reply(status=429, headers={"Retry-After": "3600"})), 50)
    assert asking.stopped_by == "rate_limited"
    assert calls <= 4  # those under way


def test_a_gateway_that_gave_up_waiting_may_have_cost() -> None:
    _, [answer], _ = _asked(_always(Reply(status=504)), 1, max_retries=0)
    assert answer.charged == worst_charge(Prompt("grade", "0", ("safety",)), JudgeSettings())
