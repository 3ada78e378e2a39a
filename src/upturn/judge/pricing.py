"""What a call costs: what it did, what it may cost at most, what it is likely to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upturn.judge.port import Prompt
    from upturn.judge_settings import JudgeSettings

__all__ = ["NOTHING", "Charge", "answer_format", "charge", "likely_charge", "most_output_tokens", "worst_charge"]

_OVERHEAD_TOKENS: Final = 64
"""What a server adds around two messages and a schema."""
_CHARACTERS_PER_TOKEN: Final = 4
_LIKELY_OUTPUT_TOKENS: Final = 45
"""For one metric: a number and a sentence."""


@dataclass(frozen=True)
class Charge:
    """Tokens read and written, and what they cost."""

    tokens: int = 0
    usd: float = 0.0
    """US dollars."""

    def __add__(self, other: Charge) -> Charge:
        return Charge(self.tokens + other.tokens, round(self.usd + other.usd, 9))

    def times(self, count: int) -> Charge:
        """Give the charge of `count` such calls."""
        return Charge(self.tokens * count, round(self.usd * count, 9))


NOTHING: Final = Charge()


def charge(input_tokens: int, output_tokens: int, settings: JudgeSettings) -> Charge:
    """Give the charge of so many tokens."""
    micros = (
        input_tokens * settings.usd_per_million_input_tokens + output_tokens * settings.usd_per_million_output_tokens
    )
    return Charge(input_tokens + output_tokens, round(micros / 1_000_000, 9))


def worst_charge(prompt: Prompt, settings: JudgeSettings) -> Charge:
    """Give what one call may cost at most: a token is at least a byte, and the answer is as long as it may be."""
    return charge(_size(prompt) + _OVERHEAD_TOKENS, most_output_tokens(prompt.metrics, settings), settings)


def likely_charge(prompt: Prompt, settings: JudgeSettings) -> Charge:
    """Give what one call is likely to cost, at four characters a token, as English has them."""
    read = _size(prompt) // _CHARACTERS_PER_TOKEN + _OVERHEAD_TOKENS
    return charge(read, _LIKELY_OUTPUT_TOKENS * len(prompt.metrics), settings)


def most_output_tokens(metrics: Sequence[str], settings: JudgeSettings) -> int:
    """Give the limit on an answer's tokens that the server is told."""
    return settings.output_tokens_per_metric * len(metrics)


def _size(prompt: Prompt) -> int:
    """Give the bytes of all that a call sends for the model to read."""
    return len(f"{prompt.system}{prompt.user}{json.dumps(answer_format(prompt.metrics))}".encode())


def answer_format(metrics: Sequence[str]) -> dict[str, Any]:
    """Give the JSON Schema of an answer, as `response_format`: a grade for each metric."""
    grade = {
        "type": "object",
        "properties": {"score": {"type": "integer"}, "rationale": {"type": "string"}},
        "required": ["score", "rationale"],
        "additionalProperties": False,
    }
    schema = {
        "type": "object",
        "properties": dict.fromkeys(metrics, grade),
        "required": list(metrics),
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "grades", "strict": True, "schema": schema}}
