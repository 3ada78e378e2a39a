"""What every suggestion rule keeps: one contract over everything registered."""

import importlib
from pathlib import Path

import pytest

import upturn.rules
from upturn.domain.errors import ConfigurationError
from upturn.domain.suggestion import CATEGORIES
from upturn.impact.fixability import FIXABILITY
from upturn.rules.evidence import Citation, ClusterEvidence, Latency, Segment, SegmentShare, SignalShare, ToolUse
from upturn.rules.finding import CITED
from upturn.rules.registry import RULE_MODULES, rules, suggestion_rule
from upturn.schema import metadata

SIGNALS = (
    "response_unsafe",
    "tool_failed",
    "response_empty",
    "slow_response",
    "assistant_refused",
    "assistant_fell_back",
    "escalated_unasked",
    "abandoned",
    "user_corrected",
    "user_rephrased",
    "answer_repeated",
    "tool_repeated",
    "lookup_empty",
    "tool_struggled",
    "many_steps",
)


def evidence(member_share=0.9, base_share=0.02, **fields):
    """A cluster that gives every rule what it looks for."""
    share = SignalShare(member_share, member_share / 2, base_share, exposed_count=int(100 * member_share / 2))
    defaults = {
        "cluster_id": "k1",
        "assistant_id": "shop",
        "title": "refund status",
        "top_terms": ("refund", "status"),
        "size": 50,
        "exposed_count": 100,
        "exposed_failure_count": 60,
        "latency_threshold_ms": 3000.0,
        "signals": dict.fromkeys(SIGNALS, share),
        "segments": (
            SegmentShare(Segment("assistant_version", "v2"), 0.95, 0.5, 50),
            SegmentShare(Segment("persona", "novice"), 0.9, 0.4, 40),
            SegmentShare(Segment("channel", "web"), 0.9, 0.4, 40),
        ),
        "latency": Latency(400, 3500.0, 8100.0, 0.6, 900.0),
        "tools": (ToolUse("refund_api", 100, 40, 35, 5200.0),),
        "citations": {name: tuple(Citation(f"c{number}", number) for number in range(9)) for name in (*SIGNALS, "")},
    }
    return ClusterEvidence(**{**defaults, **fields})


@pytest.fixture(params=RULE_MODULES)
def rule(request):
    return rules()[request.param]


def test_a_rule_lives_in_the_file_of_its_name(rule):
    assert rule.look.__module__ == f"upturn.rules.{rule.name}"
    assert rule.category in CATEGORIES
    assert rule.category in FIXABILITY


def test_every_rule_file_is_listed():
    not_rules = {"__init__", "choosing", "evidence", "finding", "gathering", "harm", "registry"}
    files = {path.stem for path in Path(upturn.rules.__file__).parent.glob("*.py")} - not_rules
    assert files == set(RULE_MODULES)


def test_a_rule_is_heard_on_what_it_looks_for_and_is_pure(rule):
    found = rule.look(evidence())
    assert found is not None
    assert found == rule.look(evidence())
    assert 0 < found.strength <= 1


def test_a_rule_is_silent_without_its_evidence(rule):
    silent = {"signals": {}, "segments": (), "latency": None, "tools": (), "citations": {}}
    assert rule.look(evidence(**silent)) is None


def test_a_rule_is_silent_where_its_cause_is_as_usual_as_elsewhere(rule):
    as_elsewhere = (
        SegmentShare(Segment("assistant_version", "v2"), 0.5, 0.5, 50),
        SegmentShare(Segment("persona", "novice"), 0.4, 0.4, 40),
    )
    assert rule.look(evidence(base_share=0.9, segments=as_elsewhere)) is None


def test_a_rule_works_without_optional_evidence(rule):
    bare = rule.look(evidence(tools=(), citations={}, top_terms=()))
    assert bare is not None
    assert bare.evidence == ()


def test_actions_are_concrete_and_name_the_cluster(rule):
    found = rule.look(evidence())
    assert len(found.actions) >= 2
    named = ("refund", "refund_api", "v2", "novice", "web")
    assert any(name in action for action in found.actions for name in named)
    assert "refund status" in found.title
    assert "\n" not in found.explanation


def test_evidence_is_cited_and_never_quoted(rule):
    found = rule.look(evidence())
    assert 0 < len(found.evidence) <= CITED
    assert all(set(item) == {"conversation_id", "turn_index", "why"} for item in found.evidence)
    assert len({item["conversation_id"] for item in found.evidence}) == len(found.evidence)


def test_metrics_to_track_are_columns_of_the_warehouse(rule):
    for item in rule.look(evidence()).metrics:
        table, column = item["metric"].split(".")
        assert column in metadata.tables[table].columns
        assert "target" in item


def test_only_safety_rules_give_a_severity(rule):
    severity = rule.look(evidence()).severity
    assert (severity is not None) == (rule.category == "safety")


def test_two_rules_of_one_name_are_an_error():
    def unsafe_answers(_):
        return None

    with pytest.raises(ConfigurationError, match="two suggestion rules are named unsafe_answers"):
        suggestion_rule(category="safety")(unsafe_answers)


def test_importing_a_rule_file_twice_is_no_error():
    assert importlib.reload(importlib.import_module("upturn.rules.tool_errors"))


def test_the_guide_names_every_rule():
    guide = Path(__file__).parents[2] / "docs" / "guide" / "add-a-rule.md"
    text = guide.read_text(encoding="utf-8")
    assert [name for name in rules() if f"`{name}`" not in text] == []
