"""What a version changed: differences by hand, the boundary against its sources, false alarms under daily looks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from upturn.impact.sequence import boundary
from upturn.impact.version_difference import Observations, mean_difference, percentile_difference
from upturn.impact.version_watch import METHODS, WATCHED, Comparison, MetricSeen, compare_versions

SAME_DAYS, BEFORE_AFTER = METHODS


def test_the_boundary_is_the_normal_mixture_with_students_tails() -> None:
    # ρ = 100 / (−2 log α + log(1 − 2 log α)); half-width = sqrt((t + ρ) / t × log((t + ρ) / (ρ α²))) standard errors
    spent = -2 * math.log(0.05)
    mixing = 100 / (spent + math.log(1 + spent))
    for information in (30.0, 100.0, 4000.0):
        total = information + mixing
        normal = math.sqrt(total / information * math.log(total / (mixing * 0.05**2)))
        assert boundary(information, alpha=0.05, degrees=10**9) == pytest.approx(normal)
        exact = stats.t.isf(stats.norm.sf(normal), 30)
        assert boundary(information, alpha=0.05, degrees=30) == pytest.approx(exact, rel=1e-3)


def side(count: int, values: list[float], *, is_new: bool, first_user: int, stratum: int = 0) -> Observations:
    return Observations(
        user=np.arange(first_user, first_user + count),
        stratum=np.full(count, stratum),
        is_new=np.full(count, is_new),
        value=np.resize(np.array(values, dtype=np.float64), count),
    )


def joined(*parts: Observations) -> Observations:
    return Observations(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("user", "stratum", "is_new", "value"))
    )


def test_a_difference_of_means_is_that_with_the_sandwich_error() -> None:
    # 100 users a side with one conversation each, means .5 and .25: residuals about the two means have the variances
    # .25 and .1875, so that se² = (.25 + .1875) / 100 × 200 / 199; about their common mean .375 both sides gain
    # (.125)² / 100, which is the greater: (.25 + .1875 + 2 × .015625) / 100 × 200 / 199
    seen = joined(side(100, [0, 1], is_new=False, first_user=0), side(100, [0, 0, 0, 1], is_new=True, first_user=100))
    found = mean_difference(seen, alpha=0.05)
    assert found is not None
    assert (found.value, found.mean, found.mean_before, found.n, found.n_before) == (-0.25, 0.25, 0.5, 100, 100)
    variance = (0.25 + 0.1875 + 2 * 0.015625) / 100 * 200 / 199
    spread = (100 * 0.25 + 100 * 0.1875 + 200 * 0.015625) / 199
    half = boundary(spread / variance, alpha=0.05, degrees=99) * math.sqrt(variance)
    assert (found.low, found.high) == (pytest.approx(-0.25 - half), pytest.approx(-0.25 + half))


def test_days_are_compared_with_themselves_and_days_of_one_version_say_nothing() -> None:
    # day 0: .5 against .5, 40 and 40; day 1: 1 against .5, 20 and 60; day 2 has only the new version.
    # weights 40 × 40 / 80 = 20 and 20 × 60 / 80 = 15: difference .5 × 15 / 35
    seen = joined(
        side(40, [0, 1], is_new=False, first_user=0, stratum=0),
        side(40, [0, 1], is_new=True, first_user=40, stratum=0),
        side(60, [0, 1], is_new=False, first_user=80, stratum=1),
        side(20, [1], is_new=True, first_user=140, stratum=1),
        side(50, [0], is_new=True, first_user=160, stratum=2),
    )
    found = mean_difference(seen, alpha=0.05)
    assert found is not None
    assert found.value == pytest.approx(0.5 * 15 / 35)
    assert (found.n, found.n_before) == (60, 100)


def test_a_users_conversations_count_as_one_user() -> None:
    once = joined(side(60, [0, 1], is_new=False, first_user=0), side(60, [0, 1, 1], is_new=True, first_user=60))
    ten = joined(*[once] * 10)  # each user says the same ten times: nothing more is known
    known, repeated = mean_difference(once, alpha=0.05), mean_difference(ten, alpha=0.05)
    assert known is not None
    assert repeated is not None
    assert repeated.high - repeated.low == pytest.approx(known.high - known.low, rel=0.02)


def test_too_few_users_or_users_all_alike_give_no_difference() -> None:
    old = side(100, [0, 1], is_new=False, first_user=0)
    assert mean_difference(joined(old, side(19, [0, 1], is_new=True, first_user=100)), alpha=0.05) is None
    assert mean_difference(joined(old, side(20, [0, 1], is_new=True, first_user=100)), alpha=0.05) is not None
    alike = joined(side(50, [1], is_new=False, first_user=0), side(50, [1], is_new=True, first_user=50))
    assert mean_difference(alike, alpha=0.05) is None
    nobody = side(0, [1], is_new=True, first_user=0)
    assert mean_difference(nobody, alpha=0.05) is None
    assert percentile_difference(nobody, 0.95, alpha=0.05) is None


def test_a_version_without_any_error_is_not_known_without_error() -> None:
    # no error in 30, 5 in 30 before: a plain sandwich about the two means would see no variance on the new side
    seen = joined(side(30, [0, 0, 0, 0, 0, 1], is_new=False, first_user=0), side(30, [0], is_new=True, first_user=30))
    found = mean_difference(seen, alpha=0.05)
    assert found is not None
    assert found.low < 0 < found.high


def test_a_percentile_has_woodruffs_ends() -> None:
    # 1..4000 against the same plus 500, everybody once: var of the share below p95 is .95 × .05 / 4000 a side
    values = np.arange(1.0, 4001.0)
    seen = joined(
        side(4000, list(values), is_new=False, first_user=0),
        side(4000, list(values + 500), is_new=True, first_user=4000),
    )
    found = percentile_difference(seen, 0.95, alpha=0.05)
    assert found is not None
    assert (found.value, found.mean, found.mean_before) == (500, 4300, 3800)
    variance = 0.95 * 0.05 / 4000
    half = boundary(0.95 * 0.05 / (2 * variance), alpha=0.05, degrees=3999) * math.sqrt(variance)
    below = 3800 - math.ceil((0.95 - half) * 4000)
    above = math.ceil((0.95 + half) * 4000) - 3800
    # two sides of one shape: each end is a lower and an upper half-width together
    assert (500 - found.low, found.high - 500) == (pytest.approx(math.hypot(below, above), abs=3),) * 2


def test_a_small_side_does_not_bound_a_percentile() -> None:
    old = side(4000, [*range(1000)], is_new=False, first_user=0)
    found = percentile_difference(joined(old, side(40, [*range(40)], is_new=True, first_user=4000)), 0.95, alpha=0.05)
    assert found is not None
    assert found.high == math.inf
    assert found.low < found.value


def metric_of(generator: np.random.Generator, users: int, days: int, *, old_days: int = 14) -> MetricSeen:
    """Very different users, who come again and again, each with a version of its own; `days` days side by side."""
    level = generator.beta(1, 1, users)
    side_of = generator.random(users) < 0.5
    talks = 2 * users
    user = generator.integers(users, size=talks)
    day = generator.integers(-old_days, days, size=talks)
    is_new = side_of[user] & (day >= 0)
    return MetricSeen(user, day, is_new, (generator.random(talks) < level[user]).astype(np.float64))


def looked_at(seen: MetricSeen, until: int) -> MetricSeen:
    kept = seen.day <= until
    return MetricSeen(seen.user[kept], seen.day[kept], seen.is_new[kept], seen.value[kept])


def test_looking_every_day_raises_no_more_alarms_than_stated() -> None:
    # one metric at a time at α = 10 % per method, looked at on 14 days: the truth leaves the sequence in at most 10 %
    generator, outside = np.random.default_rng(5), 0
    for _ in range(300):
        seen = metric_of(generator, 150, 14)
        for until in range(14):
            part = looked_at(seen, until)
            after = part.day >= 0
            found = mean_difference(
                Observations(part.user[after], part.day[after], part.is_new[after], part.value[after]), alpha=0.10
            )
            if found and not found.low <= 0 <= found.high:
                outside += 1
                break
    assert outside <= 30  # 10 % of 300; 1.645 standard errors, right for one look, are left in 82 of these 300


def rows_of(compared: list[Comparison]) -> dict[tuple[str, str], Comparison]:
    return {(one.metric, one.method): one for one in compared}


def test_what_one_version_breaks_is_seen_beside_what_it_mends() -> None:
    generator = np.random.default_rng(8)
    base = metric_of(generator, 1500, 14)
    worse = replace(base, value=np.where(base.is_new & (generator.random(len(base.user)) < 0.35), 0, base.value))
    better = replace(base, value=np.where(base.is_new & (generator.random(len(base.user)) < 0.35), 0, base.value))
    found = rows_of(compare_versions({"success_rate": worse, "error_rate": better, "satisfaction": base}))
    verdicts = {metric: found[metric, SAME_DAYS].verdict for metric in ("success_rate", "error_rate", "satisfaction")}
    assert verdicts == {"success_rate": "worse", "error_rate": "better", "satisfaction": "no difference shown"}
    assert [name for name, one in found.items() if one.is_flagged] == [("success_rate", SAME_DAYS)]


def test_without_days_side_by_side_the_comparison_says_that_it_is_unadjusted() -> None:
    generator = np.random.default_rng(8)
    base = metric_of(generator, 1500, 14)
    switched = replace(base, is_new=base.day >= 0)
    found = compare_versions({"error_rate": replace(switched, value=np.where(switched.is_new, 1.0, base.value))})
    assert [(one.method, one.verdict, one.is_flagged) for one in found] == [(BEFORE_AFTER, "worse", True)]


def test_few_days_side_by_side_do_not_decide() -> None:
    # the old version stays for the first of 14 days only: most of the new one's conversations have nothing beside them
    generator = np.random.default_rng(8)
    base = metric_of(generator, 1500, 14)
    late = replace(base, is_new=base.is_new | (base.day >= 1))
    found = rows_of(compare_versions({"error_rate": replace(late, value=np.where(late.is_new, 1.0, base.value))}))
    assert not found["error_rate", SAME_DAYS].is_flagged
    assert found["error_rate", BEFORE_AFTER].is_flagged


def test_nothing_seen_compares_nothing_and_every_metric_has_a_better_side() -> None:
    assert compare_versions({}) == []
    only_old = MetricSeen(np.arange(30), np.arange(30) - 40, np.zeros(30, dtype=np.bool_), np.zeros(30))
    assert compare_versions({"error_rate": only_old}) == []
    assert set(WATCHED.values()) == {"higher", "lower"}
