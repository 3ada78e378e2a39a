"""Judges the conversations that changed: which failed, by which signals, and where."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from upturn.domain.events import NewEvent
from upturn.domain.payloads import FailureModelFitted
from upturn.failures.detection import detect_failures
from upturn.failures.model import FIXED_MODEL, FailureModel
from upturn.stages.recording import record
from upturn.stages.stage import StageCounts

if TYPE_CHECKING:
    from datetime import date

    from upturn.stages.stage import StageContext

__all__ = ["detect"]

_MODEL_EPOCH: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""Time of the event of a fixed model: it was not fitted on any day."""


def detect(context: StageContext, day: date) -> StageCounts:  # noqa: ARG001  (a projection: the same on every day)
    """Bring failures and signals up to date; record the model in force, once per version."""
    threshold = context.settings.thresholds.failure_probability
    with context.warehouse.connect() as connection:
        recorded = record(context, [model_event(FIXED_MODEL, threshold)])
        counts = detect_failures(connection, context.settings.thresholds)
    return StageCounts(
        read=counts.judged,
        appended=recorded.appended,
        skipped=recorded.skipped,
        notes={"failures": counts.failures, "removed": counts.removed, "model": FIXED_MODEL.version},
    )


def model_event(model: FailureModel, threshold: float) -> NewEvent:
    """Give the event that says which weights and threshold are in force."""
    payload = FailureModelFitted(
        model_version=model.version, weights=model.by_signal, intercept=model.intercept, threshold=threshold
    )
    return NewEvent(
        type="failure_model.fitted",
        source="upturn",
        native_ids=(model.version,),
        revision=f"{threshold:.6f}",
        subject=model.version,
        time=_MODEL_EPOCH,
        payload=payload,
    )
