"""A hard limit on tokens and US dollars: calls under way hold their worst case, so that it can't be passed."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upturn.judge.pricing import NOTHING, Charge

if TYPE_CHECKING:
    from upturn.judge_settings import JudgeSettings

__all__ = ["Budget", "Spent", "budget_left"]


@dataclass(frozen=True)
class Spent:
    """What was charged before, as events say."""

    run: Charge
    """For the day that is judged."""
    month: Charge
    """In this calendar month, UTC, for any day."""


def budget_left(settings: JudgeSettings, spent: Spent) -> tuple[float | None, float | None]:
    """Give the (tokens, US dollars) that may still be spent: the least that run and month leave; None: no limit.

    >>> from upturn.judge_settings import JudgeSettings
    >>> settings = JudgeSettings(usd_per_run=5, usd_per_month=20)
    >>> budget_left(settings, Spent(run=Charge(usd=1.0), month=Charge(usd=18.5)))
    (None, 1.5)
    """
    tokens = _least((settings.tokens_per_run, spent.run.tokens), (settings.tokens_per_month, spent.month.tokens))
    usd = _least((settings.usd_per_run, spent.run.usd), (settings.usd_per_month, spent.month.usd))
    return tokens, usd


def _least(*limits: tuple[float | None, float]) -> float | None:
    return min((round(limit - spent, 9) for limit, spent in limits if limit is not None), default=None)


class Budget:
    """What may still be spent, shared by the threads that ask.

    Whoever wants to call reserves the call's worst case first and settles it by what was charged: settled + reserved
    never passes the limit, as long as no call costs more than its worst case.
    """

    def __init__(self, tokens: float | None = None, usd: float | None = None) -> None:
        self._tokens, self._usd = tokens, usd
        self._held = NOTHING
        self._lock = threading.Lock()

    @property
    def held(self) -> Charge:
        """What is settled and reserved."""
        with self._lock:
            return self._held

    def reserve(self, worst: Charge) -> bool:
        """Hold `worst`, or say that it does not fit."""
        with self._lock:
            held = self._held + worst
            if self._tokens is not None and held.tokens > self._tokens:
                return False
            if self._usd is not None and held.usd > self._usd + 1e-9:
                return False
            self._held = held
            return True

    def settle(self, worst: Charge, charged: Charge) -> None:
        """Put what a call was charged in the place of its worst case."""
        with self._lock:
            held = self._held
            self._held = Charge(
                held.tokens - worst.tokens + charged.tokens, round(held.usd - worst.usd + charged.usd, 9)
            )
