"""The truth behind simulated logs: what was planted, whom it touched, and what fixing it would bring."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from upturn.simulate.catalogue import catalogue
from upturn.simulate.world import CHANNELS, PERSONAS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from upturn.simulate.modes import Mode
    from upturn.simulate.world import Conversations, World

__all__ = ["PlantedMode", "Release", "Truth", "tell_truth"]


@dataclass(frozen=True)
class Release:
    """A new version of an assistant."""

    assistant_id: str
    assistant_version: str
    day: str
    """First day, ISO."""


@dataclass(frozen=True)
class PlantedMode:
    """A planted failure mode with its true figures, over all conversations of the logs."""

    id: str
    kind: str
    category: str
    severity: str | None
    description: str
    change: str | None
    """`regression` (came with the release), `improvement` (went with it) or None."""
    exposure: dict[str, Any]
    """assistant_id, want_ids, tool, assistant_version, persona, channel: all that are not None hold."""
    failure_probability: float
    """Given exposure, 0..1, as planted."""
    background_failure_rate: float | None
    """Failures of the exposed that a complete fix would leave, 0..1; None: nobody is exposed."""
    exposed_count: int
    failed_count: int
    """Exposed conversations that this mode made fail."""
    reach: float
    """Share of all conversations that are exposed, 0..1."""
    gap: float | None
    """Success among the unexposed of the same assistant, channel and persona (or the same assistant, where there
    are none), weighted as the exposed, minus success among the exposed, −1..1; None: nobody or everybody is exposed."""
    effect: float
    """What a complete fix adds to the overall success rate, 0..1: from each conversation's outcome without the mode."""


@dataclass(frozen=True)
class Truth:
    """Everything that a test may hold findings against. `truth.json` holds the same."""

    seed: int
    start: str
    days: int
    per_day: int
    conversation_count: int
    turn_count: int
    feedback_count: int
    """Pieces of feedback that are in the files, late ones included."""
    late_feedback_count: int
    success_rate: float | None
    """Share of conversations that served their user; None: there are none."""
    releases: tuple[Release, ...]
    modes: tuple[PlantedMode, ...]

    def as_dict(self) -> dict[str, Any]:
        """Give a JSON-ready form."""
        return asdict(self)


def tell_truth(world: World, days: list[Conversations], *, turns: int, feedback: int, late: int) -> Truth:
    """Give the truth of a world from what its days held."""
    import numpy as np

    assistants = np.array([[item.id for item in catalogue()].index(assistant.id) for assistant, _ in world.wants])
    assistant = np.concatenate([assistants[day.want] for day in days])
    manner = np.concatenate([day.channel * len(PERSONAS) + day.persona for day in days])
    all_days = _Outcomes(
        exposed=np.concatenate([day.exposed for day in days]),
        failed=np.concatenate([day.failed for day in days]),
        background=np.concatenate([day.background for day in days]),
        assistant=assistant,
        stratum=assistant * len(CHANNELS) * len(PERSONAS) + manner,
    )
    success = all_days.success_without(None)
    return Truth(
        seed=world.seed,
        start=world.start.isoformat(),
        days=world.days,
        per_day=world.per_day,
        conversation_count=len(success),
        turn_count=turns,
        feedback_count=feedback,
        late_feedback_count=late,
        success_rate=float(success.mean()) if len(success) else None,
        releases=_releases(world),
        modes=tuple(_planted(mode, place, all_days) for place, mode in enumerate(world.modes)),
    )


def _releases(world: World) -> tuple[Release, ...]:
    return tuple(
        Release(assistant.id, assistant.versions[1], (world.start + timedelta(days=place)).isoformat())
        for assistant, place in zip(catalogue(), world.release_days, strict=True)
        if place < world.days
    )


@dataclass(frozen=True)
class _Outcomes:
    """All conversations: one element, or row, each; columns of matrices are modes."""

    exposed: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    background: NDArray[np.bool_]
    assistant: NDArray[np.int64]
    stratum: NDArray[np.int64]
    """Assistant, channel and persona as one number."""

    def success_without(self, place: int | None) -> NDArray[np.bool_]:
        """Give who would be served if the mode number `place` did not exist; None: as it is."""
        import numpy as np

        failed = self.failed if place is None else np.delete(self.failed, place, axis=1)
        served: NDArray[np.bool_] = ~(self.background | failed.any(axis=1))
        return served


def _planted(mode: Mode, place: int, outcomes: _Outcomes) -> PlantedMode:
    touched = outcomes.exposed[:, place]
    success, without = outcomes.success_without(None), outcomes.success_without(place)
    exposed_count = int(touched.sum())
    gained = int(without.sum()) - int(success.sum())
    return PlantedMode(
        id=mode.id,
        kind=mode.kind.name,
        category=mode.kind.category,
        severity=mode.kind.severity,
        description=mode.description,
        change=mode.change,
        exposure=asdict(mode.rule),
        failure_probability=mode.failure_probability,
        background_failure_rate=float(1 - without[touched].mean()) if exposed_count else None,
        exposed_count=exposed_count,
        failed_count=int(outcomes.failed[:, place].sum()),
        reach=exposed_count / max(len(touched), 1),
        gap=_gap(touched, success, outcomes) if exposed_count else None,
        effect=gained / max(len(touched), 1),
    )


def _gap(touched: NDArray[np.bool_], success: NDArray[np.bool_], outcomes: _Outcomes) -> float | None:
    """Give the standardised difference in success between comparable unexposed and exposed conversations."""
    import numpy as np

    if touched.all():
        return None
    expected = np.full(len(success), float(success[~touched].mean()))
    for groups in (outcomes.assistant, outcomes.stratum):
        size = int(groups.max()) + 1
        count = np.bincount(groups[~touched], minlength=size)
        served = np.bincount(groups[~touched], weights=success[~touched], minlength=size)
        known = count[groups] > 0
        expected[known] = (served / np.maximum(count, 1))[groups][known]
    return float(expected[touched].mean() - success[touched].mean())
