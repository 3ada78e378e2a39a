"""Topics: what users want. One model over all assistants, fitted weekly, applied daily."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from upturn.clustering.grouping import GroupEvidence, choose_count, group
from upturn.clustering.space import inverse_frequencies, reduce, specificities, unit_rows, weigh
from upturn.clustering.terms import TermCounts, count_terms
from upturn.clustering.titles import NOTHING_SAID, Naming, name_groups

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MODEL_VERSION", "OTHER_TOPIC", "TopicModel", "assign_topics", "fit_topics", "other_name", "same_answers"]

MODEL_VERSION: Final = "topics-2"
OTHER_TOPIC: Final = "topic-other"
"""Topic of a conversation whose first messages hold no known word."""
_MOST_TERMS: Final = 3000
_LEAST_SIZE: Final = 10
_SCALE: Final = 30_000
_SAME_ANSWERS: Final = 0.85


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


def fit_topics(ids: Sequence[str], texts: Sequence[str], answers: Sequence[str], *, seed: int) -> TopicModel:
    """Fit a topic model on what users wanted; ids in ascending order. Topic ids are new, from their first member.

    `answers` are what the assistant first said to each: they tell which of the users' words matter.
    No text with words: a model without topics, which assigns `OTHER_TOPIC`.
    """
    import numpy as np

    counted = _most_common(count_terms(texts, minimum=_least_documents(len(texts))))
    heard = _heard(answers)
    frequencies = inverse_frequencies(counted.counts) * specificities(counted.counts, heard)
    worded = np.flatnonzero(np.diff(counted.counts.indptr) > 0)
    if not len(worded):
        return TopicModel((), (), (), np.zeros(0), np.zeros((0, 0), dtype=np.int16), (), ())
    weighed = weigh(counted.counts, frequencies)
    points, components = reduce(weighed[worded], seed=seed)
    count, evidence = choose_count(points, seed=seed, least_size=_LEAST_SIZE)
    weights = group(points, count, seed=seed).centres @ components
    scaled = np.round(_SCALE * weights / np.abs(weights).max()).astype(np.int16)
    centres, labels = np.unique(_nearest(weighed, scaled), return_inverse=True)
    scaled, labels = scaled[centres[centres >= 0]], labels - int(centres[0] < 0)
    topics = same_answers(heard, labels)
    merged = np.where(labels >= 0, topics[labels], -1)
    first = [ids[int(np.argmax(merged == topic))] for topic in range(int(merged.max()) + 1)]
    return TopicModel(
        topic_ids=tuple(_topic_id(member) for member in first),
        names=tuple(name_groups(texts, counted, merged)),
        terms=counted.terms,
        frequencies=np.round(frequencies, 6),
        weights=scaled,
        centre_topics=tuple(topics.tolist()),
        evidence=evidence,
    )


def same_answers(heard: Any, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give for each label the number of its topic: labels that get the same answers are the same want in other words.

    Greedy: the two that agree most are merged, and so on while the cosine of their mean answers, less the mean of all
    answers, is at least `_SAME_ANSWERS`. `heard` are the answers, (n_documents, m), rows L2-normalised.
    """
    import numpy as np

    count = int(labels.max()) + 1
    members = [[label] for label in range(count)]
    if not heard.shape[1]:
        return np.arange(count)
    background = np.asarray(heard.mean(axis=0)).ravel()
    sums = [np.asarray(heard[labels == label].sum(axis=0)).ravel() for label in range(count)]
    sizes = [int((labels == label).sum()) for label in range(count)]
    while len(members) > 1:
        profiles = unit_rows(np.vstack(sums) / np.asarray(sizes)[:, None] - background)
        agreement = np.round(profiles @ profiles.T, 6) - 2 * np.eye(len(members))
        one, other = divmod(int(np.argmax(agreement)), len(members))
        if agreement[one, other] < _SAME_ANSWERS:
            break
        members[one] += members.pop(other)
        sums[one] = sums[one] + sums.pop(other)
        sizes[one] += sizes.pop(other)
    topics = np.empty(count, dtype=np.int64)
    for topic, labels_of_topic in enumerate(sorted(members, key=min)):
        topics[labels_of_topic] = topic
    return topics


def assign_topics(model: TopicModel, texts: Sequence[str]) -> list[str]:
    """Give the topic id of each text: the nearest centre's; `OTHER_TOPIC` without a known word."""
    if not model.topic_ids or not texts:
        return [OTHER_TOPIC] * len(texts)
    counted = count_terms(texts, vocabulary=model.terms)
    labels = _nearest(weigh(counted.counts, model.frequencies), model.weights)
    return [model.topic_ids[model.centre_topics[label]] if label >= 0 else OTHER_TOPIC for label in labels]


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


def _most_common(counted: TermCounts) -> TermCounts:
    """Keep the `_MOST_TERMS` terms that most documents hold, in alphabetical order."""
    import numpy as np

    holding = np.diff(counted.counts.tocsc().indptr)
    kept = np.sort(np.lexsort((np.arange(len(holding)), -holding))[:_MOST_TERMS])
    return TermCounts(counted.counts[:, kept].tocsr(), tuple(counted.terms[place] for place in kept))


def _topic_id(conversation_id: str) -> str:
    return "topic-" + hashlib.sha256(conversation_id.encode()).hexdigest()[:10]
