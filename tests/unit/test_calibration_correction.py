"""Prediction-powered means: against ppi_py, by hand, and where there is too little to say."""

import numpy as np
import ppi_py
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from upturn.calibration.correction import LabelledPopulation, corrected_mean, critical_value


def _two_samples(seed: int, *, labels: int = 60, others: int = 400) -> tuple[LabelledPopulation, dict[str, np.ndarray]]:
    """Labelled and other responses apart, as ppi_py has them, each a cluster of its own."""
    generator = np.random.default_rng(seed)
    truth = (generator.random(labels + others) < 0.7).astype(float)
    score = np.clip(0.6 * truth + 0.3 * generator.random(labels + others), 0, 1)
    label_weight = generator.uniform(1, 5, labels)
    score_weight = generator.uniform(1, 3, others)
    population = LabelledPopulation(
        score=score,
        label=np.where(np.arange(labels + others) < labels, truth, np.nan),
        score_weight=np.concatenate([np.zeros(labels), score_weight]),
        label_weight=np.concatenate([label_weight, np.zeros(others)]),
        cluster=np.arange(labels + others),
    )
    given_to_ppi = {"Y": truth[:labels], "Yhat": score[:labels], "Yhat_unlabeled": score[labels:]}
    return population, {**given_to_ppi, "w": label_weight, "w_unlabeled": score_weight}


@pytest.mark.parametrize("power", [0.0, 0.4, 1.0])
def test_estimate_with_weights_is_that_of_ppi_py(power: float) -> None:
    population, theirs = _two_samples(3)
    ours = corrected_mean(population, power=power)
    assert ours is not None
    assert ours.estimate == pytest.approx(ppi_py.ppi_mean_pointestimate(**theirs, lam=power).item(), abs=1e-12)


@pytest.mark.parametrize("power", [0.0, 0.4, 1.0])
def test_interval_without_weights_is_that_of_ppi_py_but_for_leverage(power: float) -> None:
    weighted, theirs = _two_samples(5)
    is_other = np.isnan(weighted.label)
    population = LabelledPopulation(
        weighted.score, weighted.label, is_other.astype(float), (~is_other).astype(float), weighted.cluster
    )
    ours = corrected_mean(population, power=power)
    low, high = ppi_py.ppi_mean_ci(theirs["Y"], theirs["Yhat"], theirs["Yhat_unlabeled"], alpha=0.1, lam=power)
    assert ours is not None
    assert ours.standard_error is not None
    rectifier = np.var(theirs["Y"] - power * theirs["Yhat"]) / 60
    theirs_squared = ((high.item() - low.item()) / 2 / stats.norm.ppf(0.95)) ** 2
    levered = rectifier * ((60 / 59) ** 2 - 1)  # each residual over 1 − 1 / 60
    assert ours.standard_error**2 == pytest.approx(theirs_squared + levered, rel=1e-9)


def test_tuned_power_is_near_that_of_ppi_py_and_no_wider_than_any_other() -> None:
    weighted, theirs = _two_samples(7, labels=200, others=2000)
    is_other = np.isnan(weighted.label)
    population = LabelledPopulation(
        weighted.score, weighted.label, is_other.astype(float), (~is_other).astype(float), weighted.cluster
    )
    tuned = corrected_mean(population)
    low, high = ppi_py.ppi_mean_ci(theirs["Y"], theirs["Yhat"], theirs["Yhat_unlabeled"], alpha=0.1)
    assert tuned is not None
    assert tuned.high is not None
    assert tuned.low is not None
    assert tuned.high - tuned.low == pytest.approx(high.item() - low.item(), rel=0.03)
    assert tuned.estimate == pytest.approx((low.item() + high.item()) / 2, abs=0.003)
    fixed = [corrected_mean(population, power=power) for power in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert all(one is not None and one.standard_error >= 0.99 * tuned.standard_error for one in fixed)


def _population(
    scores: list[float], labels: list[float | None], *, cluster: list[int] | None = None, weight: float = 1.0
) -> LabelledPopulation:
    return LabelledPopulation(
        score=np.asarray(scores, dtype=float),
        label=np.asarray([np.nan if label is None else label for label in labels], dtype=float),
        score_weight=np.ones(len(scores)),
        label_weight=np.full(len(scores), weight),
        cluster=np.arange(len(scores)) if cluster is None else np.asarray(cluster),
    )


def test_the_scorers_error_is_taken_out() -> None:
    """Mean score 6/8; the labelled four are scored .25 too high on average: 0.75 − 0.25."""
    found = corrected_mean(_population([1, 1, 1, 0, 1, 1, 1, 0], [1, 0, 1, 0, None, None, None, None]), power=1.0)
    assert found is not None
    assert found.estimate == pytest.approx(0.5)
    assert (found.low, found.label_count, found.labels_to_halve) == (None, 4, None)  # four labels: no interval


def test_without_labels_or_scores_nothing_is_said() -> None:
    assert corrected_mean(_population([0.5, 0.5], [None, None])) is None
    assert corrected_mean(_population([float("nan")] * 2, [1.0, 0.0])) is None


def test_a_label_on_an_unscored_response_is_of_no_use() -> None:
    with_it = corrected_mean(_population([1, 0, float("nan")], [1, 0, 0]), power=1.0)
    without = corrected_mean(_population([1, 0], [1, 0]), power=1.0)
    assert with_it == without


def test_twelve_labels_without_a_difference_still_have_an_interval() -> None:
    """Rule of three: 3 / 12 to each side of 1, cut at 1."""
    found = corrected_mean(_population([1.0] * 500, [1.0] * 12 + [None] * 488))
    assert found is not None
    assert found.low == pytest.approx(0.75)
    assert found.high == 1.0


def test_a_user_who_is_repeated_ten_times_makes_nothing_surer() -> None:
    scores, labels = [1, 0, 1, 1, 0, 1, 0, 1], [1.0, 0.0, 0.0, 1.0, 0.0, 1.0, None, None]
    once = corrected_mean(_population(scores, labels), power=0.5)
    many = corrected_mean(_population(scores * 10, labels * 10, cluster=list(range(8)) * 10), power=0.5)
    assert once is not None
    assert many is not None
    assert many.standard_error == pytest.approx(once.standard_error)
    assert (many.label_count, many.cluster_count) == (60, 6)


def test_labels_to_halve_keep_their_promise() -> None:
    """With as many labels more as were said, drawn anew, the interval is about half as wide."""
    generator = np.random.default_rng(11)
    size = 20_000
    truth = (generator.random(size) < 0.7).astype(float)
    score = np.where(generator.random(size) < 0.85, truth, 1 - truth)

    def interval_with(count: int, draw: int) -> tuple[float, int | None]:
        chosen = np.random.default_rng(draw).choice(size, count, replace=False)
        label = np.full(size, np.nan)
        label[chosen] = truth[chosen]
        found = corrected_mean(LabelledPopulation(score, label, np.ones(size), np.ones(size), np.arange(size)))
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        return found.high - found.low, found.labels_to_halve

    before, more = zip(*(interval_with(150, draw) for draw in range(20)), strict=True)
    assert all(one is not None for one in more)
    needed = round(float(np.mean([one or 0 for one in more])))
    after = [interval_with(150 + needed, draw)[0] for draw in range(100, 120)]
    assert float(np.mean(after) / np.mean(before)) == pytest.approx(0.5, abs=0.03)


def test_once_all_of_these_responses_are_labelled_nothing_is_left_to_chance() -> None:
    labels = [1, 0, 1, 1, 0, 0, 1, 0]
    found = corrected_mean(_population([1.0, 0, 1, 0, 0, 1, 1, 0], labels), power=0.5, is_all=True)
    assert found is not None
    assert found.estimate == pytest.approx(0.5)
    assert found.standard_error == pytest.approx(0.0)


def test_of_these_responses_a_poisson_sample_leaves_one_less_its_share_to_chance() -> None:
    """Labels drawn with 1/4 instead of 1: each residual counts sqrt(3/4), and the scores' own spread nothing."""
    labels = [1.0, 0, 1, 1, 0, 0, 1, 0, 1, 1]
    some = _population([0.5] * 10, labels, weight=4.0)
    these, alike = corrected_mean(some, power=0.0, is_all=True), corrected_mean(some, power=0.0)
    assert these is not None
    assert alike is not None
    assert alike.standard_error is not None
    assert these.standard_error == pytest.approx(0.75**0.5 * alike.standard_error)


def test_no_number_of_labels_halves_what_the_population_itself_leaves_open() -> None:
    """Twenty responses, ten labelled: the twenty themselves are too few."""
    found = corrected_mean(_population([1, 0] * 10, [1, 0, 1, 1, 0, 0, 1, 0, 1, 0] + [None] * 10))
    assert found is not None
    assert found.low is not None
    assert found.labels_to_halve is None


@pytest.mark.parametrize("degrees", [4, 6, 10, 30, 200])
def test_critical_values_are_within_a_hundredth_of_students(degrees: int) -> None:
    assert critical_value(degrees) == pytest.approx(stats.t.ppf(0.95, degrees), rel=0.01)


@given(st.lists(st.tuples(st.floats(0, 1), st.none() | st.floats(0, 1)), min_size=1, max_size=40), st.randoms())
def test_order_and_scale_of_weights_change_nothing(rows: list[tuple[float, float | None]], random: object) -> None:
    places = list(range(len(rows)))
    random.shuffle(places)  # type: ignore[attr-defined]
    one = corrected_mean(_population([row[0] for row in rows], [row[1] for row in rows]), power=0.7)
    shuffled = [rows[place] for place in places]
    other = corrected_mean(
        _population([row[0] for row in shuffled], [row[1] for row in shuffled], weight=7.0), power=0.7
    )
    if one is None or other is None:
        assert one is other
        return
    assert one.estimate == pytest.approx(other.estimate, abs=1e-9)
    if one.low is not None:
        assert other.low == pytest.approx(one.low, abs=1e-6)
