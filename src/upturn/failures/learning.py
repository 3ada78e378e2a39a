"""The failure model with labels: a logistic model whose prior is the model without them.

    log-odds = (1 + s) × log-odds without labels + c + Σ d × signal strength + Σ v × TF-IDF of a term

s, c, d and v have normal priors around 0, so that no label at all leaves the model without labels, and few stay near
it. A Platt calibration comes from folds that keep groups together.
Source: maximum a posteriori logistic regression; Platt 1999 for the calibration.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from upturn.failures.learned_model import Case, LearnedModel, Profile, sigmoid, strengths
from upturn.failures.model import FIXED_MODEL, FailureModel
from upturn.failures.terms import TermCounts, TermSpace, choose_terms, count_terms, known_shares, weigh_terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]

__all__ = ["CrossFit", "Learning", "cross_fit", "folds", "learn"]

_TRUST_SD: Final = 0.5
"""Prior deviation of s: how far the model without labels may be trusted more or less."""
_INTERCEPT_SD: Final = 0.7
_CALIBRATION_SD: Final = 0.5


@dataclass(frozen=True)
class Learning:
    """How to learn. Chosen on τ-bench retail, STAR's broken-off dialogues and USS ReDial."""

    least_groups: int = 3
    """Groups that must have said a term for it to be kept: events stay for ever, and nobody's own word may."""
    most_terms: int = 2000
    term_sd: float = 1.5
    """Prior deviation of v."""
    signal_sd: float = 0.3
    """Prior deviation of d."""
    folds: int = 3
    """Folds inside of the training data, for the calibration and for what is usual."""


@dataclass(frozen=True)
class CrossFit:
    """Predictions for labelled conversations by models that saw nothing of their groups; the arrays are parallel."""

    cases: tuple[Case, ...]
    learned: Floats
    """Failure probabilities, 0..1."""
    fixed: Floats
    """Those of the model without labels."""

    @property
    def failed(self) -> Floats:
        """(n,) 0 or 1."""
        return _labels(self.cases)


def learn(
    cases: Sequence[Case], *, fixed: FailureModel = FIXED_MODEL, learning: Learning | None = None
) -> LearnedModel:
    """Learn on the labelled of these conversations; the order in which they are given never matters.

    Without a label the result is `fixed`.
    """
    return _Gathered.of(cases, fixed).learn(learning or Learning())


def cross_fit(
    cases: Sequence[Case], *, count: int = 5, fixed: FailureModel = FIXED_MODEL, learning: Learning | None = None
) -> CrossFit:
    """Predict each labelled conversation by a model of the others, in `count` folds that keep groups together.

    Vocabulary and calibration are made anew on each fold's training side. Fewer than two groups: the model
    without labels is all there is.
    """
    import numpy as np

    gathered = _Gathered.of(cases, fixed)
    found = np.array(gathered.prior)
    for train, test in folds(gathered.groups, count):
        model = gathered.at(train).learn(learning or Learning())
        found[test] = model.logits([gathered.cases[place] for place in test.tolist()])
    return CrossFit(gathered.cases, sigmoid(found), sigmoid(gathered.prior))


def folds(groups: Sequence[str], count: int) -> Iterator[tuple[Places, Places]]:
    """Give (train, test) places; no group is on both sides. Fewer groups than `count`: a fold a group; one: no fold."""
    import numpy as np
    from sklearn.model_selection import GroupKFold

    count = min(count, len(set(groups)))
    if count >= 2:
        for train, test in GroupKFold(count).split(np.zeros(len(groups)), groups=groups):
            yield train.astype(np.int64), test.astype(np.int64)


@dataclass(frozen=True)
class _Gathered:
    """Labelled conversations as figures, counted once for all folds."""

    cases: tuple[Case, ...]
    fixed: FailureModel
    counted: TermCounts
    prior: Floats
    """(n,) log-odds without labels."""

    @classmethod
    def of(cls, cases: Sequence[Case], fixed: FailureModel) -> _Gathered:
        known = tuple(sorted((each for each in cases if each.label is not None), key=lambda each: each.conversation_id))
        prior = fixed.intercept + strengths(known, list(fixed.by_signal)) @ list(fixed.by_signal.values())
        return cls(known, fixed, count_terms([each.texts for each in known]), prior)

    @property
    def groups(self) -> list[str]:
        return [each.group for each in self.cases]

    def at(self, places: Places) -> _Gathered:
        cases = tuple(self.cases[place] for place in places.tolist())
        counted = TermCounts(self.counted.counts[places], self.counted.terms)
        return _Gathered(cases, self.fixed, counted, self.prior[places])

    def learn(self, learning: Learning) -> LearnedModel:
        """Fit on all, calibrate by what models of the folds say of the rest."""
        import numpy as np

        if not self.cases:
            return LearnedModel(self.fixed.intercept, dict(self.fixed.by_signal), TermSpace((), ()), (), Profile())
        outside = np.full(len(self.cases), np.nan)
        known = np.full(len(self.cases), np.nan)
        for train, test in folds(self.groups, learning.folds):
            part, rest = self.at(train), self.at(test)
            space = part.space(learning)
            known[test] = known_shares(rest.counted, space)
            outside[test] = rest.prior + rest.design(space) @ part.fit(part.design(space), learning)
        slope, shift = 1.0, 0.0
        if not np.isnan(outside).any():
            slope, shift = _calibration(outside, _labels(self.cases), _weights(self.cases))
        space = self.space(learning)
        return self.folded(space, self.fit(self.design(space), learning), slope, shift, known)

    def space(self, learning: Learning) -> TermSpace:
        return choose_terms(self.counted, self.groups, least=learning.least_groups, most=learning.most_terms)

    def design(self, space: TermSpace) -> csr_matrix:
        """Give (n, 2 + n_signals + n_terms): one, the signals' log-odds, each signal, each term."""
        import numpy as np
        from scipy.sparse import csr_matrix, hstack

        fired = strengths(self.cases, list(self.fixed.by_signal))
        dense = np.column_stack([np.ones(len(self.cases)), self.prior - self.fixed.intercept, fired])
        joined: csr_matrix = hstack([csr_matrix(dense), weigh_terms(self.counted, space)], format="csr")
        return joined

    def fit(self, matrix: csr_matrix, learning: Learning) -> Floats:
        import numpy as np

        deviations = np.full(matrix.shape[1], learning.term_sd)
        deviations[: 2 + len(self.fixed.by_signal)] = learning.signal_sd
        deviations[:2] = _INTERCEPT_SD, _TRUST_SD
        return _posterior_mode(matrix, deviations, self.prior, _labels(self.cases), _weights(self.cases))

    def folded(self, space: TermSpace, found: Floats, slope: float, shift: float, known: Floats) -> LearnedModel:
        """Give the model with trust, corrections and calibration folded into one weight a signal and a term."""
        import numpy as np

        signals = self.fixed.by_signal
        corrections = found[2 : 2 + len(signals)].tolist()
        trust = 1 + float(found[1])
        shares = known[~np.isnan(known)]
        return LearnedModel(
            intercept=round(slope * (self.fixed.intercept + float(found[0])) + shift, 6),
            weights={
                name: round(slope * (trust * weight + correction), 6)
                for (name, weight), correction in zip(signals.items(), corrections, strict=True)
            },
            space=space,
            term_weights=tuple(round(slope * each, 6) for each in found[2 + len(signals) :].tolist()),
            profile=Profile(
                count=len(self.cases),
                usual_known_share=round(float(np.median(shares)), 6) if len(shares) else None,
                least_known_share=round(float(np.quantile(shares, 0.05)), 6) if len(shares) else None,
                signal_rates={
                    name: round(sum(each.signals.get(name, 0) > 0 for each in self.cases) / len(self.cases), 6)
                    for name in signals
                },
            ),
        )


def _posterior_mode(matrix: csr_matrix, deviations: Floats, prior: Floats, labels: Floats, weights: Floats) -> Floats:
    """Give the weights that maximise likelihood × normal prior; `prior` log-odds are added as they are."""
    import numpy as np
    from scipy.optimize import minimize
    from scipy.sparse import diags

    scaled = (matrix @ diags(deviations)).tocsr()
    turned = scaled.T.tocsr()
    signs = 2 * labels - 1

    def objective(given: Floats) -> tuple[float, Floats]:
        margins = signs * (prior + scaled @ given)
        loss = float(weights @ np.logaddexp(0, -margins)) + 0.5 * float(given @ given)
        return loss, turned @ (-weights * signs * sigmoid(-margins)) + given

    start = np.zeros(matrix.shape[1])
    found = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 1000, "ftol": 1e-11})
    mode: Floats = found.x * deviations
    return mode


def _calibration(logits: Floats, labels: Floats, weights: Floats) -> tuple[float, float]:
    """Give slope and shift (Platt), with a prior around 1 and 0."""
    import numpy as np
    from scipy.sparse import csr_matrix

    matrix = csr_matrix(np.column_stack([logits, np.ones(len(logits))]))
    change, shift = _posterior_mode(matrix, np.full(2, _CALIBRATION_SD), logits, labels, weights).tolist()
    return max(1 + change, 0.05), shift


def _labels(cases: Sequence[Case]) -> Floats:
    import numpy as np

    return np.asarray([each.label is True for each in cases], dtype=np.float64)


def _weights(cases: Sequence[Case]) -> Floats:
    """Give the cases' weights, scaled to sum to the labels that they are worth: (Σ w)² / Σ w² (Kish)."""
    import numpy as np

    given = np.asarray([each.weight for each in cases], dtype=np.float64)
    scaled: Floats = given * given.sum() / (given @ given)
    return scaled
