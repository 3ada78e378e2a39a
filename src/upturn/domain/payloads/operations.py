"""How the pipeline itself fared."""

from __future__ import annotations

from datetime import date
from typing import Any

from upturn.domain.payloads.base import Count, Payload

__all__ = ["BatchValidated", "RecordQuarantined", "StageCompleted"]


class RecordQuarantined(Payload):
    """A record that was refused, whole. Native ids: file, line; revision: digest of record and rule."""

    source_name: str
    file: str
    line: int | None
    reason: str
    rule: str
    conversation_id: str | None
    turn_count: int | None
    record: str | None


class StageCompleted(Payload):
    """A stage changed something for a day, or ran for the first time for it."""

    stage: str
    day: date
    read: Count
    appended: Count
    skipped: Count
    quarantined: Count
    notes: dict[str, Any]


class BatchValidated(Payload):
    """What Great Expectations said of one batch."""

    batch: str
    day: date
    results: list[dict[str, Any]]
    """Each: suite, expectation, is_success, evaluated_count, unexpected_count, observed."""
