"""Moves on a suggestion: which are legal, where they lead, what an illegal one says."""

from datetime import UTC, datetime, timedelta

import pytest

from upturn.domain.decision import Move, SuggestionState, apply_move, fold, require_seen
from upturn.domain.errors import DecisionError, StaleDecisionError

PROPOSED = datetime(2026, 11, 2, tzinfo=UTC)
LATER = PROPOSED + timedelta(days=3)
PENDING = SuggestionState("s1", PROPOSED)


def move(verb, **fields):
    return Move(verb=verb, actor="ana", decided_at=fields.pop("at", LATER), **fields)


def test_accepting_freezes_the_prediction_and_shipping_keeps_it():
    state = fold(
        PENDING, [move("accepted", prediction={"impact_estimate": 0.02}), move("shipped", assistant_version="v4")]
    )
    assert (state.status, state.revision, state.assistant_version) == ("shipped", 2, "v4")
    assert state.prediction == {"impact_estimate": 0.02}
    assert state.shipped_at == LATER


def test_assigning_and_noting_leave_the_status():
    state = fold(PENDING, [move("assigned", assignee="bo"), move("noted", reason="asked legal")])
    assert (state.status, state.assignee, state.revision) == ("pending", "bo", 2)


def test_reopening_forgets_the_frozen_prediction():
    state = fold(PENDING, [move("accepted", prediction={"a": 1}), move("reopened")])
    assert (state.status, state.prediction, state.accepted_at) == ("pending", None, None)


@pytest.mark.parametrize(
    ("before", "verb"),
    [
        ([], "shipped"),
        ([], "reopened"),
        (["accepted"], "accepted"),
        (["accepted"], "expired"),
        (["rejected"], "accepted"),
        (["rejected"], "assigned"),
        (["expired"], "rejected"),
        (["accepted", "shipped"], "shipped"),
        (["accepted", "shipped"], "rejected"),
    ],
)
def test_illegal_moves_are_refused_and_say_the_state(before, verb):
    state = fold(PENDING, [move(each) for each in before])
    with pytest.raises(DecisionError, match=rf"can't be {verb}: it is {state.status}"):
        apply_move(state, move(verb, assignee="bo"))


def test_shipping_before_the_proposal_is_refused():
    accepted = apply_move(PENDING, move("accepted"))
    with pytest.raises(DecisionError, match="it was proposed at 2026-11-02"):
        apply_move(accepted, move("shipped", at=PROPOSED - timedelta(seconds=1)))


def test_a_time_without_zone_is_refused():
    with pytest.raises(DecisionError, match="has no zone"):
        apply_move(PENDING, move("accepted", at=LATER.replace(tzinfo=None)))


def test_assigning_to_nobody_is_refused():
    with pytest.raises(DecisionError, match="assigned to nobody"):
        apply_move(PENDING, move("assigned"))


def test_a_decision_on_an_older_state_is_refused():
    moved_on = apply_move(PENDING, move("noted"))
    require_seen(moved_on, 1)
    require_seen(moved_on, None)
    with pytest.raises(StaleDecisionError, match="you saw revision 0, it is at 1"):
        require_seen(moved_on, 0)
