"""Every figure carries an honest interval, and nothing is never 0."""

from __future__ import annotations

import pytest

from upturn.report.estimate import NOTHING, Estimate, difference, share_estimate


def test_interval_is_wilson_at_the_effective_size() -> None:
    # p = .8, variance .0016 -> n = .16 / .0016 = 100; z^2 = 2.705543
    # centre = (.8 + .01352772) / 1.02705543 = .792097; half = 1.644854 / 1.02705543 * sqrt(.0016 + .00006763858)
    #        = 1.601524 * .0408367 = .065401 -> .726696 .. .857498
    found = share_estimate(0.8, 0.0016, 400)
    assert (found.low, found.high) == pytest.approx((0.726696, 0.857498), abs=2e-6)
    assert found.count == 400


def test_all_alike_still_has_a_width() -> None:
    # p = 1, n = 22: low = 1 / (1 + z^2 / n) = 22 / 24.705543 = .890488
    assert share_estimate(1.0, 0.0, 22) == Estimate(1.0, 0.890488, 1.0, 22)


def test_spread_of_a_handful_is_not_believed() -> None:
    assert share_estimate(0.5, 1e-9, 3) == share_estimate(0.5, None, 3)


@pytest.mark.parametrize(("value", "count"), [(None, 5), (None, 0), (0.3, 0)])
def test_nothing_has_no_value(value: float | None, count: int) -> None:
    assert share_estimate(value, 0.1, count) == NOTHING


def test_difference_adds_squares_of_the_arms() -> None:
    # .7 - .75 = -.05; down = hypot(.7 - .66, .78 - .75) = .05; up = hypot(.74 - .7, .75 - .72) = .05
    found = difference(Estimate(0.7, 0.66, 0.74, 100), Estimate(0.75, 0.72, 0.78, 90))
    assert (found.value, found.low, found.high) == (-0.05, -0.1, 0.0)


def test_difference_to_an_unknown_is_unknown() -> None:
    assert difference(Estimate(0.7, 0.6, 0.8, 9), NOTHING) == NOTHING
