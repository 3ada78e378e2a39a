"""The canonical format itself: one conversation, a piece of one, or feedback that arrives later, per record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from upturn.formats.registry import log_format

__all__ = ["upturn"]


_OUTCOMES = ("resolved", "escalated", "abandoned", "unresolved")


def _looks_canonical(record: dict[str, Any]) -> bool:
    """Whether there are turns with roles, or feedback on a named conversation, or its outcome."""
    if "conversation_id" not in record or "messages" in record:
        return False
    if isinstance(record.get("turns"), list) or isinstance(record.get("feedback"), list):
        return True
    return "role" not in record and record.get("outcome") in _OUTCOMES


@log_format(
    "upturn",
    description="canonical records: `conversation_id` with `turns`, with `feedback`, or both",
    sniff=_looks_canonical,
    is_canonical=True,
)
def upturn(record: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """Give the record as it is."""
    return (record,)
