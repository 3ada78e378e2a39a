import pytest

from upturn.formats.langfuse import langfuse
from upturn.formats.ratings import is_asked_of_users, opinion


@pytest.mark.parametrize("name", ["user-rating", "stars", "csat", "star rating feedback"])
@pytest.mark.parametrize("value", [1, 2, 5])
def test_a_star_without_a_scale_is_no_thumb(name: str, value: int) -> None:
    assert opinion(name, value=value) is None
    rated = opinion(name, value=value, bounds=(1, 5))
    assert rated is not None
    assert (rated["kind"], rated["value"], rated["scale"]) == ("rating", value, "1-5")


@pytest.mark.parametrize(
    ("name", "label", "is_users"),
    [("user_score", None, True), ("faithfulness", None, False), ("sentiment", "positive", False), ("tone", "👎", True)],
)
def test_a_verdict_that_code_sent_in_is_a_users_only_where_it_says_so(
    name: str, label: str | None, is_users: bool
) -> None:
    assert is_asked_of_users(name, label) is is_users


def test_a_machines_score_by_the_api_is_no_feedback_and_is_kept() -> None:
    scores = [
        {"id": "s1", "name": "faithfulness", "source": "API", "value": 4, "config": {"minValue": 1, "maxValue": 5}},
        {"id": "s2", "name": "user-thumbs", "source": "API", "value": 0},
    ]
    trace = {"id": "t", "timestamp": "2026-11-02T10:00:00Z", "input": "Hi", "output": "Hello", "scores": scores}
    (record,) = langfuse(trace)
    assert [(one["kind"], one["value"], one["author"]) for one in record["feedback"]] == [("thumb", "down", "user")]
    assert [one["name"] for one in record["metadata"]["scores.t"]] == ["faithfulness"]
