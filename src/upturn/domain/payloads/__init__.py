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
    SampleStratum,
    TopicModelFitted,
    VersionCompared,
)
from upturn.domain.payloads.labels import LabelGiven, LabelRequested
from upturn.domain.payloads.operations import (
    BatchValidated,
    RecordQuarantined,
    RetentionApplied,
    StageCompleted,
    SubjectErased,
    SubjectErasing,
)

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
    "LabelGiven",
    "LabelRequested",
    "ListPublished",
    "Payload",
    "RecordQuarantined",
    "ReleaseMarked",
    "ResponseJudged",
    "RetentionApplied",
    "SampleDrawn",
    "SampleStratum",
    "StageCompleted",
    "SubjectErased",
    "SubjectErasing",
    "SuggestionProposed",
    "TopicModelFitted",
    "TurnLogged",
    "VersionCompared",
]

PAYLOADS: dict[str, type[Payload]] = {
    "conversation.started": ConversationStarted,
    "turn.logged": TurnLogged,
    "conversation.ended": ConversationEnded,
    "feedback.received": FeedbackReceived,
    "label.requested": LabelRequested,
    "label.given": LabelGiven,
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
    "version.compared": VersionCompared,
    "alert.raised": AlertRaised,
    "release.marked": ReleaseMarked,
    "retention.applied": RetentionApplied,
    "subject.erasing": SubjectErasing,
    "subject.erased": SubjectErased,
}
"""Model of each type's newest payload version."""
