"""The rule metrics: which there are, in which SQL file, in which version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["RULE_METRICS", "RuleMetric"]


@dataclass(frozen=True)
class RuleMetric:
    """A metric that one select over the temp table `responses` gives."""

    name: str
    version: str
    """The `-- version:` of its file. A changed file remakes the working warehouse, and so all scores."""
    description: str
    file: str
    """Name for `load_sql`. The select gives conversation_id, turn_index, score (0..1 or NULL) and unscored_reason."""


RULE_METRICS: Final[tuple[RuleMetric, ...]] = (
    RuleMetric(
        "coherence", "1", "Reads as finished speech, by itself and after the answer before", "metrics/coherence"
    ),
    RuleMetric("completeness", "1", "Serves the whole request and says what to do next", "metrics/completeness"),
    RuleMetric("efficiency", "1", "Costs its reader no more time and words than were needed", "metrics/efficiency"),
    RuleMetric("safety", "1", "Gives away, asks for, helps with, advises and says no harm", "metrics/safety"),
)
"""In the order in which they are scored and listed. A new rule metric is one SQL file and its line here."""
