"""Payloads (`data`) of the events, one frozen model per type: the contract between writers and projections.

Writers that work in SQL are tested to produce exactly these fields. Times are ISO 8601 with an offset.
"""

from __future__ import annotations

from upturn.domain.payloads.base import Payload
from upturn.domain.payloads.decisions import Decision, EffectMeasured, ListPublished, SuggestionProposed
from upturn.domain.payloads.facts import (
    ConversationEnded,
    ConversationStarted,
    FeedbackReceived,
    ReleaseMarked,
    TurnLogged,
)
from upturn.domain.payloads.findings import (
    AlertRaised,
    ClusterFitted,
    FailureModelFitted,
    ResponseJudged,
    SampleDrawn,
    TopicModelFitted,
)
from upturn.domain.payloads.operations import BatchValidated, RecordQuarantined, StageCompleted

__all__ = [
    "PAYLOADS",
    "AlertRaised",
    "BatchValidated",
    "ClusterFitted",
    "ConversationEnded",
    "ConversationStarted",
    "Decision",
    "EffectMeasured",
    "FailureModelFitted",
    "FeedbackReceived",
    "ListPublished",
    "Payload",
    "RecordQuarantined",
    "ReleaseMarked",
    "ResponseJudged",
    "SampleDrawn",
    "StageCompleted",
    "SuggestionProposed",
    "TopicModelFitted",
    "TurnLogged",
]

PAYLOADS: dict[str, type[Payload]] = {
    "conversation.started": ConversationStarted,
    "turn.logged": TurnLogged,
    "conversation.ended": ConversationEnded,
    "feedback.received": FeedbackReceived,
    "record.quarantined": RecordQuarantined,
    "stage.completed": StageCompleted,
    "batch.validated": BatchValidated,
    "sample.drawn": SampleDrawn,
    "response.judged": ResponseJudged,
    "topic_model.fitted": TopicModelFitted,
    "failure_model.fitted": FailureModelFitted,
    "cluster.fitted": ClusterFitted,
    "suggestion.proposed": SuggestionProposed,
    "suggestion.accepted": Decision,
    "suggestion.rejected": Decision,
    "suggestion.deferred": Decision,
    "suggestion.assigned": Decision,
    "suggestion.noted": Decision,
    "suggestion.shipped": Decision,
    "suggestion.reopened": Decision,
    "suggestion.expired": Decision,
    "list.published": ListPublished,
    "effect.measured": EffectMeasured,
    "alert.raised": AlertRaised,
    "release.marked": ReleaseMarked,
}
"""Model of each type's newest payload version."""
