"""Plug-in metrics: a Python function for what SQL can't say, registered by `@metric(...)`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from upturn.domain.errors import ConfigurationError
from upturn.metrics.rules import RULE_METRICS

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["METRIC_MODULES", "PluggedMetric", "metric", "plugged_metrics"]

METRIC_MODULES: Final[tuple[str, ...]] = ()
"""Modules with a plug-in metric each, in the order in which they score. Empty: the rules need none yet."""

ScoreResponses = Callable[["pa.RecordBatch"], "pa.Array"]


@dataclass(frozen=True)
class PluggedMetric:
    """A metric that a function gives."""

    name: str
    version: str
    description: str
    score: ScoreResponses
    """From a batch with the columns of the temp view `responses` to as many scores: float64 0..1, NULL: unscored.

    The same batch gives the same scores. Empty responses never reach it.
    """


_REGISTERED: dict[str, PluggedMetric] = {}


def metric(name: str, *, version: str, description: str) -> Callable[[ScoreResponses], ScoreResponses]:
    """Register the decorated function as the metric `name`.

    Raises
    ------
    ConfigurationError
        If a rule metric or another function has that name.
    """

    def register(score: ScoreResponses) -> ScoreResponses:
        there = _REGISTERED.get(name)
        if name in {rule.name for rule in RULE_METRICS} or (there is not None and there.score is not score):
            raise ConfigurationError(f"two metrics are named {name!r}, one of them in {score.__module__}; rename one")
        _REGISTERED[name] = PluggedMetric(name, version, description, score)
        return score

    return register


def plugged_metrics() -> Mapping[str, PluggedMetric]:
    """Give every plug-in metric by name, in the order of `METRIC_MODULES`."""
    for module in METRIC_MODULES:
        importlib.import_module(module)
    return MappingProxyType(_REGISTERED)
