"""The typed tables between a file and the log: what every format ends as, and what is staged as Parquet.

One record of a file (one line, or one element of a JSON array) is the unit: it becomes one row of
`CONVERSATIONS` with its `TURNS` and `FEEDBACK`, or one row of `REJECTED`, or is skipped; never a part of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["StagedChunk", "staged_schemas"]


@dataclass(frozen=True)
class StagedChunk:
    """Some records of one file, typed. Tables follow `staged_schemas()`."""

    conversations: pa.Table
    turns: pa.Table
    feedback: pa.Table
    rejected: pa.Table
    skipped: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Records by file and reason that were understood and hold no message of any conversation."""


@cache
def staged_schemas() -> dict[str, pa.Schema]:
    """Give the Arrow schema of each table of a `StagedChunk`, by name.

    Every table has `source_name, file, line` (1-based line or array element). `record_digest` is the keyed
    digest of the canonical raw part (the conversation's own fields, the turn, the feedback). Times are UTC
    microseconds. JSON columns are text.
    """
    import pyarrow as pa

    text, number, whole, flag = pa.string(), pa.float64(), pa.int64(), pa.bool_()
    moment = pa.timestamp("us", "UTC")
    place = [("source_name", text), ("file", text), ("line", whole)]
    return {
        "conversations": pa.schema(
            [
                *place,
                ("record_digest", text),  # without a start that was only taken from the first turn
                ("conversation_id", text),
                ("assistant_id", text),
                ("assistant_version", text),
                ("config_version", text),
                ("channel", text),
                ("user_key", text),  # keyed digest, never the id itself
                ("origin", text),  # production | test | NULL
                ("is_internal", flag),
                ("persona", text),
                ("started_at", moment),
                ("ended_at", moment),  # NULL: not known to be over
                ("outcome", text),  # resolved | escalated | abandoned | unresolved | NULL
                ("metadata", text),  # JSON object
                ("updated_at", moment),
                ("turn_count", whole),
                ("is_feedback_only", flag),  # no conversation.started is made of it
            ]
        ),
        "turns": pa.schema(
            [
                *place,
                ("record_digest", text),
                ("conversation_id", text),
                ("turn_key", text),  # native message id, else digest of role + time + content + ordinal
                ("position", whole),  # 0-based place in the record
                ("role", text),  # user | assistant | system | tool | agent
                ("content", text),  # NULL or '': nothing was said
                ("parts", text),  # JSON array of typed parts or NULL
                ("occurred_at", moment),
                ("latency_ms", number),
                ("error_type", text),
                ("input_tokens", whole),
                ("output_tokens", whole),
                ("tool_calls", text),  # JSON array [{id, name, arguments}] or NULL
                ("tool_call_id", text),
                ("tool_name", text),
                ("updated_at", moment),
            ]
        ),
        "feedback": pa.schema(
            [
                *place,
                ("record_digest", text),
                ("conversation_id", text),
                ("feedback_key", text),
                ("turn_index", whole),  # place in the record; NULL: the whole conversation
                ("turn_key", text),  # the same turn, where it is in the record
                ("kind", text),  # rating | thumb | csat | nps | comment
                ("channel", text),
                ("value", text),
                ("scale", text),  # "1-5", "0-10", "thumb", NULL for a comment
                ("score", number),  # 0..1, NULL for a comment
                ("comment", text),
                ("author", text),  # user | agent | annotator
                ("received_at", moment),
                ("updated_at", moment),
            ]
        ),
        "rejected": pa.schema(
            [
                *place,
                ("reason", text),  # one line, quotes no customer text
                ("rule", text),  # the parser or the expectation that refused it
                ("conversation_id", text),
                ("turn_count", whole),  # turns it held as far as can be seen, else NULL
                ("record_digest", text),  # keyed digest of the record before redaction; NULL: no record
                ("record", text),  # the raw record, redacted, user id replaced by its keyed digest
            ]
        ),
    }
