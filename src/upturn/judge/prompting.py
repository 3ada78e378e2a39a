"""Builds what the judge is shown: a versioned rubric, and customers' text as fenced data."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from upturn.judge.port import Prompt

__all__ = ["PROMPT_VERSION", "Judgeable", "helpfulness_prompt"]

PROMPT_VERSION: Final = "helpfulness-v1"
"""Name of the file in `prompts/`. A changed text is a new file and a new version, never an edit."""

_LONGEST: Final = 6000
"""Characters of one text that are shown; the middle of a longer one is cut out and said to be."""


@dataclass(frozen=True)
class Judgeable:
    """A response to judge, with what it answers."""

    conversation_id: str
    turn_index: int
    request: str | None
    answer: str
    inclusion_probability: float


@cache
def _rubric(version: str) -> str:
    return files("upturn.judge").joinpath("prompts", f"{version}.md").read_text(encoding="utf-8")


def helpfulness_prompt(response: Judgeable) -> Prompt:
    """Give the prompt that asks how helpful `response` is.

    The texts are JSON strings, in which line breaks, quotes, angle brackets and control characters are escaped: text
    can't end its string, make a line of its own, or write the fence. The fence's name is drawn from the texts
    themselves, so that nobody can know it before the text is written; the same response gives the same prompt.

    Source: spotlighting by delimiting and encoding (Hines et al. 2024).
    """
    data = json.dumps({"customer": _shortened(response.request or ""), "answer": _shortened(response.answer)})
    quiet = data.replace("<", "\\u003c").replace(">", "\\u003e").replace("`", "\\u0060")
    fence = f"DATA-{hashlib.sha256(quiet.encode()).hexdigest()[:16]}"
    return Prompt(
        system=_rubric(PROMPT_VERSION).replace("{fence}", fence),
        user=f"Grade the field `answer` as a reply to the field `customer`.\n<<<{fence}\n{quiet}\n{fence}>>>",
    )


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    half = _LONGEST // 2
    return f"{text[:half]} [{len(text) - 2 * half} characters left out] {text[-half:]}"
