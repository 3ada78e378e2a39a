"""Poisson sampling with permanent random numbers, and the rates that it gives."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

__all__ = ["hajek_rate", "permanent_random_number"]


def permanent_random_number(seed: int, conversation_id: str, turn_index: int) -> float:
    """Give the number in [0, 1) that a response keeps for ever: it is chosen at rate r where this is below r.

    So each response is chosen independently, a second draw gives the same sample, and a higher rate keeps all that
    a lower one chose. The first 13 hex digits (52 bits) of the md5 of seed, id and index; `sql/judge/sample.sql` is
    the same rule.

    Source: permanent random numbers, Ohlsson 1995; Poisson sampling, Särndal et al. 1992, 3.5.

    >>> round(permanent_random_number(1, "c1", 3), 6) == round(permanent_random_number(1, "c1", 3), 6)
    True
    """
    digest = hashlib.md5(f"{seed}\x1f{conversation_id}\x1f{turn_index}".encode(), usedforsecurity=False)
    return int(digest.hexdigest()[:13], 16) / 16**13


def hajek_rate(scores: Sequence[float], probabilities: Sequence[float]) -> float | None:
    """Give the mean score of the population: each sampled score weighs 1 / the probability it was chosen with.

    Parameters
    ----------
    scores : 0..1, one per sampled and scored response.
    probabilities : of the same responses, in (0, 1].

    Returns
    -------
    float | None
        0..1; None where nothing was scored.

    Raises
    ------
    ValueError
        If the lengths differ or a probability is not in (0, 1].

    Source: Hájek 1971.

    >>> hajek_rate([1.0, 0.0], [0.5, 0.25])  # (1/.5) / (1/.5 + 1/.25) = 2 / 6
    0.3333333333333333
    """
    weights = [1 / probability if 0 < probability <= 1 else -1.0 for probability in probabilities]
    if len(scores) != len(weights) or -1.0 in weights:
        raise ValueError("every score needs the probability in (0, 1] with which its response was chosen")
    if not weights:
        return None
    return sum(score * weight for score, weight in zip(scores, weights, strict=True)) / sum(weights)
