"""Judges through any server that speaks OpenAI's chat completions, by langchain-openai: one call, sent once."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from upturn.domain.errors import MissingExtraError
from upturn.judge.port import CallFailedError, Prompt, Reply
from upturn.judge.pricing import answer_format, most_output_tokens

if TYPE_CHECKING:
    import openai

    from upturn.judge_settings import JudgeSettings

__all__ = ["OpenAIJudge"]

_REFUSING: Final = ("content_filter", "safety")
_PASSING: Final = (408, 409, 425)
_STILL_WORKING: Final = (504, 524)
"""A gateway gave up waiting: the model behind it may go on. Any other error is no answer, and nobody bills it."""
_FOR_ALL: Final = (401, 403, 404)
"""A wrong key, no right, no such model: no other call will fare better."""


class OpenAIJudge:
    """A judge behind an OpenAI-compatible server.

    The key is `settings.api_key`; where only a URL is set, `OPENAI_API_KEY`, else none ("none" is sent: local
    servers need no key). `OPENAI_API_KEY` alone never turns the judge on: customers' text leaves the house only
    where this home says so. Retries are the caller's, who has to count them.

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
        self._settings = settings
        self._chat = ChatOpenAI(
            model=settings.model,
            base_url=settings.base_url or "https://api.openai.com/v1",
            api_key=key,
            temperature=settings.temperature_used,
            max_retries=0,
            timeout=settings.timeout_seconds,
        )

    def ask(self, prompt: Prompt) -> Reply:
        """Send one call, once."""
        try:
            answer = self._chat.invoke(
                [("system", prompt.system), ("human", prompt.user)],
                extra_body={"response_format": answer_format(prompt.metrics)},  # a parameter would be parsed, and raise
                max_completion_tokens=most_output_tokens(prompt.metrics, self._settings),
            )
        except Exception as error:
            raise _failure(error) from error
        usage: dict[str, Any] = dict(answer.usage_metadata or {})
        refused = answer.response_metadata.get("finish_reason") in _REFUSING
        return Reply(
            text=str(answer.text),
            is_refused=refused or bool(answer.additional_kwargs.get("refusal")),
            input_tokens=usage.get("input_tokens"),
            output_tokens=usage.get("output_tokens"),
        )


def _failure(error: Exception) -> CallFailedError:  # noqa: PLR0911  one line for each kind
    """Say what kept a reply from coming. What is no fault of the call is raised as it is."""
    import openai

    match error:
        case openai.APITimeoutError():
            return CallFailedError("timeout", may_pass=True, may_cost=True)
        case openai.APIConnectionError():
            return CallFailedError("unreachable", may_pass=True, may_cost=_was_connected(error))
        case openai.RateLimitError():
            is_quota = error.code == "insufficient_quota"
            return CallFailedError(
                "rate_limited", may_pass=not is_quota, retry_after=_retry_after(error), is_for_all=is_quota
            )
        case openai.ContentFilterFinishReasonError():
            return CallFailedError("refused", may_cost=True)
        case openai.APIStatusError() if error.status_code >= 500 or error.status_code in _PASSING:
            may_cost = error.status_code in _STILL_WORKING
            return CallFailedError("server_error", may_pass=True, may_cost=may_cost, retry_after=_retry_after(error))
        case openai.APIStatusError():
            return CallFailedError("rejected", is_for_all=error.status_code in _FOR_ALL)
        case (
            openai.OpenAIError() | ValueError() | TypeError() | LookupError() | AttributeError()
        ):  # a body of another form
            return CallFailedError("unreadable", may_cost=True)
        case _:
            raise error


def _was_connected(error: BaseException) -> bool:
    """Whether the server had the request: false only where no connection came about."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectionRefusedError | socket.gaierror):
            return False
        cause = cause.__cause__ or cause.__context__
    return True


def _retry_after(error: openai.APIStatusError) -> float | None:
    """Give the seconds that `Retry-After` asks for: a number or a date; None where it says neither."""
    said = error.response.headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
