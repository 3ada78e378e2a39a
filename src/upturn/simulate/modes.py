"""The failure modes that can be planted, and which of them a seed plants where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from upturn.simulate.catalogue import Assistant, Want, catalogue

if TYPE_CHECKING:
    import numpy as np

__all__ = ["KINDS", "ExposureRule", "Kind", "Mode", "draw_modes"]

Place = Literal["want", "tool", "persona", "channel", "handover"]


@dataclass(frozen=True)
class ExposureRule:
    """Which conversations a fix would touch: all the conditions that are not None hold."""

    assistant_id: str
    want_ids: tuple[str, ...] | None = None
    tool: str | None = None
    """Every want whose answer calls this tool."""
    assistant_version: str | None = None
    persona: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of failure, before a seed says where it lives."""

    name: str
    category: str
    place: Place
    failure: tuple[float, float]
    """Range of the failure probability given exposure."""
    description: str
    severity: Literal["critical", "high", "medium", "low"] | None = None


@dataclass(frozen=True)
class Mode:
    """A planted failure mode: a kind at a place."""

    id: str
    kind: Kind
    rule: ExposureRule
    failure_probability: float
    """Probability that the mode makes an exposed conversation fail."""
    symptom_probability: float
    """Probability that the mode shows, with or without failure: at least `failure_probability`."""
    change: Literal["regression", "improvement"] | None = None
    """Whether a release brought it or ended it."""

    @property
    def description(self) -> str:
        """What is wrong and where, in a sentence."""
        where = ", ".join(self.rule.want_ids or ()) or self.rule.tool or self.rule.persona or self.rule.channel
        change = {"regression": " since the release", "improvement": " until the release", None: ""}[self.change]
        return f"{self.kind.description} ({self.rule.assistant_id}: {where}{change})"


KINDS: Final[tuple[Kind, ...]] = (
    Kind("knowledge_gap", "knowledge", "want", (0.55, 0.8), "Has no answer and falls back; the user rephrases in vain"),
    Kind("outdated_answer", "knowledge", "want", (0.4, 0.6), "Gives an outdated answer that the user contradicts"),
    Kind("misunderstood", "intent", "want", (0.4, 0.65), "Answers the nearest other want"),
    Kind("lost_context", "flow", "want", (0.4, 0.6), "Asks again and again for what was given"),
    Kind("slow_tool", "performance", "tool", (0.35, 0.55), "A tool takes seconds and users leave"),
    Kind("tool_error", "tools", "tool", (0.4, 0.6), "A tool returns errors and nothing is resolved"),
    Kind("over_refusal", "safety", "want", (0.5, 0.75), "Refuses a harmless request as a matter of safety", "medium"),
    Kind("data_leak", "safety", "want", (0.03, 0.07), "Shows another customer's personal data", "critical"),
    Kind("unsafe_advice", "safety", "want", (0.04, 0.08), "Gives advice that could hurt somebody", "critical"),
    Kind("dead_end", "escalation", "handover", (0.5, 0.75), "Users who ask for a person are sent in circles"),
    Kind("needless_handover", "escalation", "want", (0.4, 0.6), "Hands over what it could answer, to a closed desk"),
    Kind("cut_short", "regression", "want", (0.45, 0.65), "Answers break off before the steps that matter"),
    Kind("jargon", "clarity", "persona", (0.35, 0.5), "Answers in jargon that this persona can't follow"),
    Kind("blank_answer", "channel", "channel", (0.3, 0.45), "Answers arrive empty on one channel"),
)
"""The pool. A seed plants eight to ten of them, at places and with probabilities of its own."""

_GROUPS: Final = (
    ("knowledge_gap", "outdated_answer"),
    ("misunderstood", "lost_context"),
    ("slow_tool", "tool_error"),
    ("over_refusal",),
    ("data_leak", "unsafe_advice"),
    ("dead_end", "needless_handover"),
    ("jargon", "blank_answer"),
)
"""One of each group is always planted, and so is the regression."""


def draw_modes(generator: np.random.Generator) -> tuple[Mode, ...]:
    """Draw eight to ten modes with places and probabilities; the generator decides all of it."""
    names = {str(generator.choice(group)) for group in _GROUPS}
    rest = [kind.name for kind in KINDS if kind.name not in names and kind.name != "cut_short"]
    names |= {str(name) for name in generator.choice(rest, size=int(generator.integers(0, 3)), replace=False)}
    releasing = int(generator.integers(0, len(catalogue())))
    planter = _Planter(generator, catalogue()[releasing])
    regression = planter.plant(_kind("cut_short"))
    improvable = [kind.name for kind in KINDS if kind.name in names and kind.place == "want" and kind.severity is None]
    improved = str(generator.choice(improvable)) if improvable else None
    others = (planter.plant(kind, is_improved=kind.name == improved) for kind in KINDS if kind.name in names)
    return tuple(sorted((regression, *others), key=lambda mode: [kind.name for kind in KINDS].index(mode.kind.name)))


def _kind(name: str) -> Kind:
    return next(kind for kind in KINDS if kind.name == name)


class _Planter:
    """Gives every mode a place that no other mode has, as long as there are any."""

    def __init__(self, generator: np.random.Generator, releasing: Assistant) -> None:
        self._generator = generator
        self._releasing = releasing
        self._taken: set[str] = set()

    def plant(self, kind: Kind, *, is_improved: bool = False) -> Mode:
        probability = round(float(self._generator.uniform(*kind.failure)), 3)
        mode = Mode(
            id=f"planted-{kind.name.replace('_', '-')}",
            kind=kind,
            rule=self._rule(kind, is_bound=is_improved or kind.name == "cut_short"),
            failure_probability=probability,
            symptom_probability=round(min(0.95, probability * 1.2), 3),
        )
        if kind.name == "cut_short":
            rule = replace(mode.rule, assistant_version=self._releasing.versions[1])
            return replace(mode, rule=rule, change="regression")
        if is_improved:
            rule = replace(mode.rule, assistant_version=self._releasing.versions[0])
            return replace(mode, rule=rule, change="improvement")
        return mode

    def _rule(self, kind: Kind, *, is_bound: bool) -> ExposureRule:
        assistants = (self._releasing,) if is_bound else catalogue()
        if kind.place in {"persona", "channel"}:
            assistant = assistants[int(self._generator.integers(0, len(assistants)))]
            if kind.place == "persona":
                return ExposureRule(assistant.id, persona=str(self._generator.choice(["novice", "business"])))
            return ExposureRule(assistant.id, channel=str(self._generator.choice(["whatsapp", "email"])))
        places = [
            (assistant, want)
            for assistant in assistants
            for want in assistant.wants
            if _suits(kind, want) and self._taken.isdisjoint(_touched(kind, assistant, want))
        ]
        assistant, want = places[int(self._generator.integers(0, len(places)))]
        touched = _touched(kind, assistant, want)
        self._taken.update(touched)
        return ExposureRule(assistant.id, want_ids=touched, tool=want.tool if kind.place == "tool" else None)


def _touched(kind: Kind, assistant: Assistant, want: Want) -> tuple[str, ...]:
    """Give the wants that a mode planted at `want` would touch: for a tool, all that it serves."""
    if kind.place != "tool":
        return (want.id,)
    return tuple(other.id for other in assistant.wants if other.tool == want.tool)


def _suits(kind: Kind, want: Want) -> bool:
    if kind.place == "handover":
        return want.is_handover
    if kind.place == "tool" or kind.name == "data_leak":
        return want.tool is not None
    return not want.is_handover
