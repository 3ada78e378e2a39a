"""Rates from judged samples: weighted, stratified, with the conversation as the unit and what is unscored as bounds."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["LEAST_SCORED", "JudgeRate", "SampledResponse", "hajek_rate", "judge_rate"]

LEAST_SCORED: Final = 5
"""A stratum with fewer scored responses is pooled with the others like it."""
_RULE_OF_THREE: Final = 3.0
_NOTHING: Final = 1e-9
_FEW_DEGREES: Final = {1: 6.313752, 2: 2.919986, 3: 2.353363}


def _critical(degrees: int) -> float:
    """Give the 95 % point of Student's t, by its expansion in 1 / degrees from 4 on, as `t_of` does in SQL."""
    return (
        _FEW_DEGREES.get(degrees) or 1.644854 + 1.523801 / degrees + 1.420322 / degrees**2
    )  # Abramowitz & Stegun 1964, 26.7.5


@dataclass(frozen=True)
class SampledResponse:
    """A response that was chosen, and what the judge said of it."""

    conversation_id: str
    stratum: Hashable
    probability: float
    """Final, in (0, 1]."""
    score: float | None
    """0..1; None: unscored."""
    response_count: int = 1
    """Responses of its conversation, so that each conversation counts once; 1: each response counts once."""

    @property
    def weight(self) -> float:
        """How much of the population it stands for."""
        return 1 / (self.probability * self.response_count)


@dataclass(frozen=True)
class JudgeRate:
    """A mean score of a population, from a sample."""

    score: float
    """0..1."""
    standard_error: float | None
    """Over conversations; None with fewer than two; 0 where all scores are alike."""
    conversation_count: int
    """Conversations with a scored response."""
    effective_count: float
    """Conversations of equal weight that would say as much: what the scores' weights leave of `conversation_count`."""
    lowest: float
    """The mean if every unscored response deserved 0."""
    highest: float
    """The mean if every unscored response deserved 1."""
    scored_count: int
    unscored_count: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 90 % interval by Student's t over conversations, within 0..1; None without a standard error.

        Scores that are all alike are no certainty: with n effective conversations it reaches 3 / n to each side, since
        what befalls 3 in n is missed by n of them once in 20 (Hanley & Lippman-Hand 1983).
        """
        if self.standard_error is None:
            return None
        if self.standard_error < _NOTHING:
            half = _RULE_OF_THREE / self.effective_count
        else:
            half = _critical(self.conversation_count - 1) * self.standard_error
        return (max(0.0, self.score - half), min(1.0, self.score + half))


def hajek_rate(scores: Sequence[float], weights: Sequence[float]) -> float | None:
    """Give the weighted mean; None where nothing was scored.

    >>> hajek_rate([1.0, 0.0], [2.0, 4.0])  # chosen with 1/2 and 1/4: 2 / 6
    0.3333333333333333

    Source: Hájek 1971.
    """
    if not scores:
        return None
    return math.fsum(s * w for s, w in zip(scores, weights, strict=True)) / math.fsum(weights)


def judge_rate(sample: Sequence[SampledResponse], sizes: Mapping[Hashable, float]) -> JudgeRate | None:
    """Give the mean score of the population: Hájek means of the strata, weighed by the strata's true sizes.

    Parameters
    ----------
    sample : every chosen response, unscored ones too.
    sizes : stratum -> its size in the population: its responses, or the sum of 1 / response_count over them. Strata
        with fewer than `LEAST_SCORED` scored responses are pooled; a pool without any is left out, so that the others
        stand for it. Where no size is known, one stratum counts 1.

    Returns
    -------
    JudgeRate | None
        None where nothing was scored.

    Notes
    -----
    Variance: sum over conversations of (sum of share × weight × (score − stratum's mean) / stratum's weight)², times
    m / (m − 1) for m conversations: linearised, with replacement, so a little wide where much is sampled.
    `sql/marts/judge_quality.sql` is the same rule; a test holds them together.

    Source: post-stratification and its linearisation, Särndal, Swensson & Wretman 1992, 7.6 and 5.7.
    """
    counts: dict[Hashable, int] = defaultdict(int)
    for one in sample:
        counts[one.stratum] += one.score is not None
    cells: dict[Hashable, list[SampledResponse]] = defaultdict(list)
    for one in sample:
        cells[_cell(one.stratum, counts)].append(one)
    known: dict[Hashable, float] = defaultdict(float)
    for stratum, size in sizes.items():
        known[_cell(stratum, counts)] += size
    weighed = {cell: known.get(cell, 1.0) for cell in cells}
    scored = {cell: [one for one in members if one.score is not None] for cell, members in cells.items()}
    total = math.fsum(weighed[cell] for cell, members in scored.items() if members)
    if total <= 0:
        return None
    score, per_conversation, parts = 0.0, defaultdict[str, float](float), defaultdict[str, float](float)
    for cell, members in scored.items():
        if not members:
            continue
        share, mean = weighed[cell] / total, _mean(members)
        score += share * mean
        weight = math.fsum(one.weight for one in members)
        for one in members:
            per_conversation[one.conversation_id] += share * one.weight * ((one.score or 0.0) - mean) / weight
            parts[one.conversation_id] += share * one.weight / weight
    bounds = [_bound(cells, weighed, worst) for worst in (0.0, 1.0)]
    return JudgeRate(
        score=score,
        standard_error=_standard_error(list(per_conversation.values())),
        conversation_count=len(parts),
        effective_count=1 / math.fsum(part * part for part in parts.values()),
        lowest=bounds[0],
        highest=bounds[1],
        scored_count=sum(len(members) for members in scored.values()),
        unscored_count=sum(one.score is None for one in sample),
    )


def _cell(stratum: Hashable, counts: Mapping[Hashable, int]) -> Hashable:
    return stratum if counts.get(stratum, 0) >= LEAST_SCORED else None


def _mean(members: Sequence[SampledResponse], unscored: float = 0.0) -> float:
    scores = [unscored if one.score is None else one.score for one in members]
    return hajek_rate(scores, [one.weight for one in members]) or 0.0


def _bound(
    cells: Mapping[Hashable, Sequence[SampledResponse]], weighed: Mapping[Hashable, float], unscored: float
) -> float:
    total = math.fsum(weighed[cell] for cell in cells)
    return math.fsum(weighed[cell] * _mean(members, unscored) for cell, members in cells.items()) / total


def _standard_error(residuals: Sequence[float]) -> float | None:
    count = len(residuals)
    if count < 2:
        return None
    return math.sqrt(math.fsum(residual * residual for residual in residuals) * count / (count - 1))
