"""Says when a learned model is asked about conversations unlike those that it was learned on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from upturn.failures.terms import count_terms, known_shares

if TYPE_CHECKING:
    from upturn.failures.learned_model import Case, LearnedModel

__all__ = ["Depth", "out_of_depth"]

_MOST_STRANGE: Final = 0.25
"""Five times the share of conversations below the 5th percentile that there would be were they alike."""


@dataclass(frozen=True)
class Depth:
    """How strange some conversations are to a model."""

    strange_share: float | None
    """Share of the conversations, 0..1, whose words the model knows less of than of all but 5 % of its own; None: it
    knows no words, or nobody said any."""
    known_share: float | None
    """Median share of a conversation's words that it knows, 0..1."""
    is_out: bool
    sentence: str


def out_of_depth(model: LearnedModel, cases: Sequence[Case]) -> Depth:
    """Hold what was said in these conversations against what was said in those that the model was learned on."""
    import numpy as np

    least = model.profile.least_known_share
    shares = known_shares(count_terms([each.texts for each in cases]), model.space)
    shares = shares[~np.isnan(shares)]
    if least is None or not len(shares):
        return Depth(None, None, False, "Nothing was said that could be held against what the model was learned on.")
    strange = round(float((shares < least).mean()), 6)
    known = round(float(np.median(shares)), 6)
    told = (
        f"{strange:.0%} of {len(shares):,} conversations are stranger to the model than 95 % of those it was learned "
        f"on; it knows {known:.0%} of their words, {model.profile.usual_known_share:.0%} where it was learned"
    )
    if strange > _MOST_STRANGE:
        return Depth(strange, known, True, f"Out of its depth: {told}. {_rates(model, cases)}")
    return Depth(strange, known, False, f"Within its depth: {told}.")


def _rates(model: LearnedModel, cases: Sequence[Case]) -> str:
    """Name the signal whose rate differs most."""
    here = {
        name: sum(each.signals.get(name, 0) > 0 for each in cases) / len(cases) for name in model.profile.signal_rates
    }
    name = max(here, key=lambda each: (abs(here[each] - model.profile.signal_rates[each]), each))
    return f"Most different signal: {name}, in {here[name]:.0%} here and {model.profile.signal_rates[name]:.0%} there."
