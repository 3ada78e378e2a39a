"""The learned failure model: what it is made of, and what it says of a conversation."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from upturn.failures.terms import TermSpace, count_terms, weigh_terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Case", "LearnedModel", "Profile", "sigmoid", "strengths"]


@dataclass(frozen=True)
class Case:
    """One closed conversation, as far as the failure model needs it."""

    conversation_id: str
    signals: Mapping[str, float]
    """Strengths, 0..1, of the signals that fired; without those that its label is made of."""
    texts: tuple[str, str, str]
    """What the user said, what the assistant said, the last message of each: `terms.FIELDS`."""
    turn_count: int
    """Never a feature: it is what a figure is held against."""
    group: str
    """The user or the task; a group is never on both sides of a fold."""
    label: bool | None = None
    """Whether it failed; None: nobody said."""
    weight: float = 1.0
    """1 / inclusion probability of the label; > 0."""

    def labelled(self, label: bool, *, weight: float = 1.0, group: str | None = None) -> Case:
        """Give the case with a label."""
        return replace(self, label=label, weight=weight, group=self.group if group is None else group)


@dataclass(frozen=True)
class Profile:
    """What the conversations were like that a model was learned on."""

    count: int = 0
    usual_known_share: float | None = None
    """Median share of a conversation's words that the model knows, 0..1, out of fold."""
    least_known_share: float | None = None
    """Its 5th percentile."""
    signal_rates: Mapping[str, float] = field(default_factory=dict)
    """Share of the conversations in which each signal fired."""


@dataclass(frozen=True)
class LearnedModel:
    """Log-odds = intercept + Σ weight × strength + Σ weight × TF-IDF; calibration is folded into the figures."""

    intercept: float
    weights: Mapping[str, float]
    """By signal."""
    space: TermSpace
    term_weights: tuple[float, ...]
    profile: Profile

    @property
    def version(self) -> str:
        """Name of these figures: it changes when one of them does."""
        terms = zip(self.space.terms, self.space.rarity, self.term_weights, strict=True)
        figures = [
            f"{self.intercept:.6f}",
            *(f"{name}={weight:.6f}" for name, weight in sorted(self.weights.items())),
            *(f"{name}={rarity:.6f}*{weight:.6f}" for name, rarity, weight in terms),
        ]
        return f"learned-1-{hashlib.sha256(';'.join(figures).encode()).hexdigest()[:8]}"

    def logits(self, cases: Sequence[Case]) -> Floats:
        """Give (n_cases,) log-odds of a failure."""
        import numpy as np

        counted = count_terms([each.texts for each in cases], vocabulary=self.space.terms)
        said = weigh_terms(counted, self.space) @ np.asarray(self.term_weights, dtype=np.float64)
        names = sorted(self.weights)
        fired = strengths(cases, names) @ np.asarray([self.weights[name] for name in names])
        total: Floats = self.intercept + fired + said
        return total

    def probabilities(self, cases: Sequence[Case]) -> Floats:
        """Give (n_cases,) failure probabilities, 0..1."""
        return sigmoid(self.logits(cases))

    def contributions(self, case: Case) -> list[tuple[str, float]]:
        """Give what each signal and term adds to the log-odds, largest first; nothing that adds less than .005."""
        counted = count_terms([case.texts], vocabulary=self.space.terms)
        said = weigh_terms(counted, self.space).tocoo()
        parts = [(name, self.weights[name] * strength) for name, strength in case.signals.items()]
        parts += [
            (self.space.terms[place], self.term_weights[place] * value)
            for place, value in zip(said.col.tolist(), said.data.tolist(), strict=True)
        ]
        return sorted(
            ((name, round(value, 4)) for name, value in parts if abs(value) >= 0.005),
            key=lambda part: (-abs(part[1]), part[0]),
        )


def strengths(cases: Sequence[Case], names: Sequence[str]) -> Floats:
    """Give (n_cases, n_names) strengths, 0..1; 0 where a signal did not fire."""
    import numpy as np

    rows = [[each.signals.get(name, 0.0) for name in names] for each in cases]
    return np.asarray(rows, dtype=np.float64).reshape(len(cases), len(names))


def sigmoid(logits: Floats) -> Floats:
    """Give the probabilities, 0..1, of log-odds."""
    import numpy as np

    result: Floats = 0.5 * (1 + np.tanh(0.5 * logits))
    return result
