"""Ids, severity and priority of a suggestion."""

import pytest

from upturn.domain.suggestion import priority_of, severity_of, suggestion_id


def test_id_is_the_same_on_every_day_and_another_for_another_rule():
    assert suggestion_id("knowledge_gap", "c1") == suggestion_id("knowledge_gap", "c1", 1)
    ids = {
        suggestion_id("knowledge_gap", "c1"),
        suggestion_id("tool_errors", "c1"),
        suggestion_id("knowledge_gap", "c2"),
    }
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("share", "count", "severity"),
    [
        (0.0, 0, None),
        (1.0, 1, "medium"),
        (1.0, 2, "medium"),
        (0.01, 3, "high"),
        (0.2, 9, "high"),
        (0.2, 10, "critical"),
    ],
)
def test_severity_grows_with_the_number_of_harmful_answers(share, count, severity):
    assert severity_of(harmful_share=share, harmful_count=count) == severity


@pytest.mark.parametrize(
    ("estimate", "low", "severity", "priority"),
    [
        (0.010, 0.001, None, "high"),
        (0.0099, 0.001, None, "medium"),
        (0.0025, 0.001, None, "medium"),
        (0.0024, 0.001, None, "low"),
        (0.5, -0.001, None, "low"),  # the interval reaches below 0: nothing is shown to be gained
        (None, None, None, "low"),
        (None, None, "medium", "medium"),
        (None, None, "high", "high"),
        (0.0001, -0.1, "critical", "high"),
    ],
)
def test_priority_follows_the_predicted_effect_and_safety_leads(estimate, low, severity, priority):
    assert priority_of(impact_estimate=estimate, opportunity_low=low, severity=severity) == priority
