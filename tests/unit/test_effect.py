"""Effects of shipped fixes: numbers by hand, planted truth, early looks, too little data."""

import numpy as np
import pytest

from upturn.impact.cohort import ONE, Cohort
from upturn.impact.effect import measure_effect


def history(rates, size=40):
    """Give a cohort of four cells: (unexposed before, exposed before, unexposed after, exposed after)."""
    success = np.repeat(np.rint(np.array(rates) * ONE).astype(np.int64), size)
    cell = np.repeat(np.arange(4), size)
    count = len(success)
    cohort = Cohort(np.arange(count), np.zeros(count, np.int64), success)
    return cohort, cell % 2 == 1, cell >= 2


def measure(cohort, is_exposed, is_after, is_final=True):
    return measure_effect(cohort, is_exposed, is_after, draws=300, seed=1, is_final=is_final)


def test_the_change_that_all_shared_is_no_effect():
    # exposed .5 → .7, unexposed .8 → .9: (.7 − .5) − (.9 − .8) = .1
    effect = measure(*history([0.8, 0.5, 0.9, 0.7]))
    assert effect.value == 0.1
    assert (effect.verdict, effect.before_count, effect.after_count) == ("improved", 40, 40)


def test_a_general_rise_and_a_fall_are_told_apart():
    assert measure(*history([0.6, 0.3, 0.8, 0.5])).verdict == "no measurable effect"  # .2 − .2 = 0
    assert measure(*history([0.6, 0.5, 0.6, 0.3])).verdict == "worsened"


def test_too_few_users_in_any_cell_is_too_little_data():
    effect = measure(*history([0.8, 0.5, 0.9, 0.7], size=9))
    assert (effect.value, effect.verdict, effect.before_count) == (None, "too little data", 9)


def test_nobody_after_is_too_little_data():
    cohort, is_exposed, is_after = history([0.8, 0.5, 0.9, 0.7])
    assert measure(cohort, is_exposed, np.zeros_like(is_after)).verdict == "too little data"


def noisy(seed, effect, users=200):
    generator = np.random.default_rng(seed)
    user = generator.integers(0, users, 900)
    stratum = generator.integers(0, 3, 900)
    is_exposed = generator.random(900) < 0.15 + 0.1 * stratum
    is_after = generator.random(900) < 0.5
    rate = 0.5 + 0.1 * stratum - 0.2 * is_exposed + 0.05 * is_after + effect * (is_exposed & is_after)
    success = (generator.random(900) < rate).astype(np.int64) * ONE
    return Cohort(user, stratum, success), is_exposed, is_after


@pytest.mark.slow
def test_nine_intervals_in_ten_hold_the_planted_effect():
    effects = [measure(*noisy(seed, 0.15)) for seed in range(300)]
    assert 0.85 <= np.mean([each.low <= 0.15 <= each.high for each in effects]) <= 0.95


@pytest.mark.slow
def test_early_looks_almost_never_claim_an_effect_that_is_not_there():
    looks = [measure(*noisy(seed, 0.0), is_final=False).verdict for seed in range(150)]
    assert sum(verdict != "no measurable effect" for verdict in looks) <= 3  # .2 % nominal, 1 % with 300 draws


@pytest.mark.parametrize("is_final", [True, False])
def test_a_large_effect_is_seen_early_too(is_final):
    assert measure(*noisy(3, 0.5), is_final=is_final).verdict == "improved"
