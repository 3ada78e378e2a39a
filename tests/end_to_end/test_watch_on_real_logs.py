"""The regression watch on real conversations: no alarm where nothing changed, an alarm where something did.

`python -m tests.benchmarks --only watch` does the same a thousand times: the figures of docs/benchmarks.md.
"""

from __future__ import annotations

import pytest

from tests.benchmarks.watch import Logged, alarms, measured, power, retail, star
from tests.support.shared import shared_data

pytestmark = [pytest.mark.shared_data, pytest.mark.slow]


@pytest.fixture(scope="module")
def stars() -> Logged:
    shared_data("star")
    return measured(star())


@pytest.mark.parametrize("is_switch", [False, True])
def test_splits_of_real_conversations_raise_no_more_false_alarms_than_stated(stars: Logged, is_switch: bool) -> None:
    shared_data("taubench_retail_variants")
    for logged, replicates, least in ((measured(retail()), 100, 10), (stars, 30, 15)):
        found = alarms(logged, replicates=replicates, is_switch=is_switch)
        assert found["metrics"] >= least
        assert found["flagged"] <= 0.05
        assert found["outside"] <= 0.10


def test_a_planted_failure_is_seen_beside_the_noise_of_real_conversations(stars: Logged) -> None:
    assert power(stars, share=0.3, replicates=30)["seen"] >= 0.8  # 100 % of 200 replicates, measured
