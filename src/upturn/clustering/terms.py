"""Texts become counts of terms: split into words once, in DuckDB, and counted as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upturn.clustering.stopwords import STOPWORDS
from upturn.resources import load_sql

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

__all__ = ["TermCounts", "count_terms"]


@dataclass(frozen=True)
class TermCounts:
    """Counts of terms in documents."""

    counts: csr_matrix
    """(n_documents, n_terms) float64."""
    terms: tuple[str, ...]
    """Sorted; the columns of `counts`."""


@dataclass(frozen=True)
class _Words:
    """All words of all documents but stop words, in reading order."""

    documents: NDArray[np.int64]
    """(n,) ascending."""
    codes: NDArray[np.int64]
    """(n,) places in `names`."""
    names: tuple[str, ...]

    def neighbours(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give each pair of neighbours: (n_pairs,) its document, and code × len(names) + the next code."""
        inside = self.documents[1:] == self.documents[:-1]
        keys = self.codes[:-1] * len(self.names) + self.codes[1:]
        return self.documents[1:][inside], keys[inside]


def count_terms(
    texts: Sequence[str],
    *,
    minimum: int = 1,
    vocabulary: Sequence[str] | None = None,
    sample: NDArray[np.int64] | None = None,
) -> TermCounts:
    """Count words and pairs of neighbouring words in lower-case texts; stop words are dropped before pairing.

    Parameters
    ----------
    minimum : documents that must hold a term for it to be kept.
    vocabulary : sorted terms to count instead of those found.
    sample : places of the documents that are looked at for which terms are kept; None: all.

    Returns
    -------
    TermCounts
        A row per text, also for a text without words; without texts or terms an empty matrix.
    """
    words = _split(texts)
    if vocabulary is None:
        return _found_terms(words, len(texts), minimum=minimum, sample=sample)
    return _known_terms(words, len(texts), tuple(vocabulary))


def _split(texts: Sequence[str]) -> _Words:
    import duckdb
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    documents = pa.table({"document": np.arange(len(texts), dtype=np.int64), "text": pa.array(texts, pa.string())})
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        connection.register("documents", documents)
        words = connection.execute(load_sql("clustering/words")).to_arrow_table()["words"]
    lengths = pc.list_value_length(words).to_numpy()
    encoded = pc.list_flatten(words).combine_chunks().dictionary_encode()
    names = tuple(encoded.dictionary.to_pylist())
    codes = encoded.indices.to_numpy().astype(np.int64)
    stop = frozenset(STOPWORDS)
    kept = np.asarray([name not in stop for name in names], dtype=np.bool_)[codes]
    return _Words(np.repeat(np.arange(len(texts), dtype=np.int64), lengths)[kept], codes[kept], names)


def _found_terms(words: _Words, count: int, *, minimum: int, sample: NDArray[np.int64] | None) -> TermCounts:
    """Count the terms that at least `minimum` documents hold."""
    import numpy as np
    from scipy.sparse import hstack

    documents, keys = words.neighbours()
    pairs, places = np.unique(keys, return_inverse=True)
    everything = hstack(
        [
            _counts(words.documents, words.codes, (count, len(words.names))),
            _counts(documents, places, (count, len(pairs))),
        ]
    ).tocsr()
    looked_at = everything if sample is None else everything[sample]
    enough = np.flatnonzero(np.bincount(looked_at.indices, minlength=everything.shape[1]) >= max(minimum, 1))
    named = sorted((_name(words, pairs, place), place) for place in enough.tolist())
    counts = everything[:, [place for _, place in named]].tocsr()
    counts.sort_indices()  # sums over a row must not depend on the numbers that words happened to get
    return TermCounts(counts, tuple(name for name, _ in named))


def _name(words: _Words, pairs: NDArray[np.int64], place: int) -> str:
    if place < len(words.names):
        return words.names[place]
    first, second = divmod(int(pairs[place - len(words.names)]), len(words.names))
    return f"{words.names[first]} {words.names[second]}"


def _known_terms(words: _Words, count: int, terms: tuple[str, ...]) -> TermCounts:
    """Count given terms."""
    import numpy as np

    code = {name: number for number, name in enumerate(words.names)}
    of_word = np.full(len(words.names), -1, dtype=np.int64)
    of_pair: dict[int, int] = {}
    for place, term in enumerate(terms):
        first, _, second = term.partition(" ")
        if first in code and not second:
            of_word[code[first]] = place
        elif first in code and second in code:
            of_pair[code[first] * len(words.names) + code[second]] = place
    documents, keys = words.neighbours()
    known = np.asarray(sorted(of_pair), dtype=np.int64)
    nearest = np.searchsorted(known, keys)
    hit = np.flatnonzero(known[np.minimum(nearest, len(known) - 1)] == keys) if len(known) else np.zeros(0, np.int64)
    of_known = np.asarray([of_pair[key] for key in known.tolist()], dtype=np.int64)
    said = of_word[words.codes]
    rows = np.concatenate([words.documents[said >= 0], documents[hit]])
    columns = np.concatenate([said[said >= 0], of_known[nearest[hit]]])
    return TermCounts(_counts(rows, columns, (count, len(terms))), terms)


def _counts(rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]) -> csr_matrix:
    import numpy as np
    from scipy.sparse import csr_matrix

    return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
