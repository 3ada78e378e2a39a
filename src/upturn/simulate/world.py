"""The world of a seed: who uses which assistant, how much, which version answers, and what is planted in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from upturn.simulate.catalogue import Assistant, Want, catalogue
from upturn.simulate.modes import Mode, draw_modes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CHANNELS", "PERSONAS", "Conversations", "World"]

PERSONAS: Final = ("novice", "expert", "frustrated", "curious", "business", "technical")
_PERSONA_SHARES: Final = (0.28, 0.14, 0.15, 0.15, 0.16, 0.12)
_BACKGROUND: Final = (0.07, 0.04, 0.10, 0.05, 0.05, 0.05)
"""Failure rate by persona where nothing is planted."""

CHANNELS: Final = ("web", "mobile", "whatsapp", "email")
_CHANNEL_SHARES: Final = (0.45, 0.25, 0.18, 0.12)

_WEEKDAYS: Final = (1.15, 1.1, 1.05, 1.02, 1.0, 0.78, 0.9)
"""Volume by weekday, Monday first; the mean is 1."""

_HOURS: Final = (1, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 10, 10, 11, 11, 11, 10, 11, 12, 11, 8, 4, 2)


@dataclass(frozen=True)
class Conversations:
    """What one day holds before a word is said. Arrays have one element, or row, per conversation, by start."""

    day: date
    user: NDArray[np.int64]
    want: NDArray[np.int64]
    """Place in `World.wants`."""
    persona: NDArray[np.int64]
    channel: NDArray[np.int64]
    version: NDArray[np.int64]
    """0 the old version, 1 the new."""
    start_ms: NDArray[np.int64]
    """Start in milliseconds after midnight UTC."""
    background: NDArray[np.bool_]
    """Whether it fails whatever is planted."""
    exposed: NDArray[np.bool_]
    """(n, n_modes): whether a mode's exposure rule holds."""
    shown: NDArray[np.bool_]
    """(n, n_modes): whether the mode shows in it."""
    failed: NDArray[np.bool_]
    """(n, n_modes): whether the mode makes it fail; only where it shows."""


@dataclass(frozen=True)
class World:
    """Everything that a seed decides once. The same arguments give the same world."""

    start: date
    days: int
    per_day: int
    seed: int

    def generator(self, *stream: int) -> np.random.Generator:
        """Give the generator of a stream: independent of how much other streams have drawn."""
        import numpy as np

        return np.random.default_rng([self.seed, *stream])

    @cached_property
    def modes(self) -> tuple[Mode, ...]:
        """The planted failure modes."""
        return draw_modes(self.generator(1))

    @cached_property
    def wants(self) -> tuple[tuple[Assistant, Want], ...]:
        """Every want with its assistant."""
        return tuple((assistant, want) for assistant in catalogue() for want in assistant.wants)

    @cached_property
    def release_days(self) -> tuple[int, ...]:
        """For each assistant, the day (from 0) from which its new version answers.

        The assistant with the planted regression ships half-way; the others at a time of their own, changing
        nothing, so that a release alone proves nothing.
        """
        releasing = next(mode.rule.assistant_id for mode in self.modes if mode.change == "regression")
        generator = self.generator(2)
        times = [round(self.days * float(generator.uniform(0.25, 0.75))) for _ in catalogue()]
        return tuple(
            self.days // 2 if assistant.id == releasing else time
            for assistant, time in zip(catalogue(), times, strict=True)
        )

    def conversations(self, place: int) -> Conversations:
        """Give the conversations of the day number `place` (from 0)."""
        import numpy as np

        generator = self.generator(10, place)
        day = self.start + timedelta(days=place)
        n = int(generator.poisson(self.per_day * _volume(day)))
        user = generator.choice(len(self._user_weights), size=n, p=self._user_weights)
        assistant, persona, home_channel = self._users[:, user]
        strays = generator.choice(len(CHANNELS), size=n, p=_CHANNEL_SHARES)
        channel = np.where(generator.random(n) < 0.75, home_channel, strays)
        want = _draw_by_row(generator, self._want_weights[assistant])
        version = (place >= np.array(self.release_days)[assistant]).astype(np.int64)
        exposed = self._exposed(want, persona, channel, version)
        luck = generator.random((n, len(self.modes)))
        hours = np.array(_HOURS) / sum(_HOURS)
        start_ms = generator.choice(24, size=n, p=hours) * 3_600_000 + generator.integers(0, 3_600_000, n)
        return Conversations(
            day=day,
            user=user,
            want=want,
            persona=persona,
            channel=channel,
            version=version,
            start_ms=np.sort(start_ms),
            background=generator.random(n) < np.array(_BACKGROUND)[persona],
            exposed=exposed,
            shown=exposed & (luck < np.array([mode.symptom_probability for mode in self.modes])),
            failed=exposed & (luck < np.array([mode.failure_probability for mode in self.modes])),
        )

    @cached_property
    def _user_weights(self) -> NDArray[np.float64]:
        """Share of the conversations by user: heavy-tailed, so that a few users come again and again."""
        generator = self.generator(3)
        weights = 1.0 + generator.pareto(1.6, max(10, self.days * self.per_day // 3))
        shares: NDArray[np.float64] = weights / weights.sum()
        return shares

    @cached_property
    def _users(self) -> NDArray[np.int64]:
        """(3, n_users): assistant, persona and usual channel of each user."""
        import numpy as np

        generator, n = self.generator(4), len(self._user_weights)
        return np.stack(
            [
                generator.choice(len(catalogue()), size=n, p=[assistant.share for assistant in catalogue()]),
                generator.choice(len(PERSONAS), size=n, p=_PERSONA_SHARES),
                generator.choice(len(CHANNELS), size=n, p=_CHANNEL_SHARES),
            ]
        )

    @cached_property
    def _want_weights(self) -> NDArray[np.float64]:
        """(n_assistants, n_wants): share of each want among the conversations of an assistant."""
        import numpy as np

        generator = self.generator(5)
        weights = np.zeros((len(catalogue()), len(self.wants)))
        column = 0
        for row, assistant in enumerate(catalogue()):
            count = len(assistant.wants)
            weights[row, column : column + count] = generator.permutation(1.0 / np.sqrt(np.arange(3, count + 3)))
            column += count
        shares: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
        return shares

    def _exposed(
        self,
        want: NDArray[np.int64],
        persona: NDArray[np.int64],
        channel: NDArray[np.int64],
        version: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        import numpy as np

        columns = []
        for mode in self.modes:
            rule = mode.rule
            fits = np.array(
                [
                    assistant.id == rule.assistant_id and (rule.want_ids is None or entry.id in rule.want_ids)
                    for assistant, entry in self.wants
                ]
            )[want]
            if rule.persona is not None:
                fits = fits & (persona == PERSONAS.index(rule.persona))
            if rule.channel is not None:
                fits = fits & (channel == CHANNELS.index(rule.channel))
            if rule.assistant_version is not None:
                versions = next(item.versions for item in catalogue() if item.id == rule.assistant_id)
                fits = fits & (version == versions.index(rule.assistant_version))
            columns.append(fits)
        return np.stack(columns, axis=1)


def _volume(day: date) -> float:
    season = 1.0 + 0.12 * math.sin(2 * math.pi * (day.timetuple().tm_yday - 260) / 365)
    return _WEEKDAYS[day.weekday()] * season


def _draw_by_row(generator: np.random.Generator, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Draw one column per row, with the row's weights (each row sums to 1)."""
    import numpy as np

    edges = np.cumsum(weights, axis=1)
    columns = (generator.random(len(weights))[:, None] > edges).sum(axis=1)
    drawn: NDArray[np.int64] = np.minimum(columns, weights.shape[1] - 1).astype(np.int64)
    return drawn
