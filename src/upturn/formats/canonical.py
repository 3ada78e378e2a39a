"""The canonical record as models: what every format becomes, and what the published JSON Schema is made from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from upturn.formats.scales import canonical_scale, canonical_value
from upturn.formats.values import Amount, Content, Flag, Identifier, Moment, Rating, Text, Whole, kind_of

__all__ = ["CanonicalRecord", "Feedback", "ToolCall", "Turn", "json_schema"]


def _no_null(value: Any) -> Any:
    return [] if value is None else value


class ToolCall(BaseModel):
    """A tool that an assistant turn called. It is kept as given, other fields too."""

    model_config = ConfigDict(extra="allow")

    id: Text | None = None
    name: Text
    arguments: Any = None
    """Object, or text where the model wrote no valid JSON."""


class Turn(BaseModel):
    """One message of a conversation."""

    model_config = ConfigDict(extra="ignore")

    message_id: Identifier | None = Field(None, description="Id in the source; without one, a digest stands for it")
    role: Literal["user", "assistant", "system", "tool", "agent"] = Field(description="agent: a human who took over")
    content: Content | None = Field(
        None, description='Text, or typed parts: [{"type": "text", "text": "…"}, {"type": "image_url", …}]'
    )
    parts: list[dict[str, Any]] | None = Field(None, description="Typed parts beside a plain `content`")
    created_at: Moment | None = Field(None, description="ISO 8601 with an offset, or Unix seconds or milliseconds")
    latency_ms: Amount | None = Field(None, description="Time to this response in milliseconds")
    error_type: Text | None = Field(None, description="Error of this turn")
    input_tokens: Whole | None = None
    output_tokens: Whole | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: Text | None = Field(None, description="Call that a tool turn answers")
    name: Text | None = Field(None, description="Tool that a tool turn answers for; also read as `tool_name`")
    tool_name: Text | None = Field(None, description="The same as `name`")
    updated_at: Moment | None = Field(None, description="Revision time in the source")


class Feedback(BaseModel):
    """What a person volunteered about a conversation or a turn of it."""

    model_config = ConfigDict(extra="ignore")

    feedback_id: Identifier | None = None
    kind: Literal["rating", "thumb", "csat", "nps", "comment"]
    value: Rating | None = Field(None, description="A number on the scale; up or down on the thumb's")
    scale: Text | None = Field(None, description='"1-5", "0-10", any "low-high", or "thumb"')
    comment: Text | None = None
    author: Literal["user", "agent", "annotator"] = "user"
    turn_index: Whole | None = Field(None, description="Turn it is about, from 0; null: the whole conversation")
    channel: Text | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None

    @model_validator(mode="after")
    def _is_on_its_scale(self) -> Feedback:
        if self.value is None:
            if self.comment is None:
                raise ValueError("holds neither a value nor a comment")
            self.scale = None
            return self
        try:
            self.scale = canonical_scale(self.scale, self.kind)
        except ValueError as error:
            raise ValueError(f"its scale {error}") from error
        if self.scale is None:
            raise ValueError('has a value without a scale: give one such as "1-5"')
        try:
            self.value = canonical_value(self.value, self.scale)
        except ValueError as error:
            raise ValueError(f"its value {error}") from error
        return self


class CanonicalRecord(BaseModel):
    """One conversation, a piece of one, or feedback on one told elsewhere. Other fields are kept in `metadata`."""

    model_config = ConfigDict(extra="allow", title="upturn record")

    conversation_id: Identifier
    assistant_id: Identifier | None = None
    assistant_version: Text | None = None
    config_version: Text | None = Field(None, description="Version of prompt, knowledge base or configuration")
    channel: Identifier | None = Field(None, description="Such as web, phone, email")
    user_id: Identifier | None = Field(None, description="Stored as a keyed digest only")
    persona: Text | None = Field(None, description="Kind of user")
    origin: Literal["production", "test"] | None = None
    is_internal: Flag | None = Field(None, description="Whether staff or a bot held it")
    started_at: Moment | None = Field(None, description="Without it, the first turn's time")
    ended_at: Moment | None = Field(None, description="Null: not known to be over")
    outcome: Literal["resolved", "escalated", "abandoned", "unresolved"] | None = None
    updated_at: Moment | None = Field(None, description="Revision time in the source")
    metadata: dict[str, Any] | None = None
    turns: Annotated[list[Turn], BeforeValidator(_no_null)] = []
    feedback: Annotated[list[Feedback], BeforeValidator(_no_null)] = []

    @model_validator(mode="before")
    @classmethod
    def _is_an_object(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            raise ValueError(f"a record must be a JSON object, got {kind_of(data)}")  # noqa: TRY004
        return data

    @model_validator(mode="after")
    def _has_a_time(self) -> CanonicalRecord:
        times = [turn.created_at for turn in self.turns if turn.created_at is not None]
        if self.started_at is None and self.turns and self.turns[0].created_at is None:
            raise ValueError("no time: give `started_at`, or `created_at` of the first turn")
        is_over = self.outcome is not None or self.ended_at is not None
        if self.started_at is None and not self.turns and not self.feedback and not is_over:
            raise ValueError("neither turns nor feedback nor `started_at`, `ended_at` or `outcome`: nothing to keep")
        known = self.ended_at or self.started_at or next(iter(times), None)
        for place, piece in enumerate(self.feedback):
            if piece.created_at is None and known is None:
                raise ValueError(f"feedback[{place}] has no `created_at`, and the record holds no other time")
            if self.turns and piece.turn_index is not None and piece.turn_index >= len(self.turns):
                raise ValueError(f"feedback[{place}].turn_index is beyond the record's {len(self.turns)} turns")
        return self


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of a canonical record, as published in `docs/reference/upturn-format.schema.json`."""
    schema = CanonicalRecord.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
