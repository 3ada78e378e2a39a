"""The suggestion rules there are: a visible tuple of modules, each registering its one rule by a decorator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Final

from upturn.domain.errors import ConfigurationError
from upturn.rules.evidence import ClusterEvidence
from upturn.rules.finding import Finding

__all__ = ["RULE_MODULES", "Look", "SuggestionRule", "rules", "suggestion_rule"]

Look = Callable[[ClusterEvidence], Finding | None]

RULE_MODULES: Final[tuple[str, ...]] = (
    "unsafe_answers",
    "tool_errors",
    "empty_answers",
    "version_regression",
    "slow_responses",
    "over_refusal",
    "knowledge_gap",
    "escalation_dead_end",
    "misunderstood_intent",
    "repeated_answers",
    "laborious_tasks",
    "segment_mismatch",
)
"""Files of this folder with one rule each, causes before symptoms: at equal strength the earlier is heard."""


@dataclass(frozen=True)
class SuggestionRule:
    """A registered rule."""

    name: str
    category: str
    look: Look


_registered: dict[str, SuggestionRule] = {}


def suggestion_rule(*, category: str) -> Callable[[Look], Look]:
    """Register a function of the evidence as a rule under the function's name.

    Raises
    ------
    ConfigurationError
        If another rule has that name.
    """

    def register(look: Look) -> Look:
        name = look.__name__
        known = _registered.get(name)
        if known is not None and known.look.__module__ != look.__module__:
            raise ConfigurationError(
                f"two suggestion rules are named {name}: {known.look.__module__} and {look.__module__}; rename one"
            )
        _registered[name] = SuggestionRule(name, category, look)
        return look

    return register


def rules() -> Mapping[str, SuggestionRule]:
    """Give the rules by name, in the order of `RULE_MODULES`, any that were registered elsewhere after them."""
    for module in RULE_MODULES:
        import_module(f"upturn.rules.{module}")
    ordered = {name: _registered[name] for name in RULE_MODULES}
    return MappingProxyType(ordered | {name: rule for name, rule in _registered.items() if name not in ordered})
