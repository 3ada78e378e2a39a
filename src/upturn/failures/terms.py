"""What was said becomes counts of terms, without ids, numbers, names or links; only terms of several users are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

__all__ = ["FIELDS", "TermCounts", "TermSpace", "choose_terms", "count_terms", "known_shares", "mask", "weigh_terms"]

FIELDS: Final[tuple[str, ...]] = ("user", "assistant", "ending")
"""Whose words: a term is `FIELD:words`. The ending is the last message of each side."""

_NAMES: Final = re.compile(
    r"\b([Nn]ame( is|:)|[Tt]his is|[Ii] am|[Ii]['’]m)"
    r"( [^\W\d_a-z][^\W\d_]*['’-]?[^\W\d_]*| (de|der|den|van|von|da|la))+"
)
_IDS: Final = re.compile(r"https?://\S+|(?<!\S)\S+@\S+|(?<![\w#-])[\w#-]*\d[\w-]*")  # from its start: linear time
_WORDS: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|[^\\W\\d_][^\\W\\d_']*(?:_[^\\W\\d_]+)*(?:'[^\\W\\d_]+)?"
)
_CHARACTERS: Final = 20_000
"""Of each field so much is looked at: the beginning and the end, half each."""


@dataclass(frozen=True)
class TermCounts:
    """How often each document says each term."""

    counts: csr_matrix
    """(n_documents, n_terms) float64."""
    terms: tuple[str, ...]
    """Sorted; the columns of `counts`."""


@dataclass(frozen=True)
class TermSpace:
    """The terms that a model knows, and how rare each was where it was learned."""

    terms: tuple[str, ...]
    """Sorted, `FIELD:words`."""
    rarity: tuple[float, ...]
    """Smoothed inverse document frequency of each, ≥ 1, rounded to 6 digits."""


def mask(text: str) -> str:
    """Give a text in lower case without links, addresses, ids, numbers and the names that people give.

    >>> mask("Hi, my name is Ada Lovelace: order #A-17 for ada@example.com")
    'hi, my : order  for '
    """
    if len(text) > _CHARACTERS:
        text = f"{text[: _CHARACTERS // 2]} {text[-_CHARACTERS // 2 :]}"
    return _IDS.sub("", _NAMES.sub("", text)).replace("’", "'").lower()


def count_terms(
    texts: Sequence[Sequence[str]], *, vocabulary: Sequence[str] | None = None, least: int = 1
) -> TermCounts:
    """Count words and pairs of neighbouring words.

    Parameters
    ----------
    texts : a document each: its texts in the order of `FIELDS`, as they were said.
    vocabulary : sorted terms to count instead of those found.
    least : documents that must hold a term for it to be found.
    """
    import numpy as np
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import CountVectorizer

    if vocabulary is not None and not vocabulary:
        return TermCounts(csr_matrix((len(texts), 0), dtype=np.float64), ())
    counter = CountVectorizer(analyzer=_terms, vocabulary=vocabulary, min_df=least, dtype=np.float64)
    try:
        counts = counter.fit_transform(texts).tocsr()
    except ValueError:  # no term at all, or none that enough documents hold
        return TermCounts(csr_matrix((len(texts), 0), dtype=np.float64), ())
    counts.sort_indices()
    return TermCounts(counts, tuple(counter.get_feature_names_out().tolist()))


def choose_terms(counted: TermCounts, groups: Sequence[str], *, least: int, most: int) -> TermSpace:
    """Give the terms that at least `least` groups said, at most `most`: those of the most groups, then by name."""
    import numpy as np
    from scipy.sparse import csr_matrix

    numbers = np.unique(np.asarray(groups), return_inverse=True)[1]
    shape = (int(numbers.max()) + 1 if len(numbers) else 0, len(numbers))
    belongs = csr_matrix((np.ones(len(numbers)), (numbers, np.arange(len(numbers)))), shape=shape)
    said = counted.counts > 0
    users = np.asarray(((belongs @ said.astype(np.float64)) > 0).sum(axis=0)).ravel()
    order = np.lexsort((np.arange(len(users)), -users))
    kept = np.sort([place for place in order[:most].tolist() if users[place] >= least]).astype(np.int64)
    held = np.asarray(said[:, kept].sum(axis=0)).ravel()
    rarity = np.log((1 + len(numbers)) / (1 + held)) + 1
    return TermSpace(
        tuple(counted.terms[place] for place in kept.tolist()), tuple(round(each, 6) for each in rarity.tolist())
    )


def weigh_terms(counted: TermCounts, space: TermSpace) -> csr_matrix:
    """Give (n_documents, n_terms) TF-IDF of the space's terms; each field of a row has length 1, or 0 if it is empty.

    `counted` holds at least those of the space's terms that the documents say.
    """
    import numpy as np
    from scipy.sparse import csr_matrix, diags, hstack

    place = {term: number for number, term in enumerate(counted.terms)}
    columns = np.asarray([place.get(term, -1) for term in space.terms], dtype=np.int64)
    known = np.flatnonzero(columns >= 0)
    chosen = counted.counts[:, columns[known]].tocoo()
    shape = (counted.counts.shape[0], len(space.terms))
    matrix = csr_matrix((1 + np.log(chosen.data), (chosen.row, known[chosen.col])), shape=shape)
    matrix = (matrix @ diags(np.asarray(space.rarity, dtype=np.float64), shape=(shape[1], shape[1]))).tocsc()
    parts = []
    for field in sorted(FIELDS):
        here = np.asarray([number for number, term in enumerate(space.terms) if term.startswith(f"{field}:")], np.int64)
        part = matrix[:, here]
        lengths = np.sqrt(np.asarray(part.multiply(part).sum(axis=1)).ravel())
        parts.append(diags(1 / np.where(lengths > 0, lengths, 1)) @ part)
    joined: csr_matrix = hstack(parts, format="csr")
    return joined


def known_shares(counted: TermCounts, space: TermSpace) -> NDArray[np.float64]:
    """Give (n_documents,) the share of a document's single words, 0..1, that the space knows; NaN without words."""
    import numpy as np

    known = frozenset(space.terms)
    single = np.asarray(
        [" " not in term and not term.startswith("ending:") for term in counted.terms], dtype=np.float64
    )
    familiar = single * np.asarray([term in known for term in counted.terms], dtype=np.float64)
    said = counted.counts @ single
    return np.where(said > 0, (counted.counts @ familiar) / np.where(said > 0, said, 1), np.nan)


def _terms(document: Sequence[str]) -> Iterator[str]:
    for field, text in zip(FIELDS, document, strict=True):
        words = _WORDS.findall(mask(text))
        yield from (f"{field}:{word}" for word in words)
        yield from (f"{field}:{first} {second}" for first, second in pairwise(words))
