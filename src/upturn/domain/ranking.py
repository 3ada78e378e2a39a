"""The order in which suggestions are shown: severe safety first, then by predicted effect."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol, TypeVar

__all__ = ["LIST_LENGTH", "Rankable", "rank", "weekly_list"]

LIST_LENGTH: Final = 10
"""Suggestions on a week's list: what a team can talk through in a meeting."""

_SEVERE: Final = {"critical": 0, "high": 1}
_EFFORT: Final = {"low": 0, "medium": 1, "high": 2}


class Rankable(Protocol):
    """What the order looks at."""

    @property
    def suggestion_id(self) -> str:
        """Id: settles ties."""
        ...

    @property
    def severity(self) -> str | None:
        """Severity of a safety finding."""
        ...

    @property
    def impact_estimate(self) -> float | None:
        """Predicted effect."""
        ...

    @property
    def impact_low(self) -> float | None:
        """Lower end of its interval."""
        ...

    @property
    def impact_high(self) -> float | None:
        """Upper end of its interval."""
        ...

    @property
    def opportunity(self) -> float | None:
        """Reach × gap."""
        ...

    @property
    def implementation_effort(self) -> str:
        """low, medium or high."""
        ...


Item = TypeVar("Item", bound=Rankable)


def _descending(value: float | None) -> float:
    """Give a key that sorts high values first and the unknown last."""
    return math.inf if value is None else -value


def _key(item: Rankable) -> tuple[int, float, int, float, str]:
    return (
        _SEVERE.get(item.severity or "", 2),
        _descending(item.impact_estimate),
        _EFFORT[item.implementation_effort],
        _descending(item.opportunity),
        item.suggestion_id,
    )


def rank(suggestions: Iterable[Item]) -> list[Item]:
    """Give the suggestions in the order of the list, best first.

    Critical, then high severity lead whatever their reach; then the predicted effect decides, at the same effect
    the smaller effort, then the opportunity, then the id: a total order, so the order of the input never matters.
    Those without an impact come last. Nothing in, nothing out.
    """
    return sorted(suggestions, key=_key)


def weekly_list(suggestions: Iterable[Rankable], *, length: int = LIST_LENGTH) -> list[dict[str, Any]]:
    """Give the week's list as the event `list.published` carries it: suggestion_id, rank from 1, figures as shown."""
    first: Sequence[Rankable] = rank(suggestions)[:length]
    return [
        {
            "suggestion_id": item.suggestion_id,
            "rank": place,
            "impact_estimate": item.impact_estimate,
            "impact_low": item.impact_low,
            "impact_high": item.impact_high,
        }
        for place, item in enumerate(first, start=1)
    ]
