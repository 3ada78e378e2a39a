"""What sources said."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from upturn.domain.payloads.base import Count, Payload, Share

__all__ = ["ConversationEnded", "ConversationStarted", "FeedbackReceived", "ReleaseMarked", "TurnLogged"]


class ConversationStarted(Payload):
    """What a record says of a conversation's own fields; None: it leaves one out. Native id: conversation_id."""

    conversation_id: str
    assistant_id: str
    assistant_version: str | None
    config_version: str | None
    channel: str
    user_key: str | None
    origin: Literal["production", "test"] | None
    is_internal: bool | None
    persona: str | None
    started_at: datetime
    metadata: dict[str, Any] | None
    updated_at: datetime | None
    record_digest: str


class TurnLogged(Payload):
    """One turn. Native ids: conversation_id, turn_key. `position` is no part of its identity or its digest."""

    conversation_id: str
    turn_key: str
    position: Count
    role: Literal["user", "assistant", "system", "tool", "agent"]
    content: str | None
    parts: list[Any] | None
    occurred_at: datetime
    latency_ms: float | None
    error_type: str | None
    input_tokens: int | None
    output_tokens: int | None
    tool_calls: list[Any] | None
    tool_call_id: str | None
    tool_name: str | None
    updated_at: datetime | None
    record_digest: str


class ConversationEnded(Payload):
    """The source said that it is over, or how it ended. Native id: conversation_id."""

    conversation_id: str
    ended_at: datetime | None
    outcome: Literal["resolved", "escalated", "abandoned", "unresolved"] | None
    updated_at: datetime | None
    record_digest: str


class FeedbackReceived(Payload):
    """Volunteered feedback. Native ids: conversation_id, feedback_key."""

    feedback_id: str
    conversation_id: str
    turn_index: int | None
    turn_key: str | None = None
    """The turn, where it came in the same record: what counts then, since `turn_index` is a place in that record."""
    kind: str
    channel: str | None
    value: str | None
    scale: str | None
    score: Share | None
    comment: str | None
    author: Literal["user", "agent", "annotator"]
    received_at: datetime
    updated_at: datetime | None
    record_digest: str


class ReleaseMarked(Payload):
    """A prompt, knowledge base, model or code changed. Native ids: assistant_id, kind; revision: released_at."""

    assistant_id: str
    assistant_version: str | None
    kind: Literal["prompt", "knowledge_base", "model", "code"]
    released_at: datetime
    note: str | None
