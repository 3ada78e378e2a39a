"""Which session of its sender an event of Rasa's broker belongs to: the one that started last before it in the file.

Source: Rasa's documentation of event brokers and of `session_started`; no event names its session.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import orjson

from upturn.formats.raw_fields import text_of

__all__ = ["BrokerSessions", "session_name"]

_SPOKEN: Final = frozenset({"user", "bot", "agent"})


def session_name(started: dict[str, Any]) -> str | None:
    """Give the second at which a session started, as text; None where `session_started` has no time.

    >>> session_name({"event": "session_started", "timestamp": 1793610000.4})
    '1793610000'
    """
    at = started.get("timestamp")
    return None if isinstance(at, bool) or not isinstance(at, (int, float)) else format(at, ".0f")


class BrokerSessions:
    """Follows the events of one file; holds a digest and a second per sender."""

    def __init__(self) -> None:
        self._session: dict[bytes, str] = {}
        self._silent: set[bytes] = set()
        """Senders in whose session nobody has spoken yet: a further start does not end it."""

    def __call__(self, texts: Sequence[bytes]) -> list[str | None]:
        """Give the name of each event's session; None: it started before the file, or the record is no event."""
        return [self._of(text) for text in texts]

    def _of(self, text: bytes) -> str | None:
        try:
            event = orjson.loads(text)
        except orjson.JSONDecodeError:
            return None
        name_of_sender = text_of(event.get("sender_id")) if isinstance(event, dict) and "events" not in event else None
        if name_of_sender is None:
            return None
        sender = hashlib.blake2b(name_of_sender.encode("utf-8", "replace"), digest_size=16).digest()
        kind = event.get("event")
        if kind == "session_started" and sender not in self._silent and (name := session_name(event)) is not None:
            self._session[sender] = name
            self._silent.add(sender)
        elif isinstance(kind, str) and kind in _SPOKEN:
            self._silent.discard(sender)
        return self._session.get(sender)
