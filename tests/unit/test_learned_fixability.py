"""Beliefs about fixes after some were measured: prior without any, near the truth with many."""

from __future__ import annotations

import numpy as np
import pytest

from upturn.impact.fixability import FIXABILITY, fixability_of
from upturn.impact.learned_fixability import ClosedShare, learned_fixability


def test_without_a_measured_fix_the_stated_belief_stands() -> None:
    belief = learned_fixability([])
    assert all(belief(name) == stated for name, stated in FIXABILITY.items())
    assert belief("brand_voice") == fixability_of("brand_voice")


def test_one_fix_moves_its_category_more_than_others_and_none_far() -> None:
    belief = learned_fixability([ClosedShare("tools", 1.0, 0.2)])
    tools, flow = belief("tools"), belief("flow")
    # δ + γ = .0324 + .0144 of prior variance; noise² = .0625 − .0468 = .0157; the error's .04 beside
    assert tools.mean == pytest.approx(0.5 + 0.5 * 0.0468 / (0.0625 + 0.04), abs=1e-4)
    assert flow.mean == pytest.approx(0.3 + 0.5 * 0.0324 / (0.0625 + 0.04), abs=1e-4)
    assert tools.spread < FIXABILITY["tools"].spread
    assert flow.spread < FIXABILITY["flow"].spread


def test_a_fix_that_was_hardly_measured_moves_nothing() -> None:
    belief = learned_fixability([ClosedShare("tools", -4.0, 50.0)])
    assert belief("tools").mean == pytest.approx(0.5, abs=0.001)
    assert belief("tools").spread == pytest.approx(0.25, abs=0.001)


def test_the_order_of_the_record_has_no_part() -> None:
    generator = np.random.default_rng(2)
    names = [*FIXABILITY, "brand_voice"]
    record = [ClosedShare(names[n % len(names)], float(generator.normal(0.2, 0.3)), 0.2) for n in range(40)]
    assert [learned_fixability(record)(name) for name in names] == [
        learned_fixability(record[::-1])(name) for name in names
    ]


@pytest.mark.parametrize("value", [-30.0, 30.0])
def test_a_belief_stays_within_what_a_fix_can_do(value: float) -> None:
    belief = learned_fixability([ClosedShare("tools", value, 0.01)] * 30)("tools")
    draws = belief.draw(1000, seed=1)
    assert np.isfinite(draws).all()
    assert -0.5 <= draws.min() <= draws.max() <= 1


@pytest.mark.parametrize("shift", [-0.2, 0.0, 0.2])
def test_after_twenty_fixes_the_pooled_belief_is_near_the_truth(shift: float) -> None:
    """500 histories in which every category's fixes close `shift` more than stated, measured with an error of .25."""
    generator = np.random.default_rng(8)
    names = list(FIXABILITY)
    near = 0
    for _ in range(500):
        truth = {name: FIXABILITY[name].mean + shift + generator.normal(0, 0.08) for name in names}
        record = [
            ClosedShare(name, float(generator.normal(truth[name], np.hypot(0.15, 0.25))), 0.25)
            for name in generator.choice(names, 20)
        ]
        belief = learned_fixability(record)
        pooled = np.mean([belief(name).mean for name in names])
        near += abs(pooled - np.mean(list(truth.values()))) < 0.1
    assert near / 500 >= 0.85


def test_the_next_fix_falls_into_the_stated_interval() -> None:
    """What the next fix of a category closes lies in the belief's 90 % interval nine times in ten, by its own model."""
    generator = np.random.default_rng(9)
    names = list(FIXABILITY)
    held = 0
    for _ in range(1000):
        common = generator.normal(0, 0.18)
        own = {name: generator.normal(0, 0.12) for name in names}

        def closes(name: str, common: float = common, own: dict[str, float] = own) -> float:
            rest = np.sqrt(max(FIXABILITY[name].spread ** 2 - 0.18**2 - 0.12**2, 0.01))
            return float(generator.normal(FIXABILITY[name].mean + common + own[name], rest))

        record = [
            ClosedShare(name, closes(name) + generator.normal(0, 0.2), 0.2) for name in generator.choice(names, 15)
        ]
        name = str(generator.choice(names))
        belief, truth = learned_fixability(record)(name), closes(name)
        held += abs(truth - belief.mean) <= 1.645 * belief.spread
    assert 0.87 <= held / 1000 <= 0.93
