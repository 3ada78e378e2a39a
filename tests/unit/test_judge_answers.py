"""What the judge says is read strictly: a score, or the reason why there is none."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

from tests.support.judge_server import Answer, Reply, judge_server
from upturn.domain.errors import MissingExtraError
from upturn.judge.daily import cost_usd
from upturn.judge.openai import OpenAIJudge
from upturn.judge.port import Prompt, Verdict
from upturn.settings import JudgeSettings

PROMPT = Prompt("grade", "this")


def _always(reply: Reply) -> Answer:
    return lambda *_asked: reply


def _verdicts(answer: Answer, prompts: list[Prompt], **settings: Any) -> list[Verdict]:
    with judge_server(answer) as server:
        return OpenAIJudge(JudgeSettings(base_url=server.url, **settings)).grade(prompts)


@pytest.mark.parametrize(
    ("reply", "score", "reason"),
    [
        (Reply(), 0.75, None),
        (Reply(content='{"score": 0, "rationale": ""}'), 0.0, None),
        (Reply(content='{"score": 100, "rationale": "x", "more": 1}'), 1.0, None),
        (Reply(content='{"score": 75, "rati'), None, "unreadable_answer"),
        (Reply(content="I'd say 75 of 100."), None, "unreadable_answer"),
        (Reply(content='{"grade": 75}'), None, "unreadable_answer"),
        (Reply(content='{"score": "75", "rationale": "x"}'), None, "unreadable_answer"),
        (Reply(content='{"score": true, "rationale": "x"}'), None, "unreadable_answer"),
        (Reply(content='{"score": NaN, "rationale": "x"}'), None, "off_scale"),
        (Reply(content="[75]"), None, "unreadable_answer"),
        (Reply(content=""), None, "empty_answer"),
        (Reply(content=None), None, "empty_answer"),
        (Reply(content='{"score": 150, "rationale": "x"}'), None, "off_scale"),
        (Reply(content='{"score": -1, "rationale": "x"}'), None, "off_scale"),
        (Reply(content=None, refusal="I can't grade this."), None, "refused"),
        (Reply(status=400), None, "judge_error"),
        (Reply(status=500), None, "judge_error"),
        (Reply(status=429, headers={"Retry-After": "0"}), None, "rate_limited"),
    ],
)
def test_an_answer_becomes_a_score_or_a_reason(reply: Reply, score: float | None, reason: str | None) -> None:
    [verdict] = _verdicts(_always(reply), [PROMPT], max_retries=0)
    assert (verdict.score, verdict.unscored_reason) == (score, reason)


@pytest.mark.parametrize("first", [Reply(status=429, headers={"Retry-After": "1"}), Reply(status=500)])
def test_a_passing_failure_is_tried_again(first: Reply) -> None:
    [verdict] = _verdicts(lambda _body, times: Reply() if times else first, [PROMPT], max_retries=2)
    assert verdict.score == 0.75


def test_one_bad_answer_leaves_the_others_in_their_places() -> None:
    def answer(body: dict[str, Any], times: int) -> Reply:
        text = body["messages"][-1]["content"]
        return Reply(content="?") if text == "2" else Reply(content=f'{{"score": {text}, "rationale": "x"}}')

    verdicts = _verdicts(answer, [Prompt("grade", str(number)) for number in range(5)], max_concurrency=3)
    assert [verdict.score for verdict in verdicts] == [0.0, 0.01, None, 0.03, 0.04]


def test_a_server_that_is_not_there_is_a_reason() -> None:
    with judge_server() as server:
        gone = server.url
    [verdict] = OpenAIJudge(JudgeSettings(base_url=gone, max_retries=0)).grade([PROMPT])
    assert verdict.unscored_reason == "judge_unreachable"


def test_tokens_cost_what_the_settings_say_also_for_answers_that_cannot_be_read() -> None:
    prices = {"usd_per_million_input_tokens": 2.0, "usd_per_million_output_tokens": 10.0}
    [verdict] = _verdicts(_always(Reply(content="?")), [PROMPT], **prices)
    # 1000 x 2 / 1e6 + 20 x 10 / 1e6 = .002 + .0002
    assert cost_usd(verdict, JudgeSettings(**prices)) == pytest.approx(0.0022)
    assert cost_usd(Verdict(None, "rate_limited"), JudgeSettings()) is None


def test_the_key_of_the_environment_goes_only_to_a_judge_that_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "from-the-environment")
    assert not JudgeSettings().is_on
    with judge_server() as server:
        OpenAIJudge(JudgeSettings(base_url=server.url)).grade([PROMPT])
        OpenAIJudge(JudgeSettings(base_url=server.url, api_key="own")).grade([PROMPT])
    assert server.keys == ["Bearer from-the-environment", "Bearer own"]


def test_without_langchain_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("langchain_openai"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"upturn\[judge\]"):
        OpenAIJudge(JudgeSettings(base_url="http://127.0.0.1:1/v1"))
