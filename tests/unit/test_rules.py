"""What single rules say, and which finding of a cluster is heard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.test_rules import evidence
from upturn.rules.choosing import choose
from upturn.rules.evidence import Segment, SegmentShare, SignalShare, ToolUse
from upturn.rules.harm import HarmfulAnswer, look_for_harm
from upturn.rules.registry import rules
from upturn.rules.unsafe_answers import unsafe_answers


def with_signals(cluster_id="k1", exposed=100, **shares):
    signals = {name: SignalShare(share, share / 2, 0.05, int(exposed * share / 2)) for name, share in shares.items()}
    return evidence(cluster_id=cluster_id, signals=signals, segments=(), exposed_count=exposed)


def heard(*clusters):
    return [(each.rule, each.cluster_ids) for each in choose(clusters, rules())]


@pytest.mark.parametrize(
    ("shares", "rule"),
    [
        ({"tool_failed": 0.9, "user_rephrased": 0.9, "abandoned": 0.9}, "tool_errors"),
        ({"assistant_fell_back": 0.8, "user_rephrased": 0.8, "abandoned": 0.5}, "knowledge_gap"),
        ({"assistant_fell_back": 0.1, "user_rephrased": 0.8}, "misunderstood_intent"),
        ({"user_corrected": 0.6, "user_frustrated": 0.9}, "misunderstood_intent"),
        ({"slow_response": 0.9, "abandoned": 0.9}, "slow_responses"),
        ({"escalated_unasked": 0.8, "assistant_fell_back": 0.3}, "escalation_dead_end"),
        ({"abandoned": 0.7}, "escalation_dead_end"),
        ({"assistant_refused": 0.8, "user_rephrased": 0.7}, "over_refusal"),
        ({"answer_repeated": 0.8, "user_rephrased": 0.5}, "repeated_answers"),
        ({"many_steps": 0.9, "lookup_empty": 0.8, "tool_struggled": 0.65}, "laborious_tasks"),
        ({"many_steps": 0.9, "tool_failed": 0.6}, "tool_errors"),
        ({"response_empty": 0.7, "abandoned": 0.7}, "empty_answers"),
        ({"response_unsafe": 0.5}, "unsafe_answers"),
    ],
)
def test_the_cause_is_heard_before_its_symptoms(shares, rule):
    assert heard(with_signals(**shares)) == [(rule, ("k1",))]


def test_toil_is_told_by_what_is_least_usual_and_what_comes_with_it():
    rule = rules()["laborious_tasks"]
    found = rule.look(with_signals(many_steps=0.9, lookup_empty=0.8, tool_struggled=0.2))
    assert (
        "in 90% of the failures about refund, status it takes step after step, against 5%" in found.description.lower()
    )
    assert "in 80% a look-up gives nothing" in found.description
    assert "many calls of tools" not in found.description
    assert "refund_api" in found.actions[1]
    assert rule.look(with_signals(many_steps=0.3)) is None


def test_a_cluster_that_no_rule_explains_is_not_proposed():
    assert heard(with_signals(user_frustrated=0.9)) == []
    assert heard() == []


def test_a_severe_safety_finding_is_heard_beside_the_dominant_one():
    # 100 × .3 / 2 = 15 exposed conversations with an unsafe answer: 15 % of them, so high
    assert heard(with_signals(response_unsafe=0.3, tool_failed=0.9)) == [
        ("tool_errors", ("k1",)),
        ("unsafe_answers", ("k1",)),
    ]
    # 10 × .3 / 2 → 1 conversation: medium, and the tool explains more
    assert heard(with_signals(exposed=10, response_unsafe=0.3, tool_failed=0.9)) == [("tool_errors", ("k1",))]


def test_unsafe_answers_grow_critical_with_their_number():
    found = [unsafe_answers(with_signals(exposed=exposed, response_unsafe=0.5)).severity for exposed in (4, 20, 100)]
    assert found == ["medium", "high", "critical"]  # 1, 5 and 25 conversations, a quarter of the exposed


def test_one_tool_in_two_clusters_is_one_suggestion_with_both_exposures():
    small, large = with_signals("k1", 40, tool_failed=0.9), with_signals("k2", 400, tool_failed=0.8)
    (only,) = choose([small, large], rules())
    assert only.cluster_ids == ("k2", "k1")
    assert only.identity == "tool:shop:refund_api"
    assert "The same in 1 more: refund status" in only.finding.description


def test_another_tool_is_another_suggestion():
    other = evidence(
        cluster_id="k2",
        segments=(),
        signals={"tool_failed": SignalShare(0.9, 0.4, 0.0, 40)},
        tools=(ToolUse("order_api", 10, 9, 9, None),),
    )
    assert len(choose([with_signals(tool_failed=0.9), other], rules())) == 2


def test_slow_responses_name_their_figures_and_the_slow_tool():
    (only,) = choose([with_signals(slow_response=0.9)], rules())
    # median 3500 ms, 95th percentile 8100 ms, usually 900 ms; the tool takes 5200 ms
    assert "3.5 s at the median against 0.9 s usually" in only.finding.description
    assert "8.1 s at the 95th percentile" in only.finding.description
    assert "refund_api (median 5.2 s)" in only.finding.actions[0]
    assert only.finding.metrics[0]["now"] == 8100


def test_a_regression_needs_a_version_that_others_can_be_compared_with():
    only_version = SegmentShare(Segment("assistant_version", "v2"), 1.0, 0.9, 90)
    cluster = evidence(signals={}, segments=(only_version,))
    assert heard(cluster) == []  # 10 exposed conversations of another version are too few, and 1 / .9 is no lift
    shared = SegmentShare(Segment("assistant_version", "v2"), 1.0, 0.5, 50)
    (found,) = choose([evidence(signals={}, segments=(shared,))], rules())
    assert (found.rule, found.finding.segment.value) == ("version_regression", "v2")


CLUSTERS = st.lists(
    st.builds(
        lambda number, exposed, failed, fell_back, unsafe: with_signals(
            f"k{number}", exposed, tool_failed=failed, assistant_fell_back=fell_back, response_unsafe=unsafe
        ),
        st.integers(0, 99),
        st.integers(1, 500),
        *[st.sampled_from([0.0, 0.2, 0.5, 1.0])] * 3,
    ),
    unique_by=lambda one: one.cluster_id,
    max_size=6,
)


@given(CLUSTERS, st.randoms(use_true_random=False))
def test_the_order_of_the_clusters_has_no_part_in_what_is_chosen(clusters, random):
    shuffled = list(clusters)
    random.shuffle(shuffled)
    assert choose(shuffled, rules()) == choose(clusters, rules())


@given(CLUSTERS)
def test_no_fix_is_proposed_twice(clusters):
    chosen = choose(clusters, rules())
    assert len({(each.rule, each.identity) for each in chosen}) == len(chosen)


def test_a_young_small_or_unsteady_cluster_is_not_proposed_unless_it_harms():
    def shaped(**shape):
        return evidence(signals={"tool_failed": SignalShare(0.9, 0.5, 0.05, 50)}, segments=(), **shape)

    assert choose([shaped(age_days=1, size=8, stability=0.5)], rules())
    for shape in ({"age_days": 0}, {"size": 7}, {"stability": 0.24}):
        assert choose([shaped(**shape)], rules()) == []
    assert choose([shaped(age_days=0)], rules(), {"k1": {"tool_errors"}})  # already on the list: it stays


def test_the_rule_that_was_heard_before_stays_heard_while_it_is_nearly_as_strong():
    # strengths: tool .9 − .05 = .85; knowledge .85 × (.9 − .05) = .7225, of .85 more than .6
    cluster = with_signals(tool_failed=0.9, assistant_fell_back=0.9)
    assert [each.rule for each in choose([cluster], rules())] == ["tool_errors"]
    assert [each.rule for each in choose([cluster], rules(), {"k1": {"knowledge_gap"}})] == ["knowledge_gap"]
    # knowledge .85 × (.4 − .05) = .2975 is less than .6 × .85
    weaker = with_signals(tool_failed=0.9, assistant_fell_back=0.4)
    assert [each.rule for each in choose([weaker], rules(), {"k1": {"knowledge_gap"}})] == ["tool_errors"]


def test_one_leak_is_critical_and_dangerous_advice_is_high():
    answers = [
        HarmfulAnswer("bank", "leak", "t1", "Block card", "c2", 3),
        HarmfulAnswer("bank", "advice", "t1", "Block card", "c3", 1),
        HarmfulAnswer("bank", "advice", "t1", "Block card", "c3", 5),
    ]
    (advice, topics), (leak, _) = look_for_harm(answers)
    assert (leak.finding.severity, advice.finding.severity, topics) == ("critical", "high", ("t1",))
    assert [each["conversation_id"] for each in advice.finding.evidence] == ["c3"]
    assert advice.finding.explanation.startswith("in 1 conversation of the window about block card")
    assert look_for_harm([]) == []


def test_harm_that_is_spread_over_many_topics_is_the_assistants():
    answers = [HarmfulAnswer("bank", "leak", f"t{place}", f"topic {place}", f"c{place}", 1) for place in range(5)]
    ((chosen, topics),) = look_for_harm(answers)  # three topics hold 3 of 5, less than .8
    assert (topics, chosen.finding.title) == ((), "Shows personal data: bank")
