"""Opportunity: numbers by hand, planted truth, too-few cases, one chatty user."""

import numpy as np
import pytest

from upturn.impact.cohort import ONE, Cohort
from upturn.impact.opportunity import estimate_opportunity
from upturn.impact.resampling import GROUPS, Resampler


def cohort_of(user, stratum, success):
    share = np.asarray(success, dtype=np.float64)
    return Cohort(np.asarray(user, np.int64), np.asarray(stratum, np.int64), np.rint(share * ONE).astype(np.int64))


def estimate(cohort, exposed, seed=1, draws=300):
    return estimate_opportunity(
        cohort, np.asarray(exposed, np.int64), Resampler.over(cohort.user, draws=draws, seed=seed)
    )


def two_strata():
    # stratum 0: 30 exposed of success .5 among 40 others of success .9
    # stratum 1: 10 exposed of success .2 among 20 others of success .4
    success = [0.5] * 30 + [0.9] * 40 + [0.2] * 10 + [0.4] * 20
    stratum = [0] * 70 + [1] * 30
    exposed = [*range(30), *range(70, 80)]
    return cohort_of(range(100), stratum, success), exposed


def test_opportunity_is_reach_times_the_post_stratified_gap():
    # reach = 40 / 100; gap = (30 × (.9 − .5) + 10 × (.4 − .2)) / 40 = (12 + 2) / 40 = .35; product .14
    found = estimate(*two_strata())
    assert (found.reach, found.gap, found.value) == (0.4, 0.35, 0.14)
    assert (found.exposed_count, found.overlap, found.reason) == (40, 1.0, None)
    assert found.exposed_success == 0.425  # (30 × .5 + 10 × .2) / 40
    assert found.low < 0.14 < found.high


def test_another_mix_of_strata_makes_no_gap():
    # the exposed are mostly of the hard stratum; within each stratum they do as well as the others
    success = [0.9] * 10 + [0.9] * 60 + [0.3] * 40 + [0.3] * 20
    cohort = cohort_of(range(130), [0] * 70 + [1] * 60, success)
    found = estimate(cohort, [*range(10), *range(70, 110)])
    assert found.gap == 0.0
    assert found.value == found.low == found.high == 0.0


def test_exposed_without_comparables_are_left_out_and_the_overlap_says_so():
    # stratum 1 has 10 exposed and nobody else: overlap 30 / 40; the gap is that of stratum 0
    success = [0.5] * 30 + [0.9] * 40 + [0.0] * 10
    cohort = cohort_of(range(80), [0] * 70 + [1] * 10, success)
    found = estimate(cohort, [*range(30), *range(70, 80)])
    assert (found.overlap, found.gap, found.reach) == (0.75, 0.4, 0.5)


@pytest.mark.parametrize(
    ("exposed", "reason"),
    [
        ([], "no conversation of the window is exposed"),
        (range(9), "too few cases: 9 exposed users, at least 10 are needed"),
        (range(97), "nothing to compare with: only 0% of the exposed"),  # 3 others make no stratum
        (range(92), "too few comparable cases: 8 unexposed users"),
    ],
)
def test_too_few_cases_give_a_reason_and_no_figure(exposed, reason):
    found = estimate(cohort_of(range(100), [0] * 100, [0.5] * 100), list(exposed))
    assert found.reason.startswith(reason)
    assert found.value is found.low is found.high is found.gap is found.draws is None


def test_an_empty_window_has_no_reach():
    found = estimate(cohort_of([], [], []), [])
    assert found.reach is None
    assert found.reason == "the window holds no conversation"


def test_one_chatty_user_is_no_evidence():
    # 10 exposed users, of whom one holds 91 of 100 conversations: effective number 100² / (91² + 9) = 1.2
    user = [0] * 91 + list(range(1, 10)) + list(range(100, 200))
    found = estimate(cohort_of(user, [0] * 200, [0.1] * 100 + [0.9] * 100), range(100))
    assert found.reason == "one user holds 91% of the exposed conversations: that says little about the others"


def test_heavy_users_count_for_the_reach_and_not_for_the_gap():
    # 60 exposed of one user, who always fails, 20 of twenty others with success .5; those like them reach .9
    # reach = 80 / 180; gap = .9 − .5 = .4 without the heavy user, whose own 0.0 and 1.0 play no part
    user = [0] * 60 + list(range(1, 21)) + [0] * 20 + list(range(21, 101))
    success = [0.0] * 60 + [0.5] * 20 + [1.0] * 20 + [0.9] * 80
    found = estimate(cohort_of(user, [0] * 180, success), range(80))
    assert (found.heavy_users, found.heavy_share) == (1, 0.75)
    assert (found.reach, found.gap) == (round(80 / 180, 6), 0.4)
    assert found.overlap == 1.0
    assert found.value == pytest.approx(0.4 * 80 / 180, abs=1e-6)
    assert found.low < found.value < found.high


def test_what_heavy_users_leave_may_be_too_few():
    user = [0] * 30 + list(range(1, 10)) + list(range(100, 200))
    found = estimate(cohort_of(user, [0] * 139, [0.1] * 39 + [0.9] * 100), range(39))
    assert found.reason == "one user holds 77% of the exposed conversations: that says little about the others"
    user = [0] * 20 + list(range(1, 9)) + list(range(100, 200))
    found = estimate(cohort_of(user, [0] * 128, [0.1] * 28 + [0.9] * 100), range(28))
    assert found.reason == "too few cases: 8 exposed users beside 1 very heavy ones, at least 10 are needed"


@pytest.mark.slow
def test_intervals_hold_the_truth_beside_two_very_heavy_users():
    # the two hold two thirds of the conversations; their share of exposed is that of all, so is their gap
    def holds(seed: int) -> bool:
        generator = np.random.default_rng(seed)
        user = np.concatenate([np.repeat([0, 1], [600, 400]), np.repeat(np.arange(2, 172), 3)])
        is_exposed = np.arange(len(user)) % 10 < 3
        success = generator.random(len(user)) < 0.8 - 0.3 * is_exposed
        found = estimate(cohort_of(user, np.zeros(len(user)), success), np.flatnonzero(is_exposed), seed, draws=250)
        assert found.heavy_users == 1  # without the heaviest the exposed are worth 5.1 users
        return found.low <= 0.3 * 0.3 <= found.high

    assert 0.85 <= np.mean([holds(seed) for seed in range(400)]) <= 0.97


def test_conversations_of_the_same_users_widen_the_interval():
    # the same 400 outcomes, once from 400 people, once from 40 whose ten conversations all went the same way
    success = np.repeat(np.tile([1.0, 0.0], 20), 10)
    exposed = np.flatnonzero(np.arange(400) % 200 < 100)
    alone = estimate(cohort_of(range(400), [0] * 400, success), exposed)
    crowd = estimate(cohort_of(np.repeat(np.arange(40), 10), [0] * 400, success), exposed)
    assert alone.value == crowd.value
    # √10 times in theory; half of that is far beyond the noise of 300 draws
    assert crowd.high - crowd.low > 1.6 * (alone.high - alone.low)


def test_the_same_seed_gives_the_same_draws_and_another_seed_others():
    cohort, exposed = two_strata()
    noisy = cohort_of(cohort.user, cohort.stratum, (np.arange(100) * 37 % 100) / 100)
    first, again, other = (estimate(noisy, exposed, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.draws, again.draws)
    assert not np.array_equal(first.draws, other.draws)


def covered(seed: int, users: int, gap: float, binary: bool) -> bool:
    """Simulate one history with a known opportunity and tell whether the interval holds it."""
    generator = np.random.default_rng(seed)
    user = np.repeat(np.arange(users), generator.poisson(1.5, users) + 1)
    stratum = generator.integers(0, 4, len(user))
    is_exposed = generator.random(len(user)) < 0.1 + 0.1 * stratum
    rate = 0.6 + 0.05 * stratum - gap * is_exposed + generator.normal(0, 0.08, users)[user]
    chance = np.clip(rate, 0.02, 0.98)
    success = (generator.random(len(user)) < chance) if binary else chance
    found = estimate(cohort_of(user, stratum, success), np.flatnonzero(is_exposed), seed, draws=250)
    truth = (0.1 + 0.1 * 1.5) * gap  # mean share of exposed over four equally likely strata × gap
    return found.low <= truth <= found.high


@pytest.mark.slow
@pytest.mark.parametrize(("users", "gap", "binary"), [(80, 0.25, True), (150, 0.0, True), (120, 0.2, False)])
def test_nine_intervals_in_ten_hold_the_planted_truth(users, gap, binary):
    share = np.mean([covered(seed, users, gap, binary) for seed in range(400)])
    assert 0.85 <= share <= 0.95


def test_more_users_than_groups_give_the_width_of_the_plain_bootstrap():
    # of 4 × GROUPS users half are exposed; success is 0 or 1 at random, so the standard error of a difference of two
    # means is √(.25 / m + .25 / m) with m = 2 × GROUPS; times reach .5 and 2 × 1.645 for the width
    count = 4 * GROUPS
    success = np.random.default_rng(5).integers(0, 2, count)
    found = estimate(cohort_of(range(count), [0] * count, success), range(count // 2), draws=1000)
    width = 2 * 1.645 * 0.5 * np.sqrt(0.5 / (2 * GROUPS))
    assert found.high - found.low == pytest.approx(width, rel=0.1)


def test_arrays_of_different_length_are_refused():
    with pytest.raises(ValueError, match="2 users, 1 strata, 1 successes"):
        cohort_of([0, 1], [0], [0.5])
