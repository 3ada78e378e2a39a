"""The rule metrics: which there are, in which SQL file, in which version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["ANSWER_FEATURES", "PREPARATIONS", "RULE_METRICS", "RuleMetric"]


PREPARATIONS: Final[tuple[str, ...]] = ("texts", "spoken", "told", "exchanges", "answers", "requests", "records")
"""Files of `sql/metrics/` that make one temporary table each, of that name, in this order (`answers` is a select, whose
table holds the features too). `records` reads features."""

ANSWER_FEATURES: Final[tuple[str, ...]] = ("answer_facts", "answer_flaws", "answer_substance", "answer_harms")
"""Files of `sql/metrics/` that say more of each row of the temp table `answers`: a text is looked at once, however
often it was said. A select gives all that `answers` has, and its own columns beside."""


@dataclass(frozen=True)
class RuleMetric:
    """A metric that one select over the temp view `responses` gives."""

    name: str
    version: str
    """The `-- version:` of its file. A changed file remakes the working warehouse, and so all scores."""
    description: str
    file: str
    """Name for `load_sql`. The select gives all that `responses` has, and beside it the columns NAME (0..1 or NULL) and
    NAME_reason (why it is NULL)."""


RULE_METRICS: Final[tuple[RuleMetric, ...]] = (
    RuleMetric("accuracy", "1", "Agrees with what tools returned and with the answer before", "metrics/accuracy"),
    RuleMetric("relevance", "1", "Speaks of what was asked", "metrics/relevance"),
    RuleMetric(
        "coherence", "2", "Reads as finished speech, by itself and after the answer before", "metrics/coherence"
    ),
    RuleMetric("completeness", "2", "Serves the whole request and says what to do next", "metrics/completeness"),
    RuleMetric("helpfulness", "1", "Brings its user further: steps, specifics, something done", "metrics/helpfulness"),
    RuleMetric("efficiency", "2", "Costs its reader no more time and words than were needed", "metrics/efficiency"),
    RuleMetric("safety", "3", "Gives away, asks for, helps with, advises and says no harm", "metrics/safety"),
)
"""In the order in which they are scored and listed. A new rule metric is one SQL file, its line here and its columns in
`sql/working/`."""
