"""Writes staged batches row by row, for tests of what comes after parsing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from upturn.formats.staged import staged_schemas

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


@dataclass
class Staged:
    """Rows to be staged; what a test does not say is a good value."""

    conversations: list[dict[str, Any]] = field(default_factory=list)
    turns: list[dict[str, Any]] = field(default_factory=list)
    feedback: list[dict[str, Any]] = field(default_factory=list)

    def record(
        self,
        line: int,
        *,
        conversation: dict[str, Any] | None = None,
        turn: dict[str, Any] | None = None,
        feedback: dict[str, Any] | None = None,
    ) -> None:
        """Add a record of one line: a question, its answer (changed by `turn`) and a rating (by `feedback`)."""
        place = {"source_name": "chat", "file": "chat-2026-11-03.jsonl", "line": line}
        mine = {**place, "record_digest": f"d{line}", "conversation_id": f"c{line}"}
        self.conversations.append(
            mine
            | {
                "assistant_id": "shop",
                "assistant_version": "1",
                "channel": "web",
                "user_key": f"u{line}",
                "origin": "production",
                "is_internal": False,
                "started_at": NOON,
                "ended_at": NOON + timedelta(minutes=2),
                "outcome": "resolved",
                "turn_count": 2,
                "is_feedback_only": False,
            }
            | (conversation or {})
        )
        asked = {"turn_key": f"t{line}-0", "position": 0, "role": "user", "content": "where is it", "occurred_at": NOON}
        answered = {
            "turn_key": f"t{line}-1",
            "position": 1,
            "role": "assistant",
            "content": "on its way",
            "occurred_at": NOON + timedelta(seconds=2),
            "latency_ms": 2000.0,
        }
        self.turns += [mine | asked, mine | answered | (turn or {})]
        rated = {
            "feedback_key": f"f{line}",
            "kind": "rating",
            "value": "4",
            "scale": "1-5",
            "score": 0.75,
            "author": "user",
            "received_at": NOON + timedelta(minutes=3),
        }
        self.feedback.append(mine | rated | (feedback or {}))

    def write(self, folder: Path, number: int = 0) -> Path:
        """Write the rows as one chunk."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("conversations", "turns", "feedback"):
            table = pa.Table.from_pylist(getattr(self, name), schema=staged_schemas()[name])
            pq.write_table(table, folder / f"{name}-{number:05d}.parquet")
        pq.write_table(staged_schemas()["rejected"].empty_table(), folder / f"rejected-{number:05d}.parquet")
        return folder
