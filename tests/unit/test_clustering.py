"""Clusters and topics: defined results for few, equal, empty and foreign texts; the same under any order."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np
import pytest

from upturn.clustering.exposure import Segment, exposure_rule
from upturn.clustering.failure_groups import LEAST_MEMBERS, Failure, group_failures
from upturn.clustering.grouping import choose_count, group
from upturn.clustering.matching import match_groups
from upturn.clustering.terms import count_terms
from upturn.clustering.topic_events import needs_refit
from upturn.clustering.topics import OTHER_TOPIC, TopicModel, assign_topics, fit_topics
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
    return Failure(f"c{number:03d}", DAY, want, wrong, signals, **fields)  # type: ignore[arg-type]


def three_kinds(each: int = 30) -> list[Failure]:
    return [
        failure(number, texts[number % len(texts)], topic_id=kind)
        for place, (kind, texts) in enumerate(sorted(WANTS.items()))
        for number in range(place * each, (place + 1) * each)
    ]


@pytest.mark.parametrize("count", [0, 1, 2, LEAST_MEMBERS - 1])
def test_too_few_failures_stay_unclustered(count: int) -> None:
    found = group_failures(three_kinds()[:count], seed=1)
    assert (len(found.groups), len(found.unclustered)) == (0, count)


def test_identical_failures_are_one_group() -> None:
    found = group_failures([failure(number, "refund my shoes") for number in range(20)], seed=1)
    assert [len(each.members) for each in found.groups] == [20]


def test_failures_without_any_word_or_signal_stay_unclustered() -> None:
    nothing = [failure(number, "", wrong="", signals=()) for number in range(10)]
    assert len(group_failures(nothing, seed=1).unclustered) == 10


@pytest.mark.parametrize(
    "text", ["我想退货 我的订单", "ฉันต้องการคืนสินค้า", "😡😡", "أريد استرداد المال", "refund " * 40_000], ids=str.split
)
def test_any_script_and_length_groups(text: str) -> None:
    found = group_failures([failure(number, text) for number in range(LEAST_MEMBERS)], seed=1)
    assert sum(len(each.members) for each in found.groups) == LEAST_MEMBERS
    assert all(each.naming.title for each in found.groups)


def test_different_wants_are_never_in_one_group() -> None:
    found = group_failures(three_kinds(), seed=1, fix_of=lambda members: min(each.topic_id or "" for each in members))
    kinds = [{member.topic_id for member in each.members} for each in found.groups]
    assert sorted(kinds, key=sorted) == [{"address"}, {"refund"}, {"sim"}]
    assert len({each.naming.title for each in found.groups}) == 3


def test_groups_go_on_from_the_day_before() -> None:
    failures = three_kinds()
    before = group_failures(failures[:-2], seed=1)
    known = [frozenset(each.conversation_id for each in group.members) for group in before.groups]
    after = group_failures(failures, seed=1, known=known)
    assert len(after.groups) == len(before.groups)
    for members, found in zip(known, after.groups, strict=True):
        assert members <= {each.conversation_id for each in found.members}


def test_order_of_failures_changes_nothing() -> None:
    failures = three_kinds()
    shuffled = failures.copy()
    random.Random(5).shuffle(shuffled)
    assert group_failures(shuffled, seed=1) == group_failures(failures, seed=1)


def test_scripts_without_spaces_become_character_pairs() -> None:
    counted = count_terms(["退货"])
    assert counted.terms == ("货", "退", "退 货")  # U+8D27 before U+9000


def test_number_of_groups_is_that_of_far_clouds() -> None:
    generator = np.random.default_rng(3)
    centres = np.eye(8)[:6]
    points = np.repeat(centres, 40, axis=0) + generator.normal(0, 0.02, (240, 8))
    count, evidence = choose_count(points, seed=1, least_size=10)
    assert count == 6
    assert {each.count for each in evidence} >= {6}
    assert np.bincount(group(points, 6, seed=1).labels).tolist() == [40] * 6


def test_topics_are_assigned_again_from_the_stored_parameters() -> None:
    texts = [text for kind in sorted(WANTS) for text in WANTS[kind] * 10]
    ids = [f"c{number:03d}" for number in range(len(texts))]
    answers = [f"here is all about {kind} and what comes next" for kind in sorted(WANTS) for _ in range(30)]
    model = fit_topics(ids, texts, answers, seed=1)
    stored = TopicModel.from_parameters(model.as_parameters())
    assert assign_topics(stored, texts) == assign_topics(model, texts)
    assert assign_topics(stored, ["", "zzz"]) == [OTHER_TOPIC] * 2
    by_kind = [set(assign_topics(stored, WANTS[kind])) for kind in sorted(WANTS)]
    assert not by_kind[0] & by_kind[1]
    assert not by_kind[1] & by_kind[2]


def test_topics_of_nothing_are_other() -> None:
    assert assign_topics(fit_topics([], [], [], seed=1), ["refund"]) == [OTHER_TOPIC]


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


def test_cluster_keeps_its_id_and_a_lost_one_is_handed_back() -> None:
    groups = group_failures([failure(number, "refund my shoes") for number in range(20)], seed=1).groups
    first, _ = track_clusters(groups, [], assistant_id="shop", day=DAY)
    known = [
        KnownCluster(
            cluster_id=cluster_id,
            status="new",
            first_seen=DAY,
            members=members,
            title="t",
            stability=None,
            top_terms=(),
            exposure_rule={},
            signal_shares={},
        )
        for cluster_id, members in (
            (first[0].cluster_id, frozenset(each.conversation_id for each in groups[0].members)),
            ("cluster-gone", frozenset({"x1", "x2"})),
        )
    ]
    next_day = DAY + timedelta(days=1)
    second, gone = track_clusters(groups, known, assistant_id="shop", day=next_day)
    assert (first[0].status, second[0].cluster_id, second[0].first_seen) == ("new", first[0].cluster_id, DAY)
    assert second[0].lineage == ({"parent_cluster_id": first[0].cluster_id, "kind": "kept", "shared": 20},)
    assert [each.cluster_id for each in gone] == ["cluster-gone"]
    quiet, _ = track_clusters(groups, known, assistant_id="shop", day=DAY + timedelta(days=14))
    assert quiet[0].status == "resolved"


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
