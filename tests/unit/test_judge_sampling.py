"""The sample is permanent, its order lawful, and the rates from it are unbiased, also when a budget stops it."""

from __future__ import annotations

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upturn.judge.estimating import SampledResponse, hajek_rate, judge_rate
from upturn.judge.sampling import (
    NEEDS,
    Candidate,
    Drawn,
    allocate,
    cutoff,
    drawn_in_order,
    final_probability,
    permanent_random_number,
)


def _candidate(number: int, band: str = "good", *, channel: str = "web", drawn_before: float = 0.0) -> Candidate:
    return Candidate(f"c{number}", 1, "shop", channel, band, 1, drawn_before)


def test_a_response_keeps_its_number_and_another_seed_gives_another() -> None:
    number = permanent_random_number(1, "c1", 3)
    assert number == permanent_random_number(1, "c1", 3)
    assert len({number, permanent_random_number(2, "c1", 3), permanent_random_number(1, "c1", 4)}) == 3
    assert 0 <= number < 1


@given(
    st.lists(st.sampled_from(sorted(NEEDS.values())), min_size=1, max_size=60),
    st.floats(0.01, 1.0),
    st.floats(0.001, 1.0),
)
def test_probabilities_keep_the_rate_the_least_and_the_order_of_need(
    needs: list[float], rate: float, minimum: float
) -> None:
    found = allocate(needs, rate, minimum)
    assert sum(found) == pytest.approx(rate * len(needs), abs=1e-6 * len(needs))
    assert all(min(rate, minimum) - 1e-9 <= one <= 1 for one in found)
    for need, one in zip(needs, found, strict=True):
        assert all(one >= other - 1e-9 for less, other in zip(needs, found, strict=True) if less < need)


def test_what_is_unsure_or_at_risk_is_drawn_more_often_within_each_channel() -> None:
    bands = ["risk", *["good"] * 9] * 100
    people = [_candidate(n, band, channel="web" if n < 800 else "phone") for n, band in enumerate(bands)]
    drawn = drawn_in_order(people, seed=3, rate=0.1, minimum=0.01)
    probabilities = {(one.candidate.channel, one.candidate.band): one.probability for one in drawn}
    # of ten, one has need 1.5 and nine have .6: k (1.5 + 5.4) = 1, so .2174 and .0870, alike in both channels
    assert probabilities["web", "risk"] == probabilities["phone", "risk"] == pytest.approx(1.5 / 6.9)
    assert probabilities["web", "good"] == pytest.approx(0.6 / 6.9)


def test_a_higher_rate_keeps_what_a_lower_one_chose_and_so_does_a_redrawn_band() -> None:
    people = [_candidate(n, "risk" if n % 5 == 0 else "good") for n in range(500)]
    low = {one.candidate.conversation_id: one for one in drawn_in_order(people, seed=7, rate=0.1, minimum=0.01)}
    high = {one.candidate.conversation_id for one in drawn_in_order(people, seed=7, rate=0.3, minimum=0.01)}
    assert set(low) < high
    changed = [
        _candidate(n, "good", drawn_before=low[f"c{n}"].probability if f"c{n}" in low else 0.0) for n in range(500)
    ]
    again = {one.candidate.conversation_id: one for one in drawn_in_order(changed, seed=7, rate=0.1, minimum=0.01)}
    assert set(low) <= set(again)
    assert all(again[name].probability >= low[name].probability for name in low)


def test_the_cut_is_at_the_first_left_behind_the_last_asked() -> None:
    drawn = [Drawn(_candidate(n), 0.5, 0.1 * n) for n in range(5)]
    assert cutoff(drawn, [True] * 5) == 1.0
    assert cutoff(drawn, [True, True, False, False, False]) == pytest.approx(0.2)
    assert cutoff(drawn, [False] * 5) == 0.0
    assert cutoff(drawn, [True, False, True, False, False]) == pytest.approx(0.3)  # c1 came late
    assert cutoff([], []) == 1.0
    assert final_probability(0.5, 0.3) == 0.15


def _sampled(conversation: str, score: float | None, probability: float, stratum: str = "a") -> SampledResponse:
    return SampledResponse(conversation, stratum, probability, score)


def test_hajek_weighs_each_score_by_the_inverse_of_its_probability() -> None:
    # (1/.5 + 0/.25 + .5/1) / (2 + 4 + 1) = 2.5 / 7
    rate = judge_rate([_sampled("1", 1.0, 0.5), _sampled("2", 0.0, 0.25), _sampled("3", 0.5, 1.0)], {"a": 3.0})
    assert rate is not None
    assert rate.score == pytest.approx(2.5 / 7)
    # residuals 2 (1 - .357) / 7, 4 (0 - .357) / 7, (.5 - .357) / 7: squares .03374 + .04165 + .00042, times 3 / 2
    assert rate.standard_error == pytest.approx((1.5 * (0.183673**2 + 0.204082**2 + 0.020408**2)) ** 0.5, rel=1e-4)
    assert hajek_rate([], []) is None
    assert judge_rate([], {}) is None


def test_strata_count_by_their_size_and_small_ones_together() -> None:
    large = [_sampled(f"l{n}", 1.0, 0.5, "large") for n in range(5)]
    small = [_sampled("s1", 0.0, 0.5, "small"), _sampled("t1", 0.5, 0.5, "tiny")]
    rate = judge_rate([*large, *small], {"large": 60.0, "small": 30.0, "tiny": 10.0})
    assert rate is not None
    assert rate.score == pytest.approx(0.6 * 1.0 + 0.4 * 0.25)


def test_what_is_unscored_is_a_bound_and_no_guess() -> None:
    rate = judge_rate([_sampled("1", 0.5, 0.5), _sampled("2", None, 0.5), _sampled("3", 0.7, 0.5)], {"a": 9.0})
    assert rate is not None
    assert (rate.scored_count, rate.unscored_count) == (2, 1)
    assert rate.score == pytest.approx(0.6)
    assert (rate.lowest, rate.highest) == (pytest.approx(0.4), pytest.approx(2.2 / 3))


def test_responses_of_one_conversation_are_one_unit() -> None:
    apart = [_sampled(f"c{n}", float(n % 2), 0.5) for n in range(8)]
    together = [SampledResponse(f"c{n // 2 % 2}", "a", 0.5, float(n % 2)) for n in range(8)]
    one, other = judge_rate(apart, {"a": 16.0}), judge_rate(together, {"a": 16.0})
    assert one is not None
    assert other is not None
    assert one.score == other.score == 0.5
    # apart: 8 residuals of 1/16, 8/7; together: two conversations of two 0 and two 1, whose residuals cancel
    assert one.standard_error == pytest.approx((8 / 256 * 8 / 7) ** 0.5)
    assert other.standard_error == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("most_asked", [None, 25], ids=["whole", "stopped"])
def test_the_rate_is_unbiased_also_when_the_budget_stops_early(most_asked: int | None) -> None:
    """600 responses; the bad ones are at risk and drawn more often: the raw mean is far off, ours is not."""
    scores = {f"c{n}": 0.2 if n % 3 == 0 else 0.8 for n in range(600)}  # mean .6
    people = [Candidate(name, 1, "shop", "web", "risk" if score < 0.5 else "good", 1) for name, score in scores.items()]
    ours, raw = [], []
    for seed in range(200):
        drawn = drawn_in_order(people, seed=seed, rate=0.1, minimum=0.01)
        asked = [most_asked is None or place < most_asked for place in range(len(drawn))]
        cut = cutoff(drawn, asked)
        sample = [
            _sampled(
                one.candidate.conversation_id,
                scores[one.candidate.conversation_id],
                final_probability(one.probability, cut),
            )
            for one, was in zip(drawn, asked, strict=True)
            if was
        ]
        rate = judge_rate(sample, {"a": 600.0})
        assert rate is not None
        ours.append(rate.score)
        raw.append(statistics.fmean(one.score or 0.0 for one in sample))
    error = statistics.stdev(ours) / len(ours) ** 0.5
    assert abs(statistics.fmean(ours) - 0.6) < 4 * error
    assert abs(statistics.fmean(raw) - 0.6) > 6 * error


def test_scores_that_are_all_alike_are_no_certainty() -> None:
    alike = [SampledResponse(f"c{n}", "s", 0.5, 1.0) for n in range(30)]
    rate = judge_rate(alike, {"s": 60.0})
    assert rate is not None
    assert rate.interval == pytest.approx((0.9, 1.0))  # 3 / 30
    two = judge_rate(alike[:2], {"s": 60.0})
    assert two is not None
    assert two.interval == (0.0, 1.0)


def test_few_conversations_have_a_wider_interval_than_the_normal_distribution_gives() -> None:
    rate = judge_rate([SampledResponse(f"c{n}", "s", 1.0, score) for n, score in enumerate((0.4, 0.5, 0.6))], {})
    assert rate is not None
    assert rate.standard_error == pytest.approx(0.1 / math.sqrt(3))
    assert rate.interval == pytest.approx((0.5 - 2.92 * 0.1 / math.sqrt(3), 0.5 + 2.92 * 0.1 / math.sqrt(3)), rel=0.05)


def test_the_interval_of_a_rare_failure_covers() -> None:
    """1 % of good judgements are bad: with 60 judged most samples hold none, and still the interval holds the truth."""
    dice = random.Random(3)
    covered = 0
    for _ in range(1000):
        drawn = [SampledResponse(f"c{n}", "s", 0.1, float(dice.random() >= 0.01)) for n in range(60)]
        rate = judge_rate(drawn, {})
        assert rate is not None
        assert rate.interval is not None
        covered += rate.interval[0] <= 0.99 <= rate.interval[1]
    assert covered / 1000 >= 0.88


def test_a_second_draw_after_a_cut_has_the_probability_of_being_in_either() -> None:
    """The first draw is cut at .3 by a budget; then late responses come, and each of the old is planned for less."""
    total = 0.0
    seeds = 4000
    for seed in range(seeds):
        first = drawn_in_order([_candidate(n, "risk") for n in range(5)], seed=seed, rate=0.6, minimum=0.01)
        kept = {one.candidate.conversation_id: one.probability * 0.3 for one in first if one.rank < 0.3}
        old = [_candidate(n, "good", drawn_before=kept.get(f"c{n}", 0.0)) for n in range(5)]
        late = [_candidate(n, "risk") for n in range(5, 10)]
        again = drawn_in_order([*old, *late], seed=seed, rate=0.2, minimum=0.01)
        total += sum(1 / one.probability for one in again if one.candidate.band == "good")
    # an unbiased count of the five old ones; its standard error is about sqrt(5 × (1 / .18 - 1) / 4000) = .08
    assert total / seeds == pytest.approx(5, abs=0.25)
