"""What a judge is: prompts in, verdicts out, one for each, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Judge", "Prompt", "Verdict"]


@dataclass(frozen=True)
class Prompt:
    """What a judge is shown: the rubric as the system's word, the conversation as fenced data."""

    system: str
    user: str


@dataclass(frozen=True)
class Verdict:
    """A judge's answer, or why there is none. Exactly one of `score` and `unscored_reason` is set."""

    score: float | None
    """0..1; None: unscored."""
    unscored_reason: str | None
    """empty_answer, unreadable_answer, off_scale, refused, rate_limited, judge_unreachable or judge_error."""
    rationale: str | None = None
    input_tokens: int | None = None
    """None: the server did not say."""
    output_tokens: int | None = None


class Judge(Protocol):
    """Grades answers."""

    @property
    def model(self) -> str:
        """Name of the model that judges."""
        ...

    def grade(self, prompts: Sequence[Prompt]) -> list[Verdict]:
        """Give a verdict for each prompt, in their order; a failed call is a verdict without a score."""
        ...
