"""Which chain a response of OpenAI's belongs to: the first response that `previous_response_id` leads back to.

Source: OpenAI API reference, Responses: `previous_response_id`, which can't stand beside `conversation`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import orjson

__all__ = ["ResponseChains"]

_CHAINED: Final = re.compile(rb'"previous_response_id"\s*:\s*"')


class ResponseChains:
    """Follows the responses of one file, earlier ones first; holds the ids of those that continue another."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def __call__(self, texts: Sequence[bytes]) -> list[str | None]:
        """Give the id of the first response of each one's chain; None: it continues none.

        Where the file does not hold the one before, a chain begins at the id it names.
        """
        return [self._of(text) if _CHAINED.search(text) else None for text in texts]

    def _of(self, text: bytes) -> str | None:
        try:
            record = orjson.loads(text)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(record, dict):
            return None
        answer: Any = record.get("response") if "request" in record else record
        asked: Any = record.get("request")
        named = [one.get("previous_response_id") for one in (answer, asked) if isinstance(one, dict)]
        before = next((one for one in named if isinstance(one, str) and one), None)
        if before is None:
            return None
        first = self._first.get(before, before)
        if isinstance(answer, dict) and isinstance(answer.get("id"), str):
            self._first[answer["id"]] = first
        return first
