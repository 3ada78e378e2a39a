"""Predicted effects: fixability, shrinkage, the prior's share, the number of labels."""

import numpy as np
import pytest

from upturn.domain.suggestion import CATEGORIES
from upturn.impact.fixability import FIXABILITY, Fixability, fixability_of
from upturn.impact.opportunity import Opportunity
from upturn.impact.prediction import labels_needed, predict
from upturn.impact.shrinkage import shrink


def opportunity(value, error, seed=0):
    draws = np.random.default_rng(seed).normal(value, error, 2000)
    return Opportunity(100, 0.1, value=value, draws=value + (draws - draws.mean()) * (error / max(draws.std(), 1e-12)))


def test_every_category_has_a_prior_and_an_unknown_one_the_most_cautious():
    assert set(FIXABILITY) == set(CATEGORIES)
    assert fixability_of("brand_voice").mean < min(each.mean for each in FIXABILITY.values())


@pytest.mark.parametrize("category", CATEGORIES)
def test_draws_have_the_stated_mean_and_width_and_may_be_negative(category):
    prior = FIXABILITY[category]
    draws = prior.draw(200_000, seed=3)
    assert draws.mean() == pytest.approx(prior.mean, abs=0.003)
    assert draws.std() == pytest.approx(prior.spread, abs=0.003)
    assert draws.min() < 0
    assert draws.max() <= 1


def test_a_certain_opportunity_leaves_all_doubt_to_the_prior():
    # opportunity .1 for sure × mean fixability .5 = .05; the whole width is the prior's
    (impact,) = predict([opportunity(0.1, 0.0)], ["tools"], seed=1)
    assert impact.estimate == 0.05
    assert impact.prior_share == 1.0
    # 90 % of a beta stretched over -.5..1 with mean .5, deviation .25: close to .5 ± 1.65 × .25, times .1
    assert impact.low == pytest.approx(0.1 * 0.06, abs=0.004)
    assert impact.high == pytest.approx(0.1 * 0.88, abs=0.004)


def test_an_uncertain_opportunity_lowers_the_priors_share():
    (sure,), (unsure,) = (predict([opportunity(0.1, error)], ["tools"], seed=1) for error in (0.005, 0.08))
    assert unsure.high - unsure.low > sure.high - sure.low
    assert unsure.prior_share < sure.prior_share


def test_no_opportunity_has_no_impact():
    missing = Opportunity(3, 0.01, reason="too few cases")
    first, second = predict([missing, opportunity(0.1, 0.01)], ["tools", "tools"], seed=1)
    assert (first.estimate, first.low, first.high, first.prior_share) == (None, None, None, None)
    assert second.estimate == 0.05
    assert predict([], [], seed=1) == []


def test_the_order_of_the_list_has_no_part_in_its_figures():
    listed = [opportunity(value, 0.02, seed) for seed, value in enumerate((0.10, 0.02, 0.01, 0.03, 0.02))]
    forward = predict(listed, ["intent"] * 5, seed=1)
    assert predict(listed[::-1], ["intent"] * 5, seed=1) == forward[::-1]


def test_shrinkage_by_hand_for_equal_errors():
    # values 0, 0, 0, 0, 10 with variance 4: mean 2, Σ(x − mean)² = 4 × 4 + 64 = 80, over k − 1 = 4 gives 20;
    # between = 20 − 4 = 16; pull = (k−3)/(k−1) × 4 / 20 = .5 × .2 = .1; 10 → 10 − .1 × 8 = 9.2 and 0 → .2
    shrunken = shrink(np.array([0.0, 0, 0, 0, 10]), np.full(5, 2.0))
    assert shrunken.mean == pytest.approx([0.2, 0.2, 0.2, 0.2, 9.2])
    # variance of the last: 4 × (1 − .8 × .1) + 2/2 × .1² × 8² = 3.68 + .64 = 4.32
    assert shrunken.deviation[-1] == pytest.approx(np.sqrt(4.32))


def test_noisier_values_are_pulled_further_and_short_lists_not_at_all():
    shrunken = shrink(np.array([0.0, 0.1, 0.2, 0.3, 1.0, 1.0]), np.array([0.1, 0.1, 0.1, 0.1, 0.1, 0.8]))
    assert shrunken.mean[5] < shrunken.mean[4] < 1.0
    three = np.array([0.0, 0.1, 5.0])
    assert np.array_equal(shrink(three, np.ones(3)).mean, three)
    assert len(shrink(np.array([]), np.array([])).mean) == 0


def test_the_best_of_many_equals_is_no_longer_overrated():
    # twenty fixes worth exactly .02 each, seen with error .01: the largest seen is .02 + about 1.9 errors
    raw, after = [], []
    for seed in range(200):
        seen = np.random.default_rng(seed).normal(0.02, 0.01, 20)
        raw.append(seen.max() - 0.02)
        after.append(shrink(seen, np.full(20, 0.01)).mean.max() - 0.02)
    assert np.mean(raw) > 0.017
    assert np.mean(after) < 0.4 * np.mean(raw)


@pytest.mark.parametrize(("rate", "labels"), [(0.5, 271), (0.9, 98), (1.0, 11), (0.0, 11)])
def test_labels_needed_by_hand(rate, labels):
    # 1.64485² = 2.70554; over .05² = 1082.217; × p(1 − p): .25 → 270.6, .09 → 97.4, .0099 → 10.7; rounded up
    assert labels_needed(rate) == labels


def test_a_prior_is_its_mean_and_spread():
    draws = Fixability(0.25, 0.2).draw(4, seed=9)
    assert np.array_equal(draws, Fixability(0.25, 0.2).draw(4, seed=9))
