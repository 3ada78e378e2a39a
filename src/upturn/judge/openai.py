"""Judges through any server that speaks OpenAI's chat completions, by langchain-openai."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, StrictFloat, StrictInt, ValidationError

from upturn.domain.errors import MissingExtraError
from upturn.judge.port import Prompt, Verdict

if TYPE_CHECKING:
    from upturn.settings import JudgeSettings

__all__ = ["OpenAIJudge"]

_SCALE: Final = 100
_MAX_TOKENS: Final = 300
_ANSWER_FORMAT: Final = {
    "type": "json_schema",
    "json_schema": {
        "name": "grade",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"score": {"type": "integer"}, "rationale": {"type": "string"}},
            "required": ["score", "rationale"],
            "additionalProperties": False,
        },
    },
}


class _Grade(BaseModel):
    """The answer's form. Numbers are strict: "75" or true is no grade."""

    model_config = ConfigDict(extra="ignore")

    score: StrictInt | StrictFloat
    rationale: str


class OpenAIJudge:
    """A judge behind an OpenAI-compatible server.

    The key is `settings.api_key`; where only a URL is set, `OPENAI_API_KEY`, else none ("none" is sent: local
    servers need no key). `OPENAI_API_KEY` alone never turns the judge on: customers' text leaves the house only
    where this home says so.

    Raises
    ------
    MissingExtraError
        If langchain-openai is not installed.
    """

    def __init__(self, settings: JudgeSettings) -> None:
        try:
            from langchain_openai import ChatOpenAI
        except ImportError as error:
            raise MissingExtraError(
                "the judge is on (judge.base_url or UPTURN_JUDGE__API_KEY is set) but langchain-openai is missing: "
                "install it with `pip install 'upturn[judge]'`"
            ) from error
        from pydantic import SecretStr

        key = settings.api_key or SecretStr(os.environ.get("OPENAI_API_KEY") or "none")
        self.model = settings.model
        self._max_concurrency = settings.max_concurrency
        self._chat = ChatOpenAI(
            model=settings.model,
            base_url=settings.base_url or "https://api.openai.com/v1",
            api_key=key,
            temperature=0,
            max_retries=settings.max_retries,
            timeout=settings.timeout_seconds,
            max_completion_tokens=_MAX_TOKENS,
        ).bind(response_format=_ANSWER_FORMAT)

    def grade(self, prompts: Sequence[Prompt]) -> list[Verdict]:
        """Give a verdict for each prompt, in their order; a failed call is a verdict without a score."""
        inputs: list[Any] = [[("system", prompt.system), ("human", prompt.user)] for prompt in prompts]
        answers = self._chat.batch(inputs, config={"max_concurrency": self._max_concurrency}, return_exceptions=True)
        return [_verdict(answer) for answer in answers]


def _verdict(answer: Any) -> Verdict:
    """Read one answer; nothing is guessed, and what was paid for is counted also where it can't be read."""
    if isinstance(answer, BaseException):
        return Verdict(None, _failure(answer))
    usage = answer.usage_metadata or {}
    tokens = {"input_tokens": usage.get("input_tokens"), "output_tokens": usage.get("output_tokens")}
    if answer.additional_kwargs.get("refusal"):
        return Verdict(None, "refused", **tokens)
    text = answer.text
    if not text.strip():
        return Verdict(None, "empty_answer", **tokens)
    try:
        grade = _Grade.model_validate(json.loads(text))
    except (ValueError, ValidationError):
        return Verdict(None, "unreadable_answer", **tokens)
    if not 0 <= grade.score <= _SCALE:
        return Verdict(None, "off_scale", **tokens)
    return Verdict(round(grade.score / _SCALE, 4), None, rationale=grade.rationale[:400], **tokens)


def _failure(error: BaseException) -> str:
    """Name what kept an answer from coming, after all retries. What is no fault of the call is raised again."""
    import openai

    if isinstance(error, openai.RateLimitError):
        return "rate_limited"
    if isinstance(error, openai.APIConnectionError):
        return "judge_unreachable"
    if isinstance(error, (openai.APIError, ValueError, TypeError, KeyError)):
        return "judge_error"
    raise error
