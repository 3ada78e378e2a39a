"""What a judge is: one prompt in, one reply out. Verdicts are read from replies, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["CallFailedError", "Judge", "Prompt", "Reply"]


@dataclass(frozen=True)
class Prompt:
    """What a judge is shown: the rubrics as the system's word, the conversation as fenced data."""

    system: str
    user: str
    metrics: tuple[str, ...]
    """What the reply has to grade."""


@dataclass(frozen=True)
class Reply:
    """What the server said to one call."""

    text: str
    is_refused: bool = False
    """Whether the model, or a filter before it, declined to answer."""
    input_tokens: int | None = None
    """None: the server did not say."""
    output_tokens: int | None = None


class CallFailedError(Exception):
    """A call brought no reply. `reason` is an `unscored_reason`.

    Parameters
    ----------
    reason : timeout, rate_limited, server_error, unreachable or rejected.
    may_pass : whether the same call may succeed later in this run.
    may_cost : whether the server may charge for it: it had the request and may have worked on it.
    retry_after : seconds that the server asked to wait; None: it did not say.
    is_for_all : whether every other call must fail alike, such as for a wrong key.
    """

    def __init__(
        self,
        reason: str,
        *,
        may_pass: bool = False,
        may_cost: bool = False,
        retry_after: float | None = None,
        is_for_all: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.may_pass = may_pass
        self.may_cost = may_cost
        self.retry_after = retry_after
        self.is_for_all = is_for_all


class Judge(Protocol):
    """Answers prompts, from many threads at once."""

    def ask(self, prompt: Prompt) -> Reply:
        """Send one call, once.

        Raises
        ------
        CallFailedError
            If no reply came.
        """
        ...
