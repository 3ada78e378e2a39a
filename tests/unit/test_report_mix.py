"""Two weeks at one mix, by hand and against simulated truth."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import numpy as np
import pytest

from tests.support.report_home import WEEK, fill
from upturn.report.estimate import Estimate, difference, share_estimate
from upturn.report.findings import success_change
from upturn.report.gather import ReportScope, gather
from upturn.report.mix import SegmentWeeks, at_one_mix
from upturn.report.week import Week


def rate(value: float, count: int) -> Estimate:
    return share_estimate(value, None, count)


def test_a_changed_mix_alone_is_no_change() -> None:
    # an easy assistant (.9) and a hard one (.5): half and half, then one in ten easy; the raw rate falls by .16
    weeks = [SegmentWeeks(rate(0.9, 100), rate(0.9, 500)), SegmentWeeks(rate(0.5, 900), rate(0.5, 500))]
    assert at_one_mix(weeks, 1000).value == 0.0
    assert difference(rate(0.54, 1000), rate(0.7, 1000)).value == pytest.approx(-0.16)


def test_each_segments_change_weighs_by_its_share_of_this_week() -> None:
    weeks = [SegmentWeeks(rate(0.8, 300), rate(0.9, 20)), SegmentWeeks(rate(0.6, 100), rate(0.4, 400))]
    assert at_one_mix(weeks, 400).value == pytest.approx(0.75 * -0.1 + 0.25 * 0.2)


@pytest.mark.parametrize(
    ("weeks", "count"),
    [
        ([], 0),
        ([SegmentWeeks(rate(0.8, 300), rate(0.9, 300))], 300),  # one segment has no mix
        ([SegmentWeeks(rate(0.8, 300), rate(0.9, 9)), SegmentWeeks(rate(0.6, 100), rate(0.4, 400))], 400),  # too few
        ([SegmentWeeks(rate(0.8, 30), rate(0.9, 30)), SegmentWeeks(rate(0.6, 30), rate(0.4, 30))], 121),  # under half
    ],
)
def test_it_says_nothing_where_it_can_not_tell(weeks: list[SegmentWeeks], count: int) -> None:
    assert at_one_mix(weeks, count).value is None


def test_the_interval_covers_the_truth_while_the_mix_changes() -> None:
    generator = np.random.default_rng(17)
    true_old, true_new = np.array([0.9, 0.6, 0.75]), np.array([0.88, 0.63, 0.75])
    old_counts, new_counts = np.array([400, 150, 90]), np.array([120, 380, 100])
    truth = float((new_counts / new_counts.sum()) @ (true_new - true_old))
    covered, draws = 0, 2000
    for _ in range(draws):
        old, new = generator.binomial(old_counts, true_old), generator.binomial(new_counts, true_new)
        weeks = [
            SegmentWeeks(
                rate(new[i] / new_counts[i], int(new_counts[i])), rate(old[i] / old_counts[i], int(old_counts[i]))
            )
            for i in range(3)
        ]
        found = at_one_mix(weeks, int(new_counts.sum()))
        covered += found.low <= truth <= found.high
    assert 0.88 <= covered / draws <= 0.93  # 90 % stated; 2,000 draws leave 1.1 points either way


def test_the_lead_says_what_the_mix_did_where_it_matters() -> None:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        fill(connection)
        scope = ReportScope(week=Week.parse(WEEK), timezone="UTC", latency_threshold_ms=3000.0, window_days=28)
        report = gather(connection, scope)
    change = Estimate(-0.04, -0.07, -0.01, 500)
    same = replace(report, change=change, change_at_one_mix=Estimate(-0.038, -0.07, -0.006, 500))
    other = replace(report, change=change, change_at_one_mix=Estimate(0.012, -0.02, 0.04, 500))
    assert "mix" not in success_change(same)
    assert success_change(other) == (
        "That is worse than the week before: −4.0 points (−7.0 to −1.0). The mix of assistants and channels changed "
        "too; at one mix it would be +1.2 points (−2.0 to +4.0)."
    )
