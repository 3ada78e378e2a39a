"""Reads replies: a score for each metric, or the reason why there is none. Several votes become one verdict."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, StrictFloat, StrictInt, ValidationError

from upturn.judge.port import Reply

__all__ = ["Verdict", "Vote", "combined", "read_reply", "without_grades"]

_SCALE: Final = 100
_LONGEST_RATIONALE: Final = 400


class _Grade(BaseModel):
    """A grade's form. Numbers are strict: "75" or true is no grade."""

    model_config = ConfigDict(extra="ignore")

    score: StrictInt | StrictFloat
    rationale: str


@dataclass(frozen=True)
class Vote:
    """One reading of one metric. Exactly one of `score` and `unscored_reason` is set."""

    score: float | None
    """0..1; None: unscored."""
    unscored_reason: str | None = None
    """empty, unreadable, off_menu or refused, or why the call brought no reply."""
    rationale: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What all votes together say of one metric. Exactly one of `score` and `unscored_reason` is set."""

    score: float | None
    unscored_reason: str | None
    rationale: str | None
    votes: tuple[float, ...]
    """The scores that were given, 0..1, in the order of asking."""
    spread: float | None
    """Standard deviation of the votes, 0..0.71; None with fewer than two."""


def read_reply(reply: Reply, metrics: Sequence[str]) -> dict[str, Vote]:
    """Give the vote of each metric; nothing is guessed, and one bad grade leaves the others."""
    if reply.is_refused:
        return without_grades("refused", metrics)
    if not reply.text.strip():
        return without_grades("empty", metrics)
    try:
        graded = json.loads(reply.text)
    except (ValueError, RecursionError):  # brackets in brackets in brackets
        return without_grades("unreadable", metrics)
    if not isinstance(graded, dict):
        return without_grades("unreadable", metrics)
    return {metric: _vote(graded.get(metric)) for metric in metrics}


def _vote(graded: Any) -> Vote:
    try:
        grade = _Grade.model_validate(graded)
    except ValidationError:
        return Vote(None, "unreadable")
    if not 0 <= grade.score <= _SCALE:
        return Vote(None, "off_menu")
    return Vote(round(grade.score / _SCALE, 4), rationale=grade.rationale[:_LONGEST_RATIONALE])


def without_grades(reason: str, metrics: Sequence[str]) -> dict[str, Vote]:
    """Give a vote without a score for each metric."""
    return {metric: Vote(None, reason) for metric in metrics}


def combined(votes: Sequence[Vote]) -> Verdict:
    """Give the verdict: the votes' mean and spread where more than half gave a score, else the commonest reason.

    The rationale is that of the vote nearest to the mean. Votes: at least one.

    >>> combined([Vote(0.5), Vote(0.7), Vote(None, "unreadable")]).score
    0.6
    """
    scores = [vote.score for vote in votes if vote.score is not None]
    if 2 * len(scores) <= len(votes):
        reasons = Counter(vote.unscored_reason for vote in votes if vote.unscored_reason)
        reason = min(reasons, key=lambda one: (-reasons[one], one))
        return Verdict(None, reason, None, tuple(scores), None)
    mean = round(statistics.fmean(scores), 4)
    nearest = min((vote for vote in votes if vote.score is not None), key=lambda vote: abs((vote.score or 0) - mean))
    spread = round(statistics.stdev(scores), 4) if len(scores) > 1 else None
    return Verdict(mean, None, nearest.rationale, tuple(scores), spread)
