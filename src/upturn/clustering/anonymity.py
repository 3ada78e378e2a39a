"""Words of many users only: a term is kept or shown where enough users said it, so that nobody's own word stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

__all__ = ["Speakers"]


@dataclass(frozen=True)
class Speakers:
    """Who said each of some documents, and how many users must have said what is kept of them.

    Source: Sweeney 2002 (k-anonymity), with k = `least`.
    """

    names: tuple[str, ...]
    """One a document: the user, or the conversation where no user is known."""
    least: int
    """Distinct users, ≥ 1."""

    def at(self, places: NDArray[np.int64]) -> Speakers:
        """Give the speakers of the documents at these places."""
        return Speakers(tuple(self.names[place] for place in places.tolist()), self.least)

    def shared(self, counts: csr_matrix) -> NDArray[np.bool_]:
        """Tell of each term, (n_terms,), whether at least `least` users said it.

        Parameters
        ----------
        counts : (n_documents, n_terms), > 0 where the document holds the term.
        """
        import numpy as np
        from scipy.sparse import csr_matrix

        if not counts.shape[0]:
            return np.zeros(counts.shape[1], dtype=np.bool_)
        users, numbers = _numbered(self.names)
        said = csr_matrix((np.ones(len(numbers)), (numbers, np.arange(len(numbers)))), shape=(users, len(numbers))) @ (
            counts > 0
        ).astype(np.float64)
        return np.bincount(said.tocsr().indices, minlength=counts.shape[1]) >= self.least


def _numbered(names: Sequence[str]) -> tuple[int, NDArray[np.int64]]:
    """Give how many names differ, and the number of each."""
    import numpy as np

    numbers: dict[str, int] = {}
    found = [numbers.setdefault(name, len(numbers)) for name in names]
    return len(numbers), np.asarray(found, dtype=np.int64)
