"""The sample is permanent, and the rates from it are unbiased."""

from __future__ import annotations

import statistics

import pytest

from upturn.judge.sampling import hajek_rate, permanent_random_number


def test_a_response_keeps_its_number_and_another_seed_gives_another() -> None:
    number = permanent_random_number(1, "c1", 3)
    assert number == permanent_random_number(1, "c1", 3)
    assert len({number, permanent_random_number(2, "c1", 3), permanent_random_number(1, "c1", 4)}) == 3
    assert 0 <= number < 1


def test_a_higher_rate_keeps_what_a_lower_one_chose() -> None:
    numbers = [permanent_random_number(7, f"c{index}", 1) for index in range(500)]
    low, high = ({index for index, u in enumerate(numbers) if u < rate} for rate in (0.1, 0.3))
    assert low < high
    assert 25 <= len(low) <= 80  # 50 expected, binomial standard deviation 6.7


def test_hajek_weighs_each_score_by_the_inverse_of_its_probability() -> None:
    # (1/.5 + 0/.25 + .5/1) / (2 + 4 + 1) = 2.5 / 7
    assert hajek_rate([1.0, 0.0, 0.5], [0.5, 0.25, 1.0]) == pytest.approx(2.5 / 7)
    assert hajek_rate([], []) is None
    with pytest.raises(ValueError, match="probability"):
        hajek_rate([1.0], [0.0])


def test_the_rate_is_unbiased_under_unequal_probabilities() -> None:
    """600 responses; the bad ones are drawn five times as often: the raw mean is far off, Hájek is not."""
    scores = [0.2 if index % 3 == 0 else 0.8 for index in range(600)]  # mean .6
    rates = [0.25 if score < 0.5 else 0.05 for score in scores]
    weighted, raw = [], []
    for seed in range(300):
        drawn = [i for i in range(600) if permanent_random_number(seed, f"c{i}", 1) < rates[i]]
        chosen, probabilities = [scores[i] for i in drawn], [rates[i] for i in drawn]
        weighted.append(hajek_rate(chosen, probabilities))
        raw.append(statistics.mean(chosen))
    spread = statistics.stdev(weighted) / 300**0.5  # type: ignore[type-var]
    assert abs(statistics.mean(weighted) - 0.6) < 4 * spread + 0.005  # type: ignore[type-var]
    # drawn: 50 bad, 20 good expected -> (50 x .2 + 20 x .8) / 70 = .371
    assert statistics.mean(raw) == pytest.approx(0.371, abs=0.02)
