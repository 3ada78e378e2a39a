"""Rows with canonical column names, one a turn: CSV, TSV and Parquet files, or JSON lines of such rows.

Source: the fields of `upturn.formats.canonical`; feedback stands in columns that begin with `feedback_`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

from upturn.formats.canonical import CanonicalRecord, Feedback, Turn
from upturn.formats.registry import RefusedRecordError, SkippedRecord, log_format

__all__ = ["table"]

Record = dict[str, Any]

_TURN: Final = frozenset(Turn.model_fields)
_CONVERSATION: Final = frozenset(CanonicalRecord.model_fields) - {"turns", "feedback", "metadata", "updated_at"}
_FEEDBACK: Final = {f"feedback_{name.removeprefix('feedback_')}": name for name in Feedback.model_fields}
_JSON: Final = ("tool_calls", "parts", "metadata")
"""Columns that may hold JSON as text."""
_PARTS_OF_RECORDS: Final = ("turns", "messages", "conversations", "feedback")


def _is_row(record: Record) -> bool:
    return {"conversation_id", "role"} <= record.keys() and not any(
        isinstance(record.get(name), (list, dict)) for name in _PARTS_OF_RECORDS
    )


@log_format("table", description="one turn a row, under canonical column names: CSV, TSV, Parquet", sniff=_is_row)
def table(record: Record) -> Iterator[Record]:
    """Give the turn, the feedback or both that a row holds; other columns are kept in `metadata`.

    A row without a role that holds feedback is feedback alone; one with neither is skipped.
    """
    row = {name: _value(name, value) for name, value in record.items() if value is not None}
    turn = {name: value for name, value in row.items() if name in _TURN}
    said = {_FEEDBACK[name]: value for name, value in row.items() if name in _FEEDBACK}
    canonical = {name: value for name, value in row.items() if name in _CONVERSATION}
    others = {
        name: value
        for name, value in row.items()
        if name not in _TURN and name not in _FEEDBACK and name not in _CONVERSATION and name != "metadata"
    }
    metadata = row.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise RefusedRecordError("metadata: expected a JSON object")
    if kept := {**(metadata or {}), **others}:
        canonical["metadata"] = kept
    if "role" in row:
        canonical["turns"] = [turn]
        if said:
            said.setdefault("turn_index", 0)
    elif said:
        canonical["turns"] = []
        said.setdefault("created_at", row.get("created_at"))
    else:
        raise SkippedRecord("a row without a role and without feedback")
    if said:
        canonical["feedback"] = [said]
    yield canonical


def _value(name: str, value: Any) -> Any:
    if name not in _JSON or not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise RefusedRecordError(f"{name}: expected JSON") from error
