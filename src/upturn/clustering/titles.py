"""Short titles for groups of texts: a phrase that many members use and few others do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from upturn.clustering.stopwords import STOPWORDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from upturn.clustering.anonymity import Speakers
    from upturn.clustering.terms import TermCounts

__all__ = ["NOTHING_SAID", "TOO_RARE", "Naming", "name_groups"]

NOTHING_SAID: Final = "Empty or unreadable request"
TOO_RARE: Final = "Requests too rare to quote"
"""Title of a group in which no word was said by enough users."""
_STOP: Final = frozenset(STOPWORDS)
_MOMENTS: Final = """
since ago last next day days week weeks month months year years hour hours minute minutes time times already long enough
else says said came come comes another asap later earlier far soon ever never always often
"""
_EDGES: Final = _STOP.union(_MOMENTS.split())
"""Words that neither begin nor end a title: when and how often something was says nothing of what it is."""
_TEXTS: Final = 80
_TERMS: Final = 10
_LEADING: Final = 6
"""A title holds one of so many most telling terms: a phrase that is only frequent names nothing."""
_WORDS: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|['’])*")


@dataclass(frozen=True)
class Naming:
    """How a group is called."""

    title: str
    top_terms: tuple[str, ...]
    """Most telling first."""


def name_groups(
    texts: Sequence[str], counted: TermCounts, labels: NDArray[np.int64], speakers: Speakers
) -> list[Naming]:
    """Name the groups 0, 1, …; titles are distinct; members of no group (−1) only serve as a contrast.

    A term tells when members use it often and the others rarely (class-based TF-IDF, Grootendorst 2022). A title is
    the phrase of two to five words, taken from members' own texts, that holds the most telling words per word. Terms
    and phrases are those that at least `speakers.least` users among the members said.
    """
    import numpy as np

    count = int(labels.max(initial=-1)) + 1
    presence = (counted.counts > 0).astype(np.float64).tocsr()
    sums = [np.asarray(presence[labels == label].sum(axis=0)).ravel() for label in range(count)]
    total = np.asarray(presence.sum(axis=0)).ravel()
    names: list[Naming] = []
    taken: set[str] = set()
    for label in range(count):
        inside = np.flatnonzero(labels == label)
        said = speakers.at(inside).shared(presence[inside])
        share = sums[label] / len(inside)
        elsewhere = (total - sums[label] + 1) / (len(texts) - len(inside) + 2)
        telling = said * np.round(share * np.maximum(np.log((share + 1e-9) / elsewhere), 0), 9)
        best = np.lexsort((np.arange(len(telling)), -telling))[:_TERMS]
        terms = tuple(counted.terms[place] for place in best if telling[place] > 0)
        weights = {counted.terms[place]: float(telling[place]) for place in np.flatnonzero(telling > 0)}
        looked_at = inside[:_TEXTS]
        title = _title([texts[place] for place in looked_at], speakers.at(looked_at), weights, terms, taken)
        taken.add(title)
        names.append(Naming(title=title, top_terms=terms))
    return names


def _title(
    texts: Sequence[str], speakers: Speakers, weights: dict[str, float], terms: Sequence[str], taken: set[str]
) -> str:
    """Give the best phrase that is not taken; where there is none, the first terms; where there are none, a number."""
    users: dict[str, set[str]] = {}
    found: Counter[str] = Counter()
    for text, user in zip(texts, speakers.names, strict=True):
        for phrase in _phrases(text):
            found[phrase] += 1
            users.setdefault(phrase, set()).add(user)
    least = max(2, len(texts) // 12)
    scored = sorted(
        (-_score(phrase, weights) * seen / len(texts), phrase)
        for phrase, seen in found.items()
        if seen >= least and len(users[phrase]) >= speakers.least
    )
    for score, phrase in scored:
        is_telling = any(term in f" {_bare(phrase)} " for term in (f" {term} " for term in terms[:_LEADING]))
        if score < 0 and is_telling and (title := phrase[0].upper() + phrase[1:]) not in taken:
            return title
    unnamed = TOO_RARE if any(map(_WORDS.search, texts)) else NOTHING_SAID
    title = ", ".join(_unlike(terms)[:3]).capitalize() or unnamed
    numbered = (title if number == 1 else f"{title} ({number})" for number in range(1, len(taken) + 2))
    return next(each for each in numbered if each not in taken)


def _bare(phrase: str) -> str:
    """Give a phrase without its stop words, as terms are counted."""
    return " ".join(word for word in phrase.split() if word not in _STOP)


def _unlike(terms: Sequence[str]) -> list[str]:
    """Give terms of which none has only words that earlier ones hold; pairs of words before single ones."""
    chosen: list[str] = []
    held: set[str] = set()
    for term in sorted(terms, key=lambda term: " " not in term):
        words = [word for word in term.split() if word not in _EDGES]
        if words and not held.issuperset(words):
            chosen.append(term)
            held.update(words)
    return chosen


def _phrases(text: str) -> set[str]:
    """Give the runs of two to five words that neither begin nor end with a word that says nothing there."""
    phrases: set[str] = set()
    for clause in re.split(r"[^\w\s'’-]+", text):
        words = _WORDS.findall(clause)
        for start, word in enumerate(words):
            if word in _EDGES:
                continue
            for length in range(2, 6):
                run = words[start : start + length]
                if len(run) == length and run[-1] not in _EDGES:
                    phrases.add(" ".join(run))
    return phrases


def _score(phrase: str, weights: dict[str, float]) -> float:
    """Give the weight of a phrase's telling words and pairs, less for each word that tells nothing."""
    words = [word for word in phrase.split() if word not in _STOP]
    telling = [weights.get(word, 0.0) for word in words]
    pairs = [weights.get(f"{one} {other}", 0.0) for one, other in pairwise(words)]
    return (sum(telling) + sum(pairs)) * len([each for each in telling if each > 0]) / max(len(phrase.split()), 1)
