"""The canonical format itself: one conversation, or feedback that arrives later, per record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from upturn.formats.registry import log_format

__all__ = ["upturn"]


def _looks_canonical(record: dict[str, Any]) -> bool:
    """Whether there are turns with roles, or feedback on a named conversation."""
    if "conversation_id" not in record or "messages" in record:
        return False
    return isinstance(record.get("turns"), list) or isinstance(record.get("feedback"), list)


@log_format(
    "upturn",
    description="canonical records: `conversation_id` with `turns`, with `feedback`, or both",
    sniff=_looks_canonical,
    is_canonical=True,
)
def upturn(record: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """Give the record as it is."""
    return (record,)
