"""The small form of the benchmark `calibration`: intervals cover what they claim, volunteered feedback does not."""

import pytest

from tests.benchmarks.calibration import volunteered, xstest
from tests.support.shared import shared_data


@pytest.mark.shared_data
@pytest.mark.slow
def test_corrected_rates_on_xstest_cover_and_are_narrower_than_labels_alone() -> None:
    """300 resamples: three standard errors of a coverage of 90 % are 5.2 points."""
    shared_data("xstest")
    for row in xstest(300).values():
        assert 0.848 <= row["corrected"].coverage <= 0.952
        assert row["corrected"].width < 0.9 * row["labels"].width
        assert abs(row["corrected"].error) < 0.01


def test_volunteered_feedback_never_covers_and_drawn_labels_do() -> None:
    """When the unhappy answer three times as often, 70 % good looks like 0.7 × 5 of 0.7 × 5 + 0.3 × 15 = 44 %."""
    found = volunteered(300)
    assert found["naive"].coverage < 0.01
    assert found["naive"].error == pytest.approx(0.4375 - 0.7, abs=0.01)
    assert found["fed"].coverage < 0.05
    assert 0.848 <= found["ours"].coverage <= 0.952
    assert found["ours"].width < found["naive"].width
