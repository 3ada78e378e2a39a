"""Who is asked: in proportion to need, some everywhere, the same each time, and without bias."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upturn.calibration.drawing import NEEDS, Target, draw, probabilities

strata = st.sampled_from(sorted(NEEDS))


def _targets(count: int, stratum: str = "other", drawn_before: float = 0.0) -> list[Target]:
    return [Target(f"{stratum}{number}", number, stratum, drawn_before) for number in range(count)]


@given(st.lists(strata, min_size=1, max_size=60), st.integers(1, 80))
def test_probabilities_add_up_and_follow_need(names: list[str], count: int) -> None:
    found = probabilities([Target(f"{n}", None, name) for n, name in enumerate(names)], count)
    assert all(0 < one <= 1 for one in found)
    assert sum(found) == pytest.approx(min(count, len(names)), abs=1e-6)
    by_need = sorted(zip((NEEDS[name] for name in names), found, strict=True))
    assert all(one[1] <= other[1] + 1e-9 for one, other in pairwise(by_need))


def test_nothing_to_draw_from_draws_nothing() -> None:
    assert draw([], expected_count=10, seed=1) == []


def test_needier_strata_are_drawn_more_and_every_one_some() -> None:
    """300 + 300 targets, 100 expected: 4 and 1 shares of 1500, so .267 and .067."""
    targets = _targets(300, "disagree") + _targets(300, "other")
    drawn = draw(targets, expected_count=100, seed=3)
    count = Counter(one.target.stratum for one in drawn)
    assert {round(one.probability, 3) for one in drawn} == {0.267, 0.067}
    assert 50 <= count["disagree"] <= 110  # 80 ± 4 standard deviations of 7.7
    assert 5 <= count["other"] <= 38  # 20 ± 4 of 4.3


def test_a_larger_draw_keeps_the_smaller_one() -> None:
    small = draw(_targets(400), expected_count=40, seed=3)
    large = draw(_targets(400), expected_count=80, seed=3)
    assert {one.target.turn_index for one in small} < {one.target.turn_index for one in large}


def test_what_was_drawn_stays_drawn_with_its_greater_probability() -> None:
    first = draw(_targets(400), expected_count=80, seed=3)
    again = [
        Target(one.target.conversation_id, one.target.turn_index, "other", drawn_before=one.probability)
        for one in first
    ]
    second = draw(again + _targets(400, "poor"), expected_count=10, seed=3)
    kept = [one for one in second if one.target.stratum == "other"]
    assert [one.probability for one in kept] == [0.2] * len(first)


def test_whoever_stops_early_has_answered_a_sample_of_its_own() -> None:
    """Over 300 draws, the first 20 of about 60 asked: the weighted mean of 1,000 targets' truth stays unbiased."""
    targets = _targets(500, "disagree") + _targets(500, "other")  # truth: 0 in the first, 1 in the second: mean .5
    means = []
    for seed in range(300):
        first = draw(targets, expected_count=60, seed=seed)[:20]
        weights = [1 / one.probability for one in first]
        good = [1 / one.probability for one in first if one.target.stratum == "other"]
        means.append(sum(good) / sum(weights))
    assert sum(means) / len(means) == pytest.approx(0.5, abs=0.04)  # standard error about .01
