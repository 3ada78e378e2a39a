"""Event envelope and identity: CloudEvents 1.0 columns, type names as literals, ids as uuid5.

A type name never changes its meaning. A changed payload is a new `version` in `dataschema` and an
upcaster in `upturn.log.upcast`; events already written are never edited.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel

__all__ = [
    "EVENT_COLUMNS",
    "EVENT_NAMESPACE",
    "FACT_TYPES",
    "FORGETTING_TYPES",
    "EventType",
    "NewEvent",
    "dataschema",
    "event_id",
]

EventType = Literal[
    "conversation.started",
    "turn.logged",
    "conversation.ended",
    "feedback.received",
    "label.requested",
    "label.given",
    "release.marked",
    "record.quarantined",
    "stage.completed",
    "batch.validated",
    "sample.drawn",
    "response.judged",
    "topic_model.fitted",
    "failure_model.fitted",
    "cluster.fitted",
    "suggestion.proposed",
    "suggestion.accepted",
    "suggestion.rejected",
    "suggestion.deferred",
    "suggestion.assigned",
    "suggestion.noted",
    "suggestion.shipped",
    "suggestion.reopened",
    "suggestion.expired",
    "list.published",
    "effect.measured",
    "version.compared",
    "test.executed",
    "alert.raised",
    "retention.applied",
    "subject.erasing",
    "subject.erased",
]

FACT_TYPES: Final[frozenset[str]] = frozenset(
    {"conversation.started", "turn.logged", "conversation.ended", "feedback.received"}
)
"""Types that come from sources: the same id with other data is a conflict and is quarantined. For every
other type the first written wins."""

FORGETTING_TYPES: Final[frozenset[str]] = frozenset({"retention.applied", "subject.erased"})
"""Types that are written in the commit which takes other events out of the log: tables made before are void."""

EVENT_COLUMNS: Final[tuple[str, ...]] = (
    "id",
    "source",
    "type",
    "subject",
    "time",
    "recordedtime",
    "dataschema",
    "data",
    "log_version",
    "event_date",
)

EVENT_NAMESPACE: Final = uuid.UUID("6f1d7f0e-5a0b-5d1e-9c57-0b7a0c6a9d11")
"""Namespace of every event id. Never change it: it is part of the identity of all history."""

_SEPARATOR: Final = "\x1f"


def event_id(event_type: str, source: str, *native_ids: str, revision: str) -> str:
    r"""Give the id of an event: uuid5 over type (without version), source, native ids and revision.

    The parts are joined by U+001F, so no part may hold it. `sql/functions/event_id.sql` is the same rule
    in SQL; a test holds them together.

    >>> event_id("turn.logged", "chat", "c1", "m1", revision="r1")
    '2a371008-f61b-5192-9a57-fd8f7723dff1'
    """
    return str(uuid.uuid5(EVENT_NAMESPACE, _SEPARATOR.join((event_type, source, *native_ids, revision))))


def dataschema(event_type: str, version: int = 1) -> str:
    """Give the name of a payload's schema.

    >>> dataschema("turn.logged")
    'urn:upturn:turn.logged:1'
    """
    return f"urn:upturn:{event_type}:{version}"


@dataclass(frozen=True)
class NewEvent:
    """An event made in Python, before the log has given it a version. Time and ids are the maker's arguments."""

    type: EventType
    source: str
    native_ids: tuple[str, ...]
    revision: str
    subject: str
    time: datetime
    payload: BaseModel
    version: int = 1

    @property
    def id(self) -> str:
        """The event's id, by `event_id`."""
        return event_id(self.type, self.source, *self.native_ids, revision=self.revision)
