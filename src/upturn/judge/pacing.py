"""Keeps calls within so many requests and tokens a minute, and still while the server asks for a pause."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["Pacer", "Sent"]

_POLL_SECONDS: Final = 0.05
"""How often to look again while calls under way hold all places."""


@dataclass
class Sent:
    """A call that was let through; `tokens` is its worst case until what it used is known."""

    tokens: int
    ended: float | None = None
    """None: it is under way."""


class Pacer:
    """Lets calls through so that the server sees no more than the limits in any window of `period` seconds.

    A call holds its place from its start until `period` after its end. The server gets it somewhere between start and
    end, so that this holds for the server's clock too, however long a call is on its way. Nothing is saved up for a
    burst. Calls wait in the order in which they ask.

    Parameters
    ----------
    requests, tokens : limits a period; None: none. A single call of more tokens than the limit goes alone.
    period : seconds.
    now, sleep : a clock that only goes forward, and its pause, both in seconds.
    """

    def __init__(
        self,
        *,
        requests: int | None,
        tokens: int | None,
        now: Callable[[], float],
        sleep: Callable[[float], None],
        period: float = 60.0,
    ) -> None:
        self._requests, self._tokens, self._period = requests, tokens, period
        self._now, self._sleep = now, sleep
        self._held: list[Sent] = []
        self._paused_until = float("-inf")
        self._turn, self._lock = threading.Lock(), threading.Lock()

    def wait_for_turn(self, tokens: int) -> Sent:
        """Return when a call of at most `tokens` may start; give it to `settle` when it is over."""
        with self._turn:
            while (seconds := self._seconds_to_wait(tokens)) > 0:
                self._sleep(seconds)
            sent = Sent(tokens)
            with self._lock:
                if self._requests is not None or self._tokens is not None:
                    self._held.append(sent)
            return sent

    def settle(self, sent: Sent, tokens: int) -> None:
        """Say that a call is over and how many tokens it used: what it did not use is free for others."""
        with self._lock:
            sent.tokens, sent.ended = tokens, self._now()

    def pause(self, seconds: float) -> None:
        """Start no call for so long: the server asked for it."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._now() + seconds)

    def _seconds_to_wait(self, tokens: int) -> float:
        with self._lock:
            now = self._now()
            self._held = [sent for sent in self._held if sent.ended is None or sent.ended > now - self._period]
            wait = self._paused_until - now
            if self._requests is not None:
                wait = max(wait, self._until_free([1] * len(self._held), len(self._held) + 1 - self._requests, now))
            if self._tokens is not None:
                used = [sent.tokens for sent in self._held]
                wait = max(wait, self._until_free(used, sum(used) + tokens - self._tokens, now))
            return wait

    def _until_free(self, holds: Sequence[int], excess: int, now: float) -> float:
        """Give the seconds until calls that held `excess` have given it back; those under way are looked at again."""
        if excess <= 0 or not holds:
            return 0.0
        ended = sorted(
            (sent.ended, held) for sent, held in zip(self._held, holds, strict=True) if sent.ended is not None
        )
        for end, held in ended:
            excess -= held
            if excess <= 0:
                return end + self._period - now
        under_way = len(ended) < len(holds)
        return _POLL_SECONDS if under_way else ended[-1][0] + self._period - now
