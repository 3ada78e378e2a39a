"""Counts of terms become points on a sphere: TF-IDF, then latent semantic analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

__all__ = ["DIMENSIONS", "inverse_frequencies", "reduce", "specificities", "unit_rows", "weigh"]

DIMENSIONS: Final = 50
_LEAST_SPECIFICITY: Final = 0.02
"""So that a text of boilerplate alone still has a place."""


def inverse_frequencies(counts: csr_matrix) -> NDArray[np.float64]:
    """Give (n_terms,) float64: ln((1 + n) / (1 + documents with the term)) + 1, rounded to 6 digits.

    Source: the smooth form of scikit-learn's TfidfTransformer.
    """
    import numpy as np

    holding = np.asarray((counts > 0).sum(axis=0), dtype=np.float64).ravel()
    frequencies: NDArray[np.float64] = np.round(np.log((1 + counts.shape[0]) / (1 + holding)) + 1, 6)
    return frequencies


def specificities(counts: csr_matrix, answers: csr_matrix) -> NDArray[np.float64]:
    """Give (n_terms,) float64 in 0..1: how much a term of the user tells about what the assistant then speaks of.

    "Kind regards" is answered by everything, "refund" by payments: 1 − cosine between the sum of the answers to those
    who used the term and the sum of all answers, with the sampling noise of a sum of n unit vectors taken out. So
    boilerplate is learned from the logs, in any language, and makes no groups. Without answers every term gets 1.

    Parameters
    ----------
    counts : (n_documents, n_terms), what users said.
    answers : (n_documents, m), TF-IDF of what was answered, rows L2-normalised.
    """
    import numpy as np

    said = (counts > 0).astype(np.float64).tocsr()
    if not answers.nnz:
        return np.ones(counts.shape[1])
    noise = said.T @ np.asarray(answers.multiply(answers).sum(axis=1)).ravel()
    company = (said.T @ answers).tocsr()
    background = np.asarray(answers.sum(axis=0)).ravel()
    squares = np.asarray(company.multiply(company).sum(axis=1)).ravel() - noise
    lengths = np.sqrt(np.maximum(squares, 1e-12)) * np.linalg.norm(background)
    cosines = np.clip((company @ background) / lengths, 0, 1)
    kept: NDArray[np.float64] = np.round(1 - cosines, 6)
    return np.maximum(kept, _LEAST_SPECIFICITY)


def weigh(counts: csr_matrix, frequencies: NDArray[np.float64]) -> csr_matrix:
    """Give TF-IDF, (n_documents, n_terms) float64, rows L2-normalised; rows without terms stay 0."""
    import numpy as np
    from scipy.sparse import diags
    from sklearn.preprocessing import normalize

    if not counts.shape[1]:
        return counts.astype("float64")
    dampened = counts.copy()
    dampened.data = 1 + np.log(dampened.data)
    return normalize(dampened @ diags(frequencies)).tocsr()


def reduce(weights: csr_matrix, *, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the points, (n_documents, d), and the components, (d, n_terms), of a truncated SVD with d ≤ `DIMENSIONS`.

    Points are L2-normalised and rounded to 9 digits; one thread, so that two machines agree. Empty rows stay 0.
    """
    import numpy as np
    from sklearn.decomposition import TruncatedSVD
    from threadpoolctl import threadpool_limits

    size = min(DIMENSIONS, *(length - 1 for length in weights.shape))
    if size < 1:
        return np.ones((weights.shape[0], 1)), np.ones((1, weights.shape[1]))
    with threadpool_limits(1), np.errstate(divide="ignore", invalid="ignore"):  # the share of a variance of nothing
        model = TruncatedSVD(n_components=size, n_iter=4, random_state=seed)
        points = model.fit_transform(weights)
    return unit_rows(points), np.round(model.components_, 9)


def unit_rows(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the rows with length 1, rounded to 9 digits; rows of zeros stay."""
    import numpy as np

    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    unit: NDArray[np.float64] = np.round(points / np.where(lengths < 1e-12, 1.0, lengths), 9)
    return unit
