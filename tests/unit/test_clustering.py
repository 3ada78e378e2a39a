"""Clusters and topics: defined results for few, equal, empty and foreign texts; the same under any order."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from upturn.clustering.anonymity import Speakers
from upturn.clustering.exposure import Segment, exposure_rule
from upturn.clustering.failure_groups import LEAST_MEMBERS, Failure, FailureGroup, group_failures
from upturn.clustering.grouping import choose_count, group
from upturn.clustering.matching import match_groups
from upturn.clustering.terms import count_terms
from upturn.clustering.titles import NOTHING_SAID, TOO_RARE
from upturn.clustering.topic_events import needs_refit
from upturn.clustering.topics import OTHER_TOPIC, TopicModel, assign_topics, fit_topics, same_answers
from upturn.clustering.tracking import KnownCluster, track_clusters

DAY = date(2026, 11, 20)
WANTS = {
    "refund": ("refund my returned shoes", "where is the refund for my return", "refund of the returned jacket late"),
    "sim": ("activate the new sim card", "sim card activation does not start", "my new sim card is not active"),
    "address": ("change the delivery address", "wrong delivery address on my order", "new address for the delivery"),
}


def failure(number: int, want: str, **fields: object) -> Failure:
    wrong = str(fields.pop("wrong", "sorry i didn't understand"))
    signals = fields.pop("signals", ("assistant_fell_back",))
    speaker = str(fields.pop("speaker", f"user-{number}"))
    return Failure(f"c{number:03d}", DAY, want, wrong, signals, speaker, **fields)  # type: ignore[arg-type]


def everybody(count: int) -> Speakers:
    return Speakers(tuple(f"user-{number}" for number in range(count)), 3)


def three_kinds(each: int = 30) -> list[Failure]:
    return [
        failure(number, texts[number % len(texts)], topic_id=kind)
        for place, (kind, texts) in enumerate(sorted(WANTS.items()))
        for number in range(place * each, (place + 1) * each)
    ]


@pytest.mark.parametrize("count", [0, 1, 2, LEAST_MEMBERS - 1])
def test_too_few_failures_stay_unclustered(count: int) -> None:
    found = group_failures(three_kinds()[:count], seed=1, least_users=3)
    assert (len(found.groups), len(found.unclustered)) == (0, count)


def test_identical_failures_are_one_group() -> None:
    found = group_failures([failure(number, "refund my shoes") for number in range(20)], seed=1, least_users=3)
    assert [len(each.members) for each in found.groups] == [20]


def test_failures_without_any_word_or_signal_stay_unclustered() -> None:
    nothing = [failure(number, "", wrong="", signals=()) for number in range(10)]
    assert len(group_failures(nothing, seed=1, least_users=3).unclustered) == 10


@pytest.mark.parametrize(
    "text", ["我想退货 我的订单", "ฉันต้องการคืนสินค้า", "😡😡", "أريد استرداد المال", "refund " * 40_000], ids=str.split
)
def test_any_script_and_length_groups(text: str) -> None:
    found = group_failures([failure(number, text) for number in range(LEAST_MEMBERS)], seed=1, least_users=3)
    assert sum(len(each.members) for each in found.groups) == LEAST_MEMBERS
    assert all(each.naming.title for each in found.groups)


def test_different_wants_are_never_in_one_group() -> None:
    found = group_failures(
        three_kinds(), seed=1, least_users=3, fix_of=lambda members: min(each.topic_id or "" for each in members)
    )
    kinds = [{member.topic_id for member in each.members} for each in found.groups]
    assert sorted(kinds, key=sorted) == [{"address"}, {"refund"}, {"sim"}]
    assert len({each.naming.title for each in found.groups}) == 3


def test_groups_go_on_from_the_day_before() -> None:
    failures = three_kinds()
    before = group_failures(failures[:-2], seed=1, least_users=3)
    known = [frozenset(each.conversation_id for each in group.members) for group in before.groups]
    after = group_failures(failures, seed=1, least_users=3, known=known)
    assert len(after.groups) == len(before.groups)
    for members, found in zip(known, after.groups, strict=True):
        assert members <= {each.conversation_id for each in found.members}


def test_order_of_failures_changes_nothing() -> None:
    failures = three_kinds()
    shuffled = failures.copy()
    random.Random(5).shuffle(shuffled)
    assert group_failures(shuffled, seed=1, least_users=3) == group_failures(failures, seed=1, least_users=3)


def test_scripts_without_spaces_become_character_pairs() -> None:
    counted = count_terms(["退货"])
    assert counted.terms == ("货", "退", "退 货")  # U+8D27 before U+9000


def test_terms_are_counted_by_document_across_stop_words_and_never_across_documents() -> None:
    # "the" and "my" are stop words: neighbours are refund–shoes twice in the first text, shoes–refund once.
    texts = ["refund the shoes refund my shoes", "", "shoes", "late refund"]
    counted = count_terms(texts)
    assert counted.terms == ("late", "late refund", "refund", "refund shoes", "shoes", "shoes refund")
    assert counted.counts.toarray().tolist() == [
        [0, 0, 2, 2, 2, 1],
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 0],
        [1, 1, 1, 0, 0, 0],
    ]
    assert count_terms(texts, minimum=2).terms == ("refund", "shoes")
    looked_at = count_terms(texts, sample=np.array([3]))
    assert (looked_at.terms, looked_at.counts.toarray()[0].tolist()) == (("late", "late refund", "refund"), [0, 0, 2])
    known = count_terms(texts, vocabulary=("late shoes", "refund shoes", "shoes", "unheard word"))
    assert known.counts.toarray().tolist() == [[0, 2, 2, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert count_terms([]).counts.shape == (0, 0)


def test_number_of_groups_is_that_of_far_clouds() -> None:
    generator = np.random.default_rng(3)
    centres = np.eye(8)[:6]
    points = np.repeat(centres, 40, axis=0) + generator.normal(0, 0.02, (240, 8))
    count, evidence = choose_count(points, seed=1, least_size=10)
    assert count == 6
    assert {each.count for each in evidence} >= {6}
    assert np.bincount(group(points, 6, seed=1).labels).tolist() == [40] * 6


def test_points_that_hardly_differ_are_one_group() -> None:
    points = np.ones((60, 4)) / 2 + np.arange(240).reshape(60, 4) * 1e-9
    count, _ = choose_count(points, seed=1, least_size=10)
    assert len(group(points, count, seed=1).centres) == 1


def test_strengths_are_the_same_alone_and_beside_others() -> None:
    generator = np.random.default_rng(4)
    points = generator.normal(0, 1, (600, 8))
    assert choose_count(points, seed=1, least_size=10) == choose_count(points.copy(), seed=1, least_size=10)


def test_wants_with_the_same_answers_are_one_topic_and_an_unheard_one_is_its_own() -> None:
    heard = csr_matrix(np.repeat([[1.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], 5, axis=0))
    labels = np.repeat([0, 1, 2, -1], 5)
    assert same_answers(heard, labels, 4).tolist() == [0, 0, 1, 2]


def test_topics_are_assigned_again_from_the_stored_parameters() -> None:
    texts = [text for kind in sorted(WANTS) for text in WANTS[kind] * 10]
    ids = [f"c{number:03d}" for number in range(len(texts))]
    answers = [f"here is all about {kind} and what comes next" for kind in sorted(WANTS) for _ in range(30)]
    fitted = fit_topics(
        ids,
        texts,
        lambda asked: [answers[ids.index(each)] for each in asked],
        fit_id="fit",
        speakers=everybody(len(ids)),
        seed=1,
    )
    stored = TopicModel.from_parameters(fitted.model.as_parameters())
    assert assign_topics(stored, texts) == fitted.topics
    assert assign_topics(stored, ["", "zzz"]) == [OTHER_TOPIC] * 2
    by_kind = [set(assign_topics(stored, WANTS[kind])) for kind in sorted(WANTS)]
    assert not by_kind[0] & by_kind[1]
    assert not by_kind[1] & by_kind[2]


def test_topics_of_nothing_are_other() -> None:
    nothing = fit_topics([], [], list, fit_id="fit", speakers=everybody(0), seed=1)
    assert nothing.topics == []
    assert assign_topics(nothing.model, ["refund"]) == [OTHER_TOPIC]


def test_model_is_refitted_once_per_iso_week() -> None:
    # 2026-11-22 is a Sunday, the last day of ISO week 47.
    assert needs_refit(None, DAY)
    assert not needs_refit(date(2026, 11, 16), date(2026, 11, 22))
    assert needs_refit(date(2026, 11, 22), date(2026, 11, 23))


def test_groups_match_by_most_shared_members_one_to_one() -> None:
    newer = {"a": {"1", "2", "3"}, "b": {"4"}}
    older = {"x": {"1", "2"}, "y": {"3", "4"}}
    # a shares 2 with x and 1 with y, b shares 1 with y: a–x and b–y share 3, a–y and nothing 1.
    assert match_groups(newer, older, least_share=0.3) == {"a": "x", "b": "y"}
    assert match_groups({}, older, least_share=0.3) == {}


def days_up_to(last: date, count: int = 28) -> set[date]:
    return {last - timedelta(days=age) for age in range(count)}


def known_cluster(cluster_id: str, members: Iterable[str], *, last_seen: date = DAY) -> KnownCluster:
    return KnownCluster(
        cluster_id=cluster_id,
        status="new",
        first_seen=DAY,
        members=frozenset(members),
        title="t",
        stability=None,
        top_terms=(),
        exposure_rule={},
        signal_shares={},
        last_seen=last_seen,
    )


def track(groups: Sequence[FailureGroup], known: Sequence[KnownCluster], day: date, active: set[date]) -> Any:
    return track_clusters(groups, known, assistant_id="shop", day=day, window_days=28, active_days=active)


def test_cluster_keeps_its_id_and_is_resolved_after_14_quiet_days() -> None:
    groups = group_failures([failure(number, "refund my shoes") for number in range(20)], seed=1, least_users=3).groups
    first, _ = track(groups, [], DAY, days_up_to(DAY))
    known = [known_cluster(first[0].cluster_id, (each.conversation_id for each in groups[0].members))]
    second, gone = track(groups, known, DAY + timedelta(days=1), days_up_to(DAY + timedelta(days=1)))
    assert (first[0].status, second[0].cluster_id, second[0].first_seen) == ("new", first[0].cluster_id, DAY)
    assert second[0].lineage == ({"parent_cluster_id": first[0].cluster_id, "kind": "kept", "shared": 20},)
    assert gone == []
    later = DAY + timedelta(days=14)
    (quiet,), _ = track(groups, known, later, days_up_to(later))
    assert quiet.status == "resolved"
    (unheard,), _ = track(groups, known, later, days_up_to(DAY, 14))  # the export broke: no conversation shows anything
    assert unheard.status != "resolved"


def test_a_cluster_that_a_fit_misses_is_not_gone() -> None:
    known = [known_cluster("cluster-a", ("x1", "x2", "x3"))]
    for days, active, names in (
        (1, days_up_to(DAY + timedelta(days=1)), []),
        (13, days_up_to(DAY + timedelta(days=13)), []),
        (14, days_up_to(DAY + timedelta(days=14)), ["cluster-a"]),
        (20, days_up_to(DAY), []),  # nobody wrote since
        (28, {DAY + timedelta(days=20)}, ["cluster-a"]),  # the window has passed it by
    ):
        _, gone = track([], known, DAY + timedelta(days=days), active)
        assert [each.cluster_id for each in gone] == names, days


def test_a_cluster_whose_members_lie_in_another_is_gone_at_once() -> None:
    groups = group_failures([failure(number, "refund my shoes") for number in range(20)], seed=1, least_users=3).groups
    members = [each.conversation_id for each in groups[0].members]
    known = [known_cluster("cluster-a", members[:14]), known_cluster("cluster-b", members[14:])]
    (kept,), gone = track(groups, known, DAY + timedelta(days=1), days_up_to(DAY + timedelta(days=1)))
    assert kept.cluster_id == "cluster-a"
    assert [each.cluster_id for each in gone] == ["cluster-b"]
    assert {(each["parent_cluster_id"], each["kind"]) for each in kept.lineage} == {
        ("cluster-a", "kept"),
        ("cluster-b", "merged"),
    }


def test_exposure_names_the_failing_tool() -> None:
    members = [failure(number, "x", tool="track", signals=("tool_failed",), topic_id="t") for number in range(10)]
    assert exposure_rule("shop", members, [], latency_ms=3000) == {"assistant_id": "shop", "tool": "track"}


def test_exposure_names_topics_and_the_version_that_broke_them() -> None:
    members = [failure(number, "x", topic_id="t", assistant_version="2") for number in range(10)]
    # version 2: 10 of 50 fail, version 1: 1 of 50: ten times as often.
    segments = [Segment("t", "2", "", "", 50, 10), Segment("t", "1", "web", "", 50, 1)]
    rule = exposure_rule("shop", members, segments, latency_ms=3000)
    assert rule == {"assistant_id": "shop", "topic_ids": ["t"], "assistant_version": "2"}
    alike = [Segment("t", "2", "", "", 50, 10), Segment("t", "1", "web", "", 50, 10)]
    assert exposure_rule("shop", members, alike, latency_ms=3000) == {"assistant_id": "shop", "topic_ids": ["t"]}


def test_a_word_that_two_users_said_often_is_in_no_term_and_no_title() -> None:
    failures = [
        failure(
            number,
            f"refund my shoes {'quark' if number < 20 else ''} late",
            speaker=f"user-{number % 2 if number < 20 else number}",
        )
        for number in range(30)
    ]
    naming = group_failures(failures, seed=1, least_users=3).groups[0].naming
    assert "refund" in naming.top_terms
    assert "quark" not in f"{naming}"
    assert "quark" in f"{group_failures(failures, seed=1, least_users=2).groups[0].naming}"


def test_failures_of_two_users_group_under_a_title_without_their_words() -> None:
    failures = [failure(number, "refund my shoes", speaker=f"user-{number % 2}") for number in range(20)]
    (found,) = group_failures(failures, seed=1, least_users=3).groups
    assert (len(found.members), found.naming.title, found.naming.top_terms) == (20, TOO_RARE, ())
    silent = [failure(number, "", speaker=f"user-{number % 2}") for number in range(20)]
    assert group_failures(silent, seed=1, least_users=3).groups[0].naming.title == NOTHING_SAID


def test_topics_know_no_word_of_fewer_users_and_of_two_users_nothing() -> None:
    texts = [f"{text} quark" for kind in sorted(WANTS) for text in WANTS[kind] * 10]
    ids = [f"c{number:03d}" for number in range(len(texts))]
    # Everybody says what they want, and "quark" is the word of one user who came 60 times.
    chatty = [*texts[:60], *(text.removesuffix(" quark") for text in texts[60:])]
    speakers = Speakers(("user-a",) * 60 + tuple(f"user-{number}" for number in range(60, 90)), 3)
    fitted = fit_topics(ids, chatty, lambda asked: [""] * len(asked), fit_id="fit", speakers=speakers, seed=1)
    assert "quark" not in f"{fitted.model.terms} {fitted.model.names}"
    assert fitted.model.topic_ids
    of_two = Speakers(tuple(f"user-{number % 2}" for number in range(90)), 3)
    nothing = fit_topics(ids, texts, lambda asked: [""] * len(asked), fit_id="fit", speakers=of_two, seed=1)
    assert (nothing.model.terms, set(nothing.topics)) == ((), {OTHER_TOPIC})
    stored = TopicModel.from_parameters(nothing.model.as_parameters())
    assert assign_topics(stored, texts) == nothing.topics
    assert group_failures([failure(number, "x") for number in range(9)], seed=1, least_users=3, model=stored).groups


def test_users_of_a_term_are_counted_once_each() -> None:
    # a says the first term three times; a, b and c say the second; nobody says the third.
    counts = csr_matrix(np.array([[1, 1, 0], [2, 0, 0], [1, 0, 0], [0, 1, 0], [0, 3, 0]]))
    assert Speakers(("a", "a", "a", "b", "c"), 3).shared(counts).tolist() == [False, True, False]
    assert Speakers((), 3).shared(counts[:0]).tolist() == [False] * 3
