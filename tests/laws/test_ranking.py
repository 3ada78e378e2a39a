"""Laws of the ranking: a total order that the input's order can't change, led by severe safety."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from upturn.domain.ranking import rank, weekly_list


@dataclass(frozen=True)
class Item:
    suggestion_id: str
    severity: str | None
    impact_estimate: float | None
    implementation_effort: str
    opportunity: float | None
    impact_low: float | None = None
    impact_high: float | None = None


POINTS = st.none() | st.sampled_from([-0.01, 0.0, 0.001, 0.02]) | st.floats(-1, 1)
ITEMS = st.lists(
    st.builds(
        Item,
        st.text("abc", min_size=1, max_size=4),
        st.sampled_from([None, "low", "medium", "high", "critical"]),
        POINTS,
        st.sampled_from(["low", "medium", "high"]),
        POINTS,
    ),
    unique_by=lambda item: item.suggestion_id,
    max_size=12,
)


@given(ITEMS, st.randoms(use_true_random=False))
def test_input_order_never_changes_a_ranking(items, random):
    shuffled = list(items)
    random.shuffle(shuffled)
    assert rank(shuffled) == rank(items)


@given(ITEMS)
def test_severe_safety_leads_then_impact_falls_and_the_unknown_comes_last(items):
    ranked = rank(items)
    severe = [item.severity in ("critical", "high") for item in ranked]
    assert severe == sorted(severe, reverse=True)
    rest = [item.impact_estimate for item in ranked if item.severity not in ("critical", "high")]
    known = [value for value in rest if value is not None]
    assert rest[: len(known)] == known == sorted(known, reverse=True)


@given(ITEMS, st.integers(0, 12))
def test_the_weekly_list_is_the_head_of_the_ranking_numbered_from_one(items, length):
    shown = weekly_list(items, length=length)
    assert [each["suggestion_id"] for each in shown] == [item.suggestion_id for item in rank(items)][:length]
    assert [each["rank"] for each in shown] == list(range(1, len(shown) + 1))


def test_a_severe_finding_of_tiny_reach_comes_before_the_largest_impact():
    safe = Item("a", None, 0.2, "low", 0.3)
    unsafe = Item("b", "high", None, "high", None)
    assert rank([safe, unsafe]) == [unsafe, safe]
