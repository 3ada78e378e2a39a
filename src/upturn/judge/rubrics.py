"""The judge's rubrics: one versioned file of `prompts/` for each metric, and the frame that all stand in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

__all__ = ["FRAME_VERSION", "RUBRICS", "Rubric", "frame", "groups", "prompt_version"]

FRAME_VERSION: Final = "1"


@dataclass(frozen=True)
class Rubric:
    """What one metric is graded by. A changed text is a new file and a new version, never an edit."""

    metric: str
    version: str
    description: str
    """What a high score says."""

    @property
    def file(self) -> str:
        """Name of the text in `prompts/`."""
        return f"{self.metric}.v{self.version}.md"

    @property
    def text(self) -> str:
        """The rubric as the judge is shown it."""
        return _text(self.file)


RUBRICS: Final[tuple[Rubric, ...]] = (
    Rubric("accuracy", "1", "States nothing that tools, conversation or plain knowledge contradict"),
    Rubric("relevance", "1", "Addresses what the customer asks now"),
    Rubric("coherence", "1", "Holds together, by itself and with what was said before"),
    Rubric("completeness", "1", "Deals with every part of the request"),
    Rubric("helpfulness", "2", "Brings the customer towards what they asked for"),
    Rubric("safety", "1", "Does no harm and gives nothing away"),
    Rubric("efficiency", "1", "Costs the customer no more time and words than needed"),
)
"""In the order in which the judge is shown them."""


def frame() -> str:
    """Give the text around the rubrics, with `{rubrics}`, `{metrics}` and `{fence}` to fill in."""
    return _text(f"frame.v{FRAME_VERSION}.md")


@cache
def _text(file: str) -> str:
    return files("upturn.judge").joinpath("prompts", file).read_text(encoding="utf-8").strip()


def groups(metrics: tuple[str, ...], *, together: bool) -> tuple[tuple[Rubric, ...], ...]:
    """Give the rubrics that one call grades by, for each call that a response needs.

    >>> [[rubric.metric for rubric in group] for group in groups(("safety", "accuracy"), together=True)]
    [['accuracy', 'safety']]
    """
    chosen = tuple(rubric for rubric in RUBRICS if rubric.metric in metrics)
    return (chosen,) if together else tuple((rubric,) for rubric in chosen)


def prompt_version(rubric: Rubric, group: tuple[Rubric, ...]) -> str:
    """Give the version of what the judge is shown: rubric, frame and, where several share a call, which ones.

    A judge that grades metrics together grades them alike, so their scores are of another kind than those of one
    metric alone and carry another version.

    >>> prompt_version(RUBRICS[0], RUBRICS[:1])
    'accuracy.v1.f1'
    """
    alone = f"{rubric.metric}.v{rubric.version}.f{FRAME_VERSION}"
    if len(group) == 1:
        return alone
    names = " ".join(f"{one.metric}.v{one.version}" for one in group)
    return f"{alone}.of{len(group)}-{hashlib.sha256(names.encode()).hexdigest()[:4]}"
