"""Texts become counts of terms, tokenised once, in DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upturn.clustering.stopwords import STOPWORDS
from upturn.resources import load_sql

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["TermCounts", "count_terms"]


@dataclass(frozen=True)
class TermCounts:
    """Counts of terms in documents."""

    counts: csr_matrix
    """(n_documents, n_terms) float64."""
    terms: tuple[str, ...]
    """Sorted; the columns of `counts`."""


def count_terms(texts: Sequence[str], *, minimum: int = 1, vocabulary: Sequence[str] | None = None) -> TermCounts:
    """Count words and pairs of words in lower-case texts.

    Parameters
    ----------
    minimum : documents that must hold a term for it to be kept.
    vocabulary : sorted terms to count instead of those found.

    Returns
    -------
    TermCounts
        A row per text, also for a text without words; without texts or terms an empty matrix.
    """
    import duckdb
    import numpy as np
    import pyarrow as pa
    from scipy.sparse import csr_matrix

    documents = pa.table({"document": np.arange(len(texts), dtype=np.int64), "text": pa.array(texts, pa.string())})
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        connection.register("documents", documents)
        connection.execute(
            "create temporary table counted as " + load_sql("clustering/terms"), {"stopwords": list(STOPWORDS)}
        )
        if vocabulary is None:
            kept = connection.execute(
                "select term from counted group by term having count(*) >= $minimum order by term", {"minimum": minimum}
            ).fetchnumpy()["term"]
            terms = tuple(str(term) for term in kept)
        else:
            terms = tuple(vocabulary)
        columns = pa.table({"term": pa.array(terms, pa.string()), "place": np.arange(len(terms), dtype=np.int64)})
        connection.register("columns", columns)
        found = connection.execute(
            "select document, place, term_count from counted inner join columns using (term) order by document, place"
        ).fetchnumpy()
    values = np.asarray(found["term_count"], dtype=np.float64)
    places = (np.asarray(found["document"]), np.asarray(found["place"]))
    return TermCounts(csr_matrix((values, places), shape=(len(texts), len(terms))), terms)
