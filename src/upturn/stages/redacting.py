"""Redacts a chunk before it is staged: all that people, assistants and tools wrote, and refused records."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa

    from upturn.formats.staged import StagedChunk
    from upturn.privacy.redactor import Redactor

__all__ = ["JSON_COLUMNS", "NOTES", "TEXT_COLUMNS", "redact_chunk"]

TEXT_COLUMNS: Final = {
    "conversations": ("persona",),
    "turns": ("content", "error_type"),
    "feedback": ("comment",),
    "rejected": ("reason",),
}
JSON_COLUMNS: Final = {
    "conversations": ("metadata",),
    "turns": ("parts", "tool_calls"),
    "rejected": ("record",),
}
"""Columns by table. What is in neither holds ids, which are identities and stay, or the words of a closed list."""

NOTES: Final = ("redacted_", "ids_like_email")
"""How the names of its notes begin."""


def redact_chunk(chunk: StagedChunk, redactor: Redactor) -> tuple[StagedChunk, dict[str, int]]:
    """Give the chunk without personal data, and the notes: `redacted_KIND` and `ids_like_email`, where not 0.

    Digests and keys are columns of their own, made of what the source said: a record is the same under any rules of
    redaction.
    """
    counts: Counter[str] = Counter()
    tables = {name: getattr(chunk, name) for name in ("conversations", "turns", "feedback", "rejected")}
    for name in tables:  # noqa: PLC0206  the table changes on the way
        for columns, redact in ((TEXT_COLUMNS, redactor.texts), (JSON_COLUMNS, redactor.json_texts)):
            for column in columns.get(name, ()):
                redacted, found = redact(tables[name].column(column))
                if found:
                    tables[name] = _replaced(tables[name], column, redacted)
                    counts += found
    notes = {f"redacted_{kind}": count for kind, count in counts.items()}
    if emails := _like_email(chunk.conversations.column("conversation_id")):
        notes["ids_like_email"] = emails
    return dataclasses.replace(chunk, **tables), notes


def _replaced(table: pa.Table, column: str, values: pa.ChunkedArray) -> pa.Table:
    place = table.schema.get_field_index(column)
    return table.set_column(place, table.schema.field(place), values)


def _like_email(ids: pa.ChunkedArray) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(pc.match_substring(ids, "@")).as_py() or 0)
