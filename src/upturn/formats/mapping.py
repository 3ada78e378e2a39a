"""The language of mappings: what a team writes in TOML so that its own records become conversations.

docs/guide/map-your-logs.md explains each key with an example; docs/reference/mapping.schema.json is made from here.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from upturn.formats.mapping_paths import compile_path
from upturn.formats.mapping_templates import compile_template

__all__ = ["FeedbackMapping", "FileLayout", "MappedField", "Mapping", "TurnsMapping", "mapping_schema"]

_UNITS: Final = ("s", "ms", "us", "ns")
_RANGE: Final = re.compile(r"\s*-?\d{1,9}\s*(?:-|–|\.\.|to)\s*-?\d{1,9}\s*")
Scalar = str | int | float | bool


def _is_path(path: str) -> str:
    compile_path(path)
    return path


def _is_template(text: str) -> str:
    compile_template(text)
    return text


def _is_time(form: str) -> str:
    if form == "iso" or form in _UNITS:
        return form
    if "%" not in form:
        raise ValueError('expected "iso", "s", "ms", "us", "ns" or a strptime form such as "%d.%m.%Y %H:%M"')
    try:
        datetime(2026, 11, 23).strftime(form)  # noqa: DTZ001
        datetime.strptime("", form)  # noqa: DTZ007
    except ValueError as error:
        if "bad directive" in str(error) or "stray %" in str(error) or "Invalid format" in str(error):
            raise ValueError("is no strptime form") from error
    return form


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("no such time zone; expected an IANA name such as Europe/Paris") from error
    return name


def _is_pattern(pattern: str) -> str:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        names = set(re2.compile(pattern, options=options).groupindex)
    except re2.error as error:
        raise ValueError("is no RE2 expression") from error
    if not names:
        raise ValueError("names no group: expected at least one such as (?P<role>User|Bot)")
    return pattern


JPath = Annotated[str, AfterValidator(_is_path)]
Template = Annotated[str, AfterValidator(_is_template)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MappedField(_Frozen):
    """Where a field comes from: a JMESPath as plain text, or a table that says more."""

    path: JPath | None = Field(None, description="JMESPath in the record, or in the turn or feedback it is about")
    value: Scalar | None = Field(None, description="The same for every record")
    text: Template | None = Field(
        None, description="Text with paths in braces; also {$line}, {$file}, {$digest}, {$turn}, {$number}"
    )
    of: Literal["item", "record"] = Field("item", description='"record": paths are in the whole record')
    nothing: tuple[Scalar, ...] = Field((), description="What the source writes where it has no value")
    values: dict[str, Scalar] | None = Field(None, description="What the source writes = what it means")
    unknown: Literal["refuse", "metadata", "default"] = Field(
        "refuse", description="What happens to a value that is not in `values`"
    )
    default: Scalar | None = Field(None, description="Where the source has no value")
    time: Annotated[str, AfterValidator(_is_time)] | None = Field(
        None, description='"iso", "s", "ms", "us", "ns", or a strptime form'
    )
    zone: Annotated[str, AfterValidator(_is_zone)] | None = Field(None, description="Zone of times without an offset")
    after: MappedField | None = Field(None, description="Time in the record from which on `time` counts")

    @model_validator(mode="before")
    @classmethod
    def _is_often_a_path(cls, given: Any) -> Any:
        return {"path": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _says_one_thing(self) -> MappedField:
        if sum(one is not None for one in (self.path, self.value, self.text)) != 1:
            raise ValueError("expected one of `path`, `value` and `text`")
        if self.unknown != "refuse" and self.values is None:
            raise ValueError("`unknown` says what happens beside `values`: there are none")
        if self.unknown == "default" and self.default is None:
            raise ValueError('`unknown = "default"` needs a `default`')
        if self.after is not None and self.time not in _UNITS:
            raise ValueError('`after` needs a `time` that counts: "s", "ms", "us" or "ns"')
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
        """Publish the short form too."""
        schema = handler(core_schema)
        return {"anyOf": [{"type": "string", "description": "A JMESPath"}, schema]}


def _word_or_field(known: tuple[str, ...]) -> BeforeValidator:
    def read(given: Any) -> Any:
        if isinstance(given, str):
            if known and given not in known:
                raise ValueError(f'expected {", ".join(known)}, or a table such as {{ path = "kind" }}')
            return {"value": given}
        return given

    return BeforeValidator(read, json_schema_input_type=Any)


def _is_scale(given: Any) -> Any:
    if isinstance(given, str):
        if given != "thumb" and not _RANGE.fullmatch(given):
            raise ValueError('expected a range such as "1-5", "5-1" where 1 is best, or "thumb"')
        return {"value": given}
    return given


class FeedbackMapping(_Frozen):
    """What people said about a conversation or a turn."""

    each: JPath = Field("@", description="The list with a piece of feedback an element; default: the record or turn")
    kind: Annotated[MappedField, _word_or_field(("rating", "thumb", "csat", "nps", "comment"))]
    scale: Annotated[MappedField, BeforeValidator(_is_scale)] | None = None
    author: Annotated[MappedField, _word_or_field(("user", "agent", "annotator"))] | None = None
    value: MappedField | None = None
    comment: MappedField | None = None
    feedback_id: MappedField | None = None
    turn_index: MappedField | None = Field(None, description="Turn it is about, from 0")
    channel: MappedField | None = None
    created_at: MappedField | None = None
    updated_at: MappedField | None = None


class TurnsMapping(_Frozen):
    """The turns of a conversation."""

    each: JPath = Field("@", description="The list with a turn an element; default: the record is one turn")
    head: Annotated[str, AfterValidator(_is_pattern)] | None = Field(
        None,
        description="`each` gives one text; a turn begins where this RE2 expression matches: groups are fields",
    )
    role: MappedField
    content: MappedField | None = None
    message_id: MappedField | None = None
    created_at: MappedField | None = None
    updated_at: MappedField | None = None
    latency_ms: MappedField | None = None
    error_type: MappedField | None = None
    input_tokens: MappedField | None = None
    output_tokens: MappedField | None = None
    parts: MappedField | None = Field(None, description="Typed parts beside a plain content")
    tool_calls: MappedField | None = Field(None, description="List of {id, name, arguments}")
    tool_call_id: MappedField | None = None
    name: MappedField | None = Field(None, description="Tool that a tool turn answers for")
    feedback: tuple[FeedbackMapping, ...] = ()

    @model_validator(mode="after")
    def _roles_are_known(self) -> TurnsMapping:
        if self.role.unknown == "metadata":
            raise ValueError('role: a turn needs one; `unknown` can be "refuse" or "default"')
        return self


class ConversationMapping(_Frozen):
    """The fields of a conversation."""

    conversation_id: MappedField
    assistant_id: MappedField | None = None
    assistant_version: MappedField | None = None
    config_version: MappedField | None = None
    channel: MappedField | None = None
    user_id: MappedField | None = None
    persona: MappedField | None = None
    origin: MappedField | None = None
    is_internal: MappedField | None = None
    started_at: MappedField | None = None
    ended_at: MappedField | None = None
    outcome: MappedField | None = None
    updated_at: MappedField | None = None
    metadata: dict[str, MappedField] = Field({}, description="Other fields to keep, by the names they get")

    @model_validator(mode="after")
    def _keeps_users_apart(self) -> ConversationMapping:
        user = self.user_id.path if self.user_id else None
        if user and (twice := [name for name, one in self.metadata.items() if one.path == user]):
            raise ValueError(f"metadata.{twice[0]} is the user's id, which is stored as a pseudonym only: leave it out")
        return self


class FileLayout(_Frozen):
    """How raw records lie in a file that is no JSON and no table with a header."""

    layout: Literal["json", "lines", "blocks", "table"] | None = Field(
        None,
        description="json; lines: a record a line; blocks: a record is the lines up to a blank one, as `rows`; "
        "table: CSV or Parquet. Default: table by the endings .csv, .tsv, .parquet, else json",
    )
    delimiter: Annotated[str, Field(min_length=1, max_length=4)] | None = None
    columns: tuple[Annotated[str, Field(min_length=1)], ...] = Field((), description="Names of the fields, in order")
    quote: Annotated[str, Field(max_length=1)] | None = Field(None, description='Of a table; "" for none')

    @model_validator(mode="after")
    def _names_columns(self) -> FileLayout:
        if self.layout in ("lines", "blocks") and not (self.columns and self.delimiter):
            raise ValueError(f'layout "{self.layout}" needs `columns` and a `delimiter`')
        if self.layout == "json" and (self.columns or self.delimiter or self.quote):
            raise ValueError('layout "json" has no columns, delimiter or quote')
        return self


class Mapping(_Frozen):
    """How records of one kind become conversations."""

    model_config = ConfigDict(title="upturn mapping")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")] = "mapping"
    file: FileLayout = FileLayout()
    records: JPath = Field("@", description="Conversations within a raw record: a list, or the record itself")
    conversation: ConversationMapping
    turns: TurnsMapping | None = None
    feedback: tuple[FeedbackMapping, ...] = ()


def mapping_schema() -> dict[str, Any]:
    """Give the JSON Schema of a mapping, as published in `docs/reference/mapping.schema.json`."""
    schema = Mapping.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
