"""Says by held-out predictions whether the learned model beats the one without labels, and how calibrated it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from upturn.failures.learning import CrossFit

    Floats = NDArray[np.float64]

__all__ = [
    "LEAST_LABELS",
    "Evidence",
    "Gain",
    "Labels",
    "ReliabilityBin",
    "auc",
    "auc_within",
    "gather_evidence",
    "paired_gain",
    "reliability",
]

LEAST_LABELS: Final = 20
"""Of failures and of successes together; below, nothing is used whatever it seems to bring."""
_LEAST_IN_BIN: Final = 15
_MOST_BINS: Final = 10
_TINY: Final = 1e-6


@dataclass(frozen=True)
class Labels:
    """What is known of some conversations; the members are parallel."""

    failed: Floats
    """(n,) 0 or 1."""
    weights: Floats
    """(n,) > 0."""
    groups: Sequence[str]


@dataclass(frozen=True)
class Gain:
    """How much better the first prediction is, with its 90 % interval by a bootstrap over groups."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ReliabilityBin:
    """Conversations of about the same prediction: a point of the reliability curve."""

    count: int
    predicted: float
    """Mean probability, 0..1."""
    observed: float
    """Share that failed, 0..1."""
    low: float
    high: float
    """90 % Wilson interval of `observed`, over the labels that the weights are worth."""


@dataclass(frozen=True)
class Evidence:
    """What held-out predictions say of a learned model."""

    labels: int
    failed_share: float | None
    groups: int
    log_loss: Gain | None
    """Mean log-loss without labels minus with labels, nats; None where labels of one kind are missing."""
    brier: Gain | None
    auc: Gain | None
    auc_learned: float | None
    auc_fixed: float | None
    auc_turn_count: float | None
    curve: tuple[ReliabilityBin, ...]

    @property
    def is_better(self) -> bool:
        """Whether the learned model may be used: on enough labels its log-loss is better, the 90 % interval above 0.

        A better rate of failures alone lowers the log-loss: a model that ranks worse is not used for it.
        """
        if self.labels < LEAST_LABELS or self.log_loss is None or self.auc is None:
            return False
        return self.log_loss.low > 0 and self.auc.value >= 0


def gather_evidence(found: CrossFit, *, draws: int = 1000, seed: int = 7) -> Evidence:
    """Hold both models' held-out predictions against the labels; `seed` makes the bootstrap repeatable."""
    import numpy as np

    failed = found.failed
    weights = np.asarray([each.weight for each in found.cases], dtype=np.float64)
    labels = Labels(failed, weights, [each.group for each in found.cases])
    turns = np.asarray([each.turn_count for each in found.cases], dtype=np.float64)
    if not 0 < failed.sum() < len(failed):
        share = float(failed.mean()) if len(failed) else None
        return Evidence(len(failed), share, len(set(labels.groups)), *(None,) * 6, ())

    def gain(better: Callable[[Floats, Floats, Floats], float]) -> Gain:
        return paired_gain(better, labels, found.learned, found.fixed, draws=draws, seed=seed)

    return Evidence(
        labels=len(failed),
        failed_share=round(float(np.average(failed, weights=weights)), 6),
        groups=len(set(labels.groups)),
        log_loss=gain(lambda truth, said, weight: -_log_loss(truth, said, weight)),
        brier=gain(lambda truth, said, weight: -float(np.average((said - truth) ** 2, weights=weight))),
        auc=gain(auc),
        auc_learned=round(auc(failed, found.learned, weights), 6),
        auc_fixed=round(auc(failed, found.fixed, weights), 6),
        auc_turn_count=round(auc(failed, turns, weights), 6),
        curve=reliability(failed, found.learned, weights),
    )


def paired_gain(
    measure: Callable[[Floats, Floats, Floats], float],
    labels: Labels,
    first: Floats,
    second: Floats,
    *,
    draws: int = 1000,
    seed: int = 7,
) -> Gain:
    """Give measure(first) − measure(second) with an interval: whole groups are drawn again, both from the same draw.

    `measure` takes truth, prediction and weights and is larger where it is better. Draws without both labels are left
    out.
    """
    import numpy as np

    failed, weights = labels.failed, labels.weights

    generator = np.random.default_rng(seed)
    number = np.unique(np.asarray(labels.groups), return_inverse=True)[1]
    size = int(number.max()) + 1
    found = []
    for _ in range(draws):
        times = np.bincount(generator.integers(0, size, size), minlength=size)[number] * weights
        drawn = times > 0
        if 0 < failed[drawn].mean() < 1:
            told = (failed[drawn], times[drawn])
            found.append(measure(told[0], first[drawn], told[1]) - measure(told[0], second[drawn], told[1]))
    low, high = np.quantile(found, (0.05, 0.95)).tolist()
    value = measure(failed, first, weights) - measure(failed, second, weights)
    return Gain(round(value, 6), round(low, 6), round(high, 6))


def auc(failed: Floats, said: Floats, weights: Floats | None = None) -> float:
    """Give the chance that a failure ranks above a success, ties half: 0..1; NaN without one of either kind."""
    import numpy as np

    given = np.ones(len(failed)) if weights is None else weights
    level = np.unique(said, return_inverse=True)[1]
    bad = np.bincount(level, weights=given * failed)
    good = np.bincount(level, weights=given * (1 - failed))
    if not bad.sum() or not good.sum():
        return float("nan")
    below = np.cumsum(good) - good
    return float(bad @ (below + good / 2) / (bad.sum() * good.sum()))


def auc_within(failed: Floats, said: Floats, turn_count: Floats, *, bands: int = 3) -> float:
    """Give the mean AUC within bands of about equal turn count, weighted by their conversations."""
    import numpy as np

    edges = np.unique(np.quantile(turn_count, np.linspace(0, 1, bands + 1)[1:-1]))
    band = np.searchsorted(edges, turn_count)
    parts = [band == each for each in np.unique(band)]
    parts = [part for part in parts if 0 < failed[part].mean() < 1]
    if not parts:
        return float("nan")
    return float(np.average([auc(failed[part], said[part]) for part in parts], weights=[part.sum() for part in parts]))


def reliability(failed: Floats, said: Floats, weights: Floats) -> tuple[ReliabilityBin, ...]:
    """Give the reliability curve in at most ten bins of about equal size, each of at least fifteen conversations."""
    import numpy as np

    count = max(1, min(_MOST_BINS, len(said) // _LEAST_IN_BIN))
    order = np.argsort(said, kind="stable")
    bins = []
    for part in np.array_split(order, count):
        weight = weights[part]
        observed = float(np.average(failed[part], weights=weight))
        worth = float(weight.sum() ** 2 / (weight @ weight))
        low, high = _wilson(observed, worth)
        predicted = float(np.average(said[part], weights=weight))
        bins.append(ReliabilityBin(len(part), *(round(each, 6) for each in (predicted, observed, low, high))))
    return tuple(bins)


def _wilson(share: float, count: float) -> tuple[float, float]:
    """Give the 90 % interval of a share. Source: Wilson 1927."""
    z = 1.6448536269514722
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5 / (1 + z * z / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def _log_loss(failed: Floats, said: Floats, weights: Floats) -> float:
    import numpy as np

    inside = np.clip(said, _TINY, 1 - _TINY)
    return float(np.average(-np.log(np.where(failed > 0, inside, 1 - inside)), weights=weights))
