"""The failure model without labels: a fixed logistic combination of signals, and why each weight is what it is."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["FIXED_MODEL", "FailureModel", "Weight"]


@dataclass(frozen=True)
class Weight:
    """What full strength of a signal adds to the log-odds of a failure."""

    signal: str
    value: float
    reason: str
    words: str
    """How `upturn explain` says that it fired."""


@dataclass(frozen=True)
class FailureModel:
    """Log-odds = intercept + Σ weight × strength over the signals that fired."""

    intercept: float
    weights: tuple[Weight, ...]

    @property
    def version(self) -> str:
        """Name of these figures: it changes when one of them does."""
        figures = ";".join([f"{self.intercept:.6f}", *(f"{each.signal}={each.value:.6f}" for each in self.weights)])
        return f"fixed-1-{hashlib.sha256(figures.encode()).hexdigest()[:8]}"

    @property
    def by_signal(self) -> dict[str, float]:
        """Give the weights by signal, in the model's order."""
        return {each.signal: each.value for each in self.weights}

    def probability(self, strengths: Mapping[str, float]) -> float:
        """Give the failure probability, 0..1, of a conversation with these signals.

        Raises
        ------
        KeyError
            If a signal is not one of the model's.

        Examples
        --------
        >>> round(FIXED_MODEL.probability({}), 3)
        0.182
        """
        weights = self.by_signal
        logit = self.intercept + sum(weights[signal] * strength for signal, strength in strengths.items())
        return 1 / (1 + math.exp(-logit))


FIXED_MODEL: Final = FailureModel(
    # Nothing noticed, nobody thanked: nearly one in five, e^-1.5 / (1 + e^-1.5) = .182; with thanks one in forty.
    intercept=-1.5,
    weights=(
        Weight("rated_badly", 4.4, "a person said so: decides even against thanks", "a user rated it badly"),
        Weight("left_unresolved", 4.4, "the source said so: decides even against thanks", "it ended unresolved"),
        Weight("response_unsafe", 4.8, "one unsafe answer is a failure, thanks or not", "an answer was unsafe"),
        Weight("abandoned", 2.6, "an unanswered question at the end decides alone", "the user got no answer or left"),
        Weight(
            "escalated_unasked",
            1.8,
            "the assistant gave up unasked, which the person may mend",
            "it was handed to a person unasked",
        ),
        Weight("response_empty", 2.4, "nothing is no answer", "an answer was empty"),
        Weight("user_frustrated", 2.0, "anger is plain, but may be about the matter", "the user was frustrated"),
        Weight("assistant_fell_back", 2.2, "no understanding, no service, unless it recovers", "it fell back"),
        Weight("assistant_erred", 1.8, "its own word for it, though some mend it", "it owned up to a mistake"),
        Weight("answer_repeated", 1.8, "the same answer again did not help", "an answer was repeated"),
        Weight("tool_failed", 1.6, "often retried with success", "a tool failed"),
        Weight("user_rephrased", 1.5, "asking again means that the answer missed", "the user asked again"),
        Weight("user_corrected", 1.5, "being corrected means a misunderstanding", "the user corrected it"),
        Weight(
            "internals_shown", 2.0, "code for an answer: something broke inside", "an answer showed raw code or data"
        ),
        Weight("slow_response", 1.4, "annoys, rarely decides", "a response was slow"),
        Weight("many_steps", 1.6, "each step is one more that can go wrong", "it took many steps"),
        Weight("tool_struggled", 1.2, "needed many calls for one message", "it needed many tool calls for one answer"),
        Weight("assistant_refused", 0.6, "policy where it is taken; a sign where the user pushes back", "it refused"),
        Weight("many_messages", 0.4, "effort is a cost, but big wishes take long too", "the user had to write much"),
        Weight("tool_repeated", 0.8, "goes in circles, or checks again", "a tool was called twice alike"),
        Weight("lookup_empty", 1.0, "it looked in the wrong place, or there is nothing", "a look-up gave nothing"),
        Weight("user_thanked", -2.2, "thanks at the end, though people are polite", "the user thanked"),
        Weight(
            "escalated_rightly",
            -1.8,
            "asked for, or by rule: service, and nobody stays to thank",
            "it was handed over rightly",
        ),
        Weight("said_resolved", -1.2, "sources call resolved what nobody complained of", "the source says resolved"),
        Weight("rated_well", -2.5, "a person said so", "a user rated it well"),
    ),
)
"""Weights set by judgement; which logs were seen while they were set is told in `docs/reference/failures.md`."""
