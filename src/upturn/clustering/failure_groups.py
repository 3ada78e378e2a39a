"""Groups failures alike: by what was wanted, what went wrong, and the signals that fired."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from upturn.clustering.anonymity import Speakers
from upturn.clustering.following import follow
from upturn.clustering.grouping import GroupEvidence, Grouping, choose_count, group, merge_groups
from upturn.clustering.kmeans import two_at_a_time
from upturn.clustering.space import inverse_frequencies, reduce, weigh
from upturn.clustering.terms import TermCounts, count_terms
from upturn.clustering.titles import Naming, name_groups

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from upturn.clustering.topics import TopicModel

__all__ = ["LEAST_MEMBERS", "Failure", "FailureGroup", "FailureGroups", "count_signals", "group_failures"]

LEAST_MEMBERS: Final = 5
"""A group of fewer failures is not shown: it would name persons rather than problems."""
_LEAST_SIMILARITY: Final = 0.3
"""A failure further from its centre than this cosine stays unclustered."""
_WANT_SHARE: Final = 0.6
_TOPIC_SHARE: Final = 0.8
"""Weight of the topic beside the words: learned from all conversations, it knows which words mean the same."""
_WRONG_SHARE: Final = 0.8
"""Weight of what went wrong beside what was wanted."""
_SIGNAL_SHARE: Final = 0.4
_CAUSE_SHARE: Final = 1.0
_SEGMENT_SHARE: Final = 0.25
_CAUSES: Final = ("response_empty", "tool_failed", "slow_response")
"""Signals that show the cause rather than what it felt like: they hold failures together whatever was asked."""
_DRAWS: Final = 10
_STABILITY_SAMPLE: Final = 4000


@dataclass(frozen=True)
class Failure:
    """One failed conversation, as far as grouping needs it."""

    conversation_id: str
    day: date
    want: str
    wrong: str
    signals: tuple[str, ...]
    speaker: str
    """The user; the conversation where no user is known."""
    topic_id: str | None = None
    assistant_version: str | None = None
    channel: str | None = None
    persona: str | None = None
    tool: str | None = None
    is_confused: bool = False
    """Whether the user said that they do not understand the answer."""


@dataclass(frozen=True)
class FailureGroup:
    """Failures alike."""

    members: tuple[Failure, ...]
    similarities: tuple[float, ...]
    """Cosine of each member to the centre, rounded to 4 digits."""
    naming: Naming
    stability: float | None
    """Mean Jaccard with the best match in draws of half of the failures, 0..1 (Hennig 2007); of a merged group the mean
    over its members' parts."""


@dataclass(frozen=True)
class FailureGroups:
    """The groups of a fit, largest first, and what spoke for their number."""

    groups: tuple[FailureGroup, ...]
    unclustered: tuple[Failure, ...]
    evidence: tuple[GroupEvidence, ...]


def group_failures(
    failures: Sequence[Failure],
    *,
    seed: int,
    least_users: int,
    model: TopicModel | None = None,
    fix_of: Callable[[Sequence[Failure]], str] | None = None,
    known: Sequence[frozenset[str]] = (),
) -> FailureGroups:
    """Group failures; the order in which they are given never matters.

    `model` brings the weights of words learned from all conversations; without one the failures' own are taken.
    `known` are the members of the groups found before: they are where these start from, so that a group stays itself.
    A group's title and terms are words that at least `least_users` of its users said.
    `fix_of` names the fix that a group asks for: groups with the same fix are near-duplicates and become one.
    Fewer than `LEAST_MEMBERS` failures make no group. Failures without any word or signal stay unclustered.
    """
    import numpy as np

    ordered = sorted(failures, key=lambda each: each.conversation_id)
    if len(ordered) < LEAST_MEMBERS:
        return FailureGroups((), tuple(ordered), ())
    vocabulary = model.terms if model else None
    wants = count_terms([each.want for each in ordered], minimum=2, vocabulary=vocabulary)
    features = _features(ordered, wants, model)
    told = np.flatnonzero(np.diff(features.indptr) > 0)
    if len(told) < LEAST_MEMBERS:
        return FailureGroups((), tuple(ordered), ())
    points, _ = reduce(features[told], seed=seed)
    starts = _starts(known, [ordered[place].conversation_id for place in told])
    evidence: tuple[GroupEvidence, ...] = ()
    if not starts:
        count, evidence = choose_count(points, seed=seed, least_size=2 * LEAST_MEMBERS)
        labels = group(points, count, seed=seed).labels
        starts = [np.flatnonzero(labels == label) for label in range(int(labels.max()) + 1)]
    grouping = follow(points, starts, seed=seed)
    steadiness = _stabilities(points, grouping, seed=seed)
    parts = grouping.labels
    if fix_of:
        fixes = [
            fix_of([ordered[place] for place in told[grouping.labels == label]])
            for label in range(len(grouping.centres))
        ]
        grouping = merge_groups(points, grouping, fixes)
    similarities = np.round(np.sum(points * grouping.centres[grouping.labels], axis=1), 4)
    kept = _kept_labels(grouping, similarities)
    labels = np.full(len(ordered), -1, dtype=np.int64)
    labels[told] = kept
    stabilities = [round(float(np.mean(steadiness[parts[kept == label]])), 4) for label in range(int(kept.max()) + 1)]
    asked = [each.want.partition(" . ")[0] for each in ordered]  # what is said later answers the assistant
    speakers = Speakers(tuple(each.speaker for each in ordered), least_users)
    names = name_groups(asked, wants, labels, speakers)
    closeness = dict(zip(told.tolist(), similarities.tolist(), strict=True))
    groups = tuple(
        FailureGroup(
            members=tuple(ordered[place] for place in np.flatnonzero(labels == label)),
            similarities=tuple(closeness[place] for place in np.flatnonzero(labels == label).tolist()),
            naming=names[label],
            stability=stabilities[label],
        )
        for label in range(int(labels.max()) + 1)
    )
    return FailureGroups(groups, tuple(ordered[place] for place in np.flatnonzero(labels < 0)), evidence)


def _starts(known: Sequence[frozenset[str]], ids: Sequence[str]) -> list[NDArray[np.int64]]:
    """Give the places of the known groups' members that are still there, of groups that still are large enough."""
    import numpy as np

    starts = [np.flatnonzero([each in members for each in ids]) for members in sorted(known, key=min)]
    return [places for places in starts if len(places) >= LEAST_MEMBERS]


def _features(failures: Sequence[Failure], wants: TermCounts, model: TopicModel | None) -> csr_matrix:
    """Give what was wanted, what went wrong and the signals side by side, each L2-normalised times its share."""
    from scipy.sparse import hstack

    wrongs = count_terms([each.wrong for each in failures], minimum=2).counts
    signals = count_signals([each.signals for each in failures])
    topics = count_signals([(each.topic_id,) if each.topic_id else () for each in failures])
    blocks = (
        _WANT_SHARE * weigh(wants.counts, model.frequencies if model else inverse_frequencies(wants.counts)),
        _TOPIC_SHARE * topics,
        _WRONG_SHARE * weigh(wrongs, inverse_frequencies(wrongs)),
        _SIGNAL_SHARE * weigh(signals, inverse_frequencies(signals)),
        _CAUSE_SHARE * count_signals([_causes(each) for each in failures]),
        _SEGMENT_SHARE * count_signals([_segments(each) for each in failures]),
    )
    return hstack(blocks).tocsr()


def _causes(failure: Failure) -> tuple[str, ...]:
    """Give the causes that show themselves, each with its tool where one is to blame."""
    shown = [name for name in _CAUSES if name in failure.signals]
    confused = {"not_understood"} if failure.is_confused else set()
    return tuple(sorted(confused | {name if name == "response_empty" else failure.tool or name for name in shown}))


def _segments(failure: Failure) -> tuple[str, ...]:
    named = (("channel", failure.channel), ("persona", failure.persona), ("version", failure.assistant_version))
    return tuple(f"{name}:{value}" for name, value in named if value)


def count_signals(signals: Sequence[Sequence[str]]) -> csr_matrix:
    """Give (n_failures, n_signals) with 1 where the signal fired, signals in alphabetical order."""
    import numpy as np
    from scipy.sparse import csr_matrix

    names = sorted({name for each in signals for name in each})
    place = {name: number for number, name in enumerate(names)}
    rows = [row for row, each in enumerate(signals) for _ in each]
    columns = [place[name] for each in signals for name in each]
    return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(signals), len(names)))


def _kept_labels(grouping: Grouping, similarities: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the labels without far members and without groups that are then too small, numbered by size."""
    import numpy as np

    labels = np.where(similarities >= _LEAST_SIMILARITY, grouping.labels, -1)
    sizes = np.bincount(labels[labels >= 0], minlength=len(grouping.centres))
    order = [label for label in np.argsort(-sizes, kind="stable").tolist() if sizes[label] >= LEAST_MEMBERS]
    rank = np.full(len(sizes) + 1, -1, dtype=np.int64)  # the last place is that of −1
    rank[order] = np.arange(len(order))
    return np.asarray(rank[labels])


def _stabilities(points: NDArray[np.float64], grouping: Grouping, *, seed: int) -> NDArray[np.float64]:
    """Give (n_groups,) the mean over draws of each group's best Jaccard with a group of the drawn points.

    Source: Hennig 2007, by subsets of half of the points rather than draws with replacement, which repeat points.
    """
    import numpy as np

    count = len(grouping.centres)
    step = -(-len(points) // _STABILITY_SAMPLE)
    sample, mine = points[::step], grouping.labels[::step]

    def drawn(draw: int) -> NDArray[np.float64]:
        half = np.sort(np.random.default_rng([seed, draw]).permutation(len(sample))[: max(len(sample) // 2, 1)])
        theirs = group(sample[half], count, seed=seed + draw, starts=1).labels
        shared = np.zeros((count, int(theirs.max()) + 1))
        np.add.at(shared, (mine[half], theirs), 1)
        unions = shared.sum(axis=1)[:, None] + shared.sum(axis=0) - shared
        return np.asarray((shared / np.maximum(unions, 1)).max(axis=1))

    return np.asarray(np.mean(two_at_a_time(drawn, range(_DRAWS)), axis=0))
