"""Topics: what users want. One model over all assistants, fitted weekly, applied daily."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from upturn.clustering.grouping import GroupEvidence, choose_count, group
from upturn.clustering.space import inverse_frequencies, reduce, specificities, unit_rows, weigh
from upturn.clustering.terms import TermCounts, count_terms
from upturn.clustering.titles import NOTHING_SAID, Naming, name_groups

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from upturn.clustering.anonymity import Speakers

__all__ = [
    "MODEL_VERSION",
    "OTHER_TOPIC",
    "FittedTopics",
    "TopicModel",
    "assign_topics",
    "fit_topics",
    "other_name",
    "same_answers",
]

MODEL_VERSION: Final = "topics-3"
OTHER_TOPIC: Final = "topic-other"
"""Topic of a conversation whose first messages hold no known word."""
_MOST_TERMS: Final = 3000
_LEAST_SIZE: Final = 10
_SCALE: Final = 30_000
_SAME_ANSWERS: Final = 0.85
_GONE: Final = -2.0
"""Agreement, below any cosine, of a label that was merged into another."""
_FIT_SAMPLE: Final = 20_000
"""Conversations that a model is fitted on at most."""
_LISTENED: Final = 5000
"""Conversations of the sample whose answers are read, at most."""


@dataclass(frozen=True)
class TopicModel:
    """All that assigning needs."""

    topic_ids: tuple[str, ...]
    names: tuple[Naming, ...]
    terms: tuple[str, ...]
    frequencies: NDArray[np.float64]
    """(n_terms,) inverse document frequencies times specificities."""
    weights: NDArray[np.int16]
    """(n_centres, n_terms): centres times components, scaled to int16."""
    centre_topics: tuple[int, ...]
    """Place in `topic_ids` of each centre: topics with the same answers were merged."""
    evidence: tuple[GroupEvidence, ...]

    def as_parameters(self) -> dict[str, Any]:
        """Give a JSON-ready form; weights are zlib-compressed little-endian int16 in base64."""
        return {
            "topic_ids": list(self.topic_ids),
            "terms": list(self.terms),
            "frequencies": [float(each) for each in self.frequencies],
            "weights": base64.b64encode(zlib.compress(self.weights.astype("<i2").tobytes(), 9)).decode("ascii"),
            "centre_topics": list(self.centre_topics),
            "topic_count": len(self.topic_ids),
            "merge_rule": "centres whose answers, less what all answers have in common, agree at cosine .85 are one",
            "count_rule": "highest mean prediction strength among k with at least .65 of the best silhouette",
            "count_evidence": [[each.count, each.strength, each.silhouette] for each in self.evidence],
        }

    @classmethod
    def from_parameters(cls, parameters: dict[str, Any]) -> TopicModel:
        """Give the model that `as_parameters` described; names stay with the event that fitted it."""
        import numpy as np

        raw = zlib.decompress(base64.b64decode(parameters["weights"]))
        shape = (len(parameters["centre_topics"]), len(parameters["terms"]))
        return cls(
            topic_ids=tuple(parameters["topic_ids"]),
            names=(),
            terms=tuple(parameters["terms"]),
            frequencies=np.asarray(parameters["frequencies"], dtype=np.float64),
            weights=np.frombuffer(raw, dtype="<i2").reshape(shape).astype(np.int16),
            centre_topics=tuple(parameters["centre_topics"]),
            evidence=tuple(GroupEvidence(*each) for each in parameters["count_evidence"]),
        )


@dataclass(frozen=True)
class FittedTopics:
    """A model and the topics of the texts that it was fitted for."""

    model: TopicModel
    topics: list[str]
    """Topic id of each text."""


def fit_topics(
    ids: Sequence[str],
    texts: Sequence[str],
    hear: Callable[[Sequence[str]], Sequence[str]],
    *,
    fit_id: str,
    speakers: Speakers,
    seed: int,
) -> FittedTopics:
    """Fit a topic model on what users wanted, on a sample drawn by the digest of ids, and assign all.

    Ids in ascending order. Topic ids are new, from `fit_id` and their first member.
    `hear` gives what the assistant first said to each of the given ids: it tells which of the users' words matter.
    Only terms that at least `speakers.least` users of the sample said are kept.
    No text with such a term: a model without topics, which assigns `OTHER_TOPIC`.
    """
    import numpy as np

    sample = _drawn(ids)
    everything = count_terms(texts, minimum=_least_documents(len(sample)), sample=sample)
    counted = _most_common(everything, sample, speakers.at(sample))
    listened = sample[:: -(-len(sample) // _LISTENED) or 1]
    heard = _heard(hear([ids[place] for place in listened]))
    learned = inverse_frequencies(counted.counts[sample]) * specificities(counted.counts[listened], heard)
    frequencies = np.round(learned, 6)
    weighed = weigh(counted.counts, frequencies)
    worded = sample[np.diff(counted.counts.indptr)[sample] > 0]
    if not len(worded):
        model = TopicModel((), (), (), np.zeros(0), np.zeros((0, 0), dtype=np.int16), (), ())
        return FittedTopics(model, [OTHER_TOPIC] * len(texts))
    points, components = reduce(weighed[worded], seed=seed)
    count, evidence = choose_count(points, seed=seed, least_size=_LEAST_SIZE)
    weights = group(points, count, seed=seed).centres @ components
    scaled = np.round(_SCALE * weights / np.abs(weights).max()).astype(np.int16)
    scaled = scaled[np.unique(_nearest(weighed[worded], scaled))]
    nearest = _nearest(weighed, scaled)
    topics = same_answers(heard, nearest[listened], len(scaled))
    labels = np.where(nearest >= 0, topics[nearest], -1)[sample]
    first = [ids[sample[np.argmax(labels == topic)]] for topic in range(int(topics.max()) + 1)]
    names = name_groups(
        [texts[place] for place in sample],
        TermCounts(counted.counts[sample], counted.terms),
        labels,
        speakers.at(sample),
    )
    model = TopicModel(
        topic_ids=tuple(_topic_id(fit_id, member) for member in first),
        names=tuple(names),
        terms=counted.terms,
        frequencies=frequencies,
        weights=scaled,
        centre_topics=tuple(topics.tolist()),
        evidence=evidence,
    )
    return FittedTopics(model, _named(model, nearest))


def _drawn(ids: Sequence[str]) -> NDArray[np.int64]:
    """Give the places, ascending, of the `_FIT_SAMPLE` ids with the lowest digests; all where there are no more."""
    import numpy as np

    if len(ids) <= _FIT_SAMPLE:
        return np.arange(len(ids), dtype=np.int64)
    digests = [int.from_bytes(hashlib.sha256(each.encode()).digest()[:8]) for each in ids]
    return np.sort(np.argsort(np.asarray(digests, dtype=np.uint64), kind="stable")[:_FIT_SAMPLE])


def same_answers(heard: csr_matrix, labels: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Give for each of `count` labels the number of its topic: those with the same answers are one want in other words.

    Greedy: the two that agree most are merged, and so on while the cosine of their mean answers, less the mean of all
    answers, is at least `_SAME_ANSWERS`. A label without an answer stays for itself.

    Parameters
    ----------
    heard : (n_documents, m), the answers, rows L2-normalised.
    labels : (n_documents,), −1 for none.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    if not heard.shape[1]:
        return np.arange(count)
    places = np.flatnonzero(labels >= 0)
    membership = csr_matrix((np.ones(len(places)), (labels[places], places)), shape=(count, len(labels)))
    background = np.asarray(heard.mean(axis=0)).ravel()
    sums = (membership @ heard).toarray()
    sizes = np.bincount(labels[places], minlength=count)[:, None]
    profiles = unit_rows(np.where(sizes > 0, sums / np.maximum(sizes, 1) - background, 0))
    agreement = np.round(profiles @ profiles.T, 6)
    np.fill_diagonal(agreement, -1)
    topics = np.arange(count)
    while count:
        one, other = divmod(int(np.argmax(agreement)), count)
        if agreement[one, other] < _SAME_ANSWERS:
            break
        topics[topics == other] = one
        sums[one] += sums[other]
        sizes[one] += sizes[other]
        profiles[one] = unit_rows((sums[one] / sizes[one] - background)[None, :])[0]
        is_gone = agreement[one] == _GONE
        agreement[one] = agreement[:, one] = np.where(is_gone, _GONE, np.round(profiles @ profiles[one], 6))
        agreement[one, one] = -1
        agreement[other] = agreement[:, other] = _GONE
    return np.unique(topics, return_inverse=True)[1]


def assign_topics(model: TopicModel, texts: Sequence[str]) -> list[str]:
    """Give the topic id of each text: the nearest centre's; `OTHER_TOPIC` without a known word."""
    if not model.topic_ids or not texts:
        return [OTHER_TOPIC] * len(texts)
    counted = count_terms(texts, vocabulary=model.terms)
    return _named(model, _nearest(weigh(counted.counts, model.frequencies), model.weights))


def _named(model: TopicModel, centres: NDArray[np.int64]) -> list[str]:
    return [model.topic_ids[model.centre_topics[each]] if each >= 0 else OTHER_TOPIC for each in centres.tolist()]


def other_name() -> Naming:
    """Give the name of `OTHER_TOPIC`."""
    return Naming(title=NOTHING_SAID, top_terms=())


def _nearest(weighed: Any, weights: NDArray[np.int16]) -> NDArray[np.int64]:
    """Give (n_documents,) the topic with the highest score, −1 where the text holds no known word."""
    import numpy as np

    scores = np.round(weighed @ weights.T.astype(np.float64), 3)
    labels = np.asarray(np.argmax(scores, axis=1))
    labels[np.diff(weighed.indptr) == 0] = -1
    return labels


def _heard(answers: Sequence[str]) -> Any:
    counted = count_terms(answers, minimum=_least_documents(len(answers)))
    return weigh(counted.counts, inverse_frequencies(counted.counts))


def _least_documents(count: int) -> int:
    """Give how many conversations must hold a term: names and slips of the pen stay out of the log."""
    return min(max(2, round(count / 2000)), max(count // 10, 1))


def _most_common(counted: TermCounts, sample: NDArray[np.int64], speakers: Speakers) -> TermCounts:
    """Keep the `_MOST_TERMS` terms that most documents of the sample hold and enough users said, alphabetically."""
    import numpy as np

    drawn = counted.counts[sample]
    holding = np.bincount(drawn.indices, minlength=len(counted.terms))
    places = np.flatnonzero(speakers.shared(drawn))
    kept = np.sort(places[np.lexsort((places, -holding[places]))[:_MOST_TERMS]])
    return TermCounts(counted.counts[:, kept].tocsr(), tuple(counted.terms[place] for place in kept))


def _topic_id(fit_id: str, conversation_id: str) -> str:
    """Give an id that only the topic's first fit decides: a founder may found again, in another fit."""
    return "topic-" + hashlib.sha256(f"{fit_id}\x1f{conversation_id}".encode()).hexdigest()[:10]
