"""Staged batches written by hand, for tests of what comes after parsing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from upturn.formats.staged import staged_schemas
from upturn.stages.staged_day import VALIDATED

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def conversation(line: int, **fields: Any) -> dict[str, Any]:
    """A staged conversation of line `line`, id `c<line>`."""
    return {
        "source_name": "chat",
        "file": "chat.jsonl",
        "line": line,
        "record_digest": f"digest of c{line}",
        "conversation_id": f"c{line}",
        "assistant_id": "shop",
        "channel": "web",
        "origin": "production",
        "is_internal": False,
        "started_at": NOON,
        "turn_count": 2,
        "is_feedback_only": False,
        **fields,
    }


def turn(line: int, position: int, **fields: Any) -> dict[str, Any]:
    """A staged turn at `position` of conversation `c<line>`."""
    return {
        "source_name": "chat",
        "file": "chat.jsonl",
        "line": line,
        "record_digest": f"digest of c{line} t{position}",
        "conversation_id": f"c{line}",
        "turn_key": f"t{position}",
        "position": position,
        "role": "assistant" if position % 2 else "user",
        "content": f"text {position}",
        "occurred_at": NOON,
        **fields,
    }


def feedback(line: int, **fields: Any) -> dict[str, Any]:
    """A staged rating of conversation `c<line>`."""
    return {
        "source_name": "chat",
        "file": "chat.jsonl",
        "line": line,
        "record_digest": f"digest of c{line} rating",
        "conversation_id": f"c{line}",
        "feedback_key": "f1",
        "kind": "rating",
        "value": "4",
        "scale": "1-5",
        "score": 0.75,
        "author": "user",
        "received_at": NOON,
        **fields,
    }


def refusal(line: int | None, **fields: Any) -> dict[str, Any]:
    """A refused record of line `line`."""
    return {
        "source_name": "chat",
        "file": "chat.jsonl",
        "line": line,
        "reason": "no valid JSON",
        "rule": "json",
        "turn_count": 2,
        "record": f"raw {line}",
        **fields,
    }


def stage(folder: Path, number: int = 0, **tables: list[dict[str, Any]]) -> Path:
    """Write chunk `number` of a batch, as if the checks had passed it: each table's rows, missing fields NULL."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / VALIDATED).touch()
    for name, rows in tables.items():
        schema = staged_schemas()["rejected" if name == "refused" else name]
        unknown = {field for row in rows for field in row} - set(schema.names)
        assert not unknown, unknown
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / f"{name}-{number:05d}.parquet")
    return folder
