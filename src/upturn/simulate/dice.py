"""A fast stream of random choices from one seeded generator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Dice"]

T = TypeVar("T")

_SIDES: Final = 2**31
_BLOCK: Final = 32_768


class Dice:
    """Choices drawn in blocks: a draw costs a tenth of one of numpy's own scalar draws.

    The generator given decides all of them: the same generator state, the same choices.
    """

    def __init__(self, generator: np.random.Generator) -> None:
        def blocks() -> Iterator[list[int]]:
            while True:
                yield generator.integers(0, _SIDES, _BLOCK).tolist()

        self.roll = chain.from_iterable(blocks()).__next__
        """Gives an integer, uniform in 0 … 2³¹ − 1."""

    def pick(self, options: Sequence[T]) -> T:
        """Give one of the options, each equally likely."""
        return options[self.roll() % len(options)]

    def chance(self, probability: float) -> bool:
        """Give True with this probability (0..1)."""
        return self.roll() < probability * _SIDES

    def between(self, low: int, high: int) -> int:
        """Give an integer from `low` to `high`, both included."""
        return low + self.roll() % (high - low + 1)
