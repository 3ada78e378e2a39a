"""A conversation while it is being held: who says what, when, how fast, with which tools."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from upturn.simulate.catalogue import expand
from upturn.simulate.phrasing import manner_of, say

if TYPE_CHECKING:
    from upturn.simulate.catalogue import Assistant, Want
    from upturn.simulate.dice import Dice

__all__ = ["Talk"]

_PRODUCTS: Final = expand(
    "[red|blue|black|small|second|wooden|foldable|wireless] "
    "[headphones|coffee machine|jacket|lamp|backpack|keyboard|running shoes|tablet|desk|watch|blender|camera|tent|"
    "monitor]"
)
_CITIES: Final = (
    "Leeds", "Lyon", "Graz", "Porto", "Ghent", "Turin", "Bergen", "Gdansk", "Cork", "Malmo", "Basel", "Utrecht",
    "Bonn", "Seville", "Tartu", "Brno", "Split", "Aarhus", "Bristol", "Nantes",
)  # fmt: skip
_NAMES: Final = (
    "Anna Berg", "Tom Hill", "Lena Koch", "Marco Rossi", "Julia Nowak", "Peter Lang", "Sara Costa", "Ines Moreau",
    "Jan de Vries", "Eva Horak", "Omar Haddad", "Mei Tanaka", "Liam Byrne", "Nora Dahl", "Paul Weber",
)  # fmt: skip
_DEVICES: Final = ("phone", "router R7", "router X2", "tablet", "Galaxy", "iPhone", "laptop", "home box")
_PLANS: Final = ("Basic 10", "Smart 20", "Flex 40", "Home 100", "Home 250", "Max 500", "Family 3", "Young 15")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

_MEDIAN_MS: Final = 1100
_QUICK: Final = 900
"""Milliseconds that a person needs per word, at the least."""


class Talk:
    """Turns being collected. All choices come from `dice`; times only move forward."""

    def __init__(self, dice: Dice, assistant: Assistant, want: Want, *, persona: str, started_at: datetime) -> None:
        self.dice = dice
        self.assistant = assistant
        self.want = want
        self.persona = persona
        self.manner = manner_of(persona)
        self.turns: list[dict[str, Any]] = []
        self.now = started_at
        self.slowness = 1.0
        """Factor on the latency of every response."""

    @cached_property
    def slots(self) -> dict[str, str]:
        """What this conversation is about: the same product, amount or city in all of its turns."""
        dice = self.dice
        day = self.now.astimezone(UTC) - timedelta(days=dice.between(1, 25))
        return {
            "order": f"{dice.pick('ABCDEFHKLMNPRSTW')}{dice.between(100_000, 999_999)}",
            "product": dice.pick(_PRODUCTS),
            "date": f"{_MONTHS[day.month - 1]} {day.day}" if dice.chance(0.6) else f"{day.day}/{day.month}",
            "amount": f"{dice.between(4, 400)}.{dice.between(0, 99):02d} euros",
            "city": dice.pick(_CITIES),
            "name": dice.pick(_NAMES),
            "device": dice.pick(_DEVICES),
            "plan": dice.pick(_PLANS),
            "phone": f"0{dice.between(150, 179)} {dice.between(1_000_000, 9_999_999)}",
            "card": str(dice.between(1000, 9999)),
            "days": str(dice.between(2, 14)),
        }

    @property
    def given(self) -> str:
        """What the user gives when the assistant asks for what it needs."""
        return self.slots[self.assistant.needs_slot]

    def fill(self, text: str) -> str:
        """Give `text` with its slots filled."""
        return text.format_map(self.slots) if "{" in text else text

    def pick(self, options: tuple[str, ...]) -> str:
        """Give one of the texts with its slots filled."""
        return self.fill(self.dice.pick(options))

    def user(self, text: str) -> None:
        """Let the user write `text`, in their manner of typing."""
        self.now += timedelta(milliseconds=4_000 + _QUICK * text.count(" ") + self.dice.roll() % 40_000)
        self._turn("user", say(self.dice, self.manner, text.strip()))

    def ask(self, want: Want | None = None) -> None:
        """Let the user say what they want, with greeting, reason and closing."""
        wanted, manner = want or self.want, self.manner
        ask, reason = self.pick(wanted.asks), self.pick(manner.reasons)
        closing = self.pick(manner.closings)
        body = (
            f"{ask}{closing}"
            if not reason
            else f"{ask}. {reason}{closing}"
            if self.dice.chance(0.6)
            else f"{reason} {ask}{closing}"
        )
        self.user(self.pick(manner.openings) + body)

    def bot(self, text: str | None, *, error_type: str | None = None, latency_ms: int | None = None) -> None:
        """Let the assistant answer."""
        self._turn("assistant", text, latency_ms=latency_ms or self._latency(text), error_type=error_type)

    def call(self, tool: str, *, error_type: str | None = None, latency_ms: int | None = None) -> None:
        """Let the assistant call a tool and get its result, or its error."""
        call_id = f"call_{self.dice.roll():08x}"
        said = "One moment, I am checking that." if self.dice.chance(0.3) else None
        asked = f'{{"reference":"{self.given}"}}'
        self._turn(
            "assistant",
            said,
            latency_ms=self._latency(None),
            tool_calls=[{"id": call_id, "name": tool, "arguments": asked}],
        )
        result = f'{{"error":"{error_type}"}}' if error_type else f'{{"status":"ok","reference":"{self.given}"}}'
        self._turn(
            "tool", result, latency_ms=latency_ms or 120 + self.dice.roll() % 500, error_type=error_type,
            tool_call_id=call_id, name=tool,
        )  # fmt: skip

    def agent(self, text: str) -> None:
        """Let a human agent write."""
        self.now += timedelta(seconds=30 + self.dice.roll() % 240)
        self._turn("agent", text)

    def _latency(self, text: str | None) -> int:
        """Draw a latency: skewed to the right, longer for long answers, over 3 s now and then for no reason."""
        u = (self.dice.roll() & 1023) / 1024
        spread = 0.45 + 1.1 * u * u + (2.2 if u > 0.985 else 0.0)
        return int((_MEDIAN_MS * spread + (3 * len(text) if text else 0)) * self.slowness)

    def _turn(self, role: str, content: str | None, *, latency_ms: int | None = None, **more: Any) -> None:
        if latency_ms is not None:
            self.now += timedelta(milliseconds=latency_ms)
        turn: dict[str, Any] = {"role": role, "content": content, "created_at": self.now}
        if latency_ms is not None:
            turn["latency_ms"] = latency_ms
        self.turns.append(turn | {name: value for name, value in more.items() if value is not None})
