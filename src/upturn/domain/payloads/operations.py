"""How the pipeline itself fared."""

from __future__ import annotations

from datetime import date
from typing import Any

from upturn.domain.payloads.base import Count, Payload

__all__ = [
    "BatchValidated",
    "RecordQuarantined",
    "RetentionApplied",
    "StageCompleted",
    "SubjectErased",
    "SubjectErasing",
]


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


class SubjectErasing(Payload):
    """Somebody asked that a person or a conversation be erased: from here on it will be. Native id: erasure_id."""

    erasure_id: str
    tombstones: list[str]
    """Keyed digests of the user id, its pseudonyms and the conversation ids: what a later ingest drops."""


class SubjectErased(Payload):
    """What was asked for was taken out of the log, in the commit that holds this event. Native id: erasure_ids."""

    erasure_ids: list[str]
    """The requests that this fulfils; none where an ingest that ran meanwhile had brought something back."""
    conversations: Count
    removed: dict[str, Count]
    """Events by type that were about the person only."""
    rewritten: dict[str, Count]
    """Events by type that were about many, and stay without the person."""
    citations_removed: Count
    """Members, assignments, pieces of evidence and drawn responses that left the rewritten events."""
    tombstones: list[str]


class RetentionApplied(Payload):
    """What was older than the home keeps it was taken out of the log, in the commit that holds this event."""

    day: date
    kept_from: dict[str, date]
    """kind -> first day that is kept."""
    conversations: Count
    removed: dict[str, Count]
    rewritten: dict[str, Count]
    citations_removed: Count
