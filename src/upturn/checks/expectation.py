"""One expectation: what Great Expectations checks, and the SQL that finds the rows that fail it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

__all__ = ["CheckResult", "Expectation", "between", "one_of", "present", "unique"]


@dataclass(frozen=True)
class Expectation:
    """One rule about one column, or a few, of a suite's frame (`sql/checks/`)."""

    name: str
    """Unique within its suite; the `rule` of what it refuses."""
    gx_class: str
    """Class of `great_expectations.expectations`."""
    arguments: Mapping[str, Any]
    """Its arguments."""
    predicate: str
    """SQL over the frame that is true exactly for the rows that fail; NULL counts as false."""
    reason: str
    """Why a record is refused, for a person: names what was expected and quotes nothing."""


@dataclass(frozen=True)
class CheckResult:
    """What Great Expectations said of one expectation, summed over chunks."""

    suite: str
    expectation: str
    is_success: bool
    evaluated_count: int
    unexpected_count: int
    observed: str | None = field(default=None)
    """Value seen, for expectations of the batch as a whole."""

    @property
    def unmet(self) -> str:
        """What is so instead of what was expected, such as `rejected_share is out of range (0.5)`."""
        name = self.expectation
        for expected, instead in ((" is in range", " is out of range"), (" is usual", " is unusual")):
            if name.endswith(expected):
                name = name.removesuffix(expected) + instead
                break
        else:
            name = f"not so: {name}"
        return name if self.observed is None else f"{name} ({self.observed})"

    def as_dict(self) -> dict[str, Any]:
        """Give the form that `batch.validated` holds."""
        return {
            "suite": self.suite,
            "expectation": self.expectation,
            "is_success": self.is_success,
            "evaluated_count": self.evaluated_count,
            "unexpected_count": self.unexpected_count,
            "observed": self.observed,
        }


def present(column: str, reason: str) -> Expectation:
    """Expect a value in every row."""
    return Expectation(
        name=f"{column} is present",
        gx_class="ExpectColumnValuesToNotBeNull",
        arguments=MappingProxyType({"column": column}),
        predicate=f"{column} is null",
        reason=reason,
    )


def between(column: str, low: float | None, high: float | None, reason: str) -> Expectation:
    """Expect every value within the limits, both included; None is no limit, NULL passes."""
    limits = [f"{column} < {low}"] * (low is not None) + [f"{column} > {high}"] * (high is not None)
    return Expectation(
        name=f"{column} is in range",
        gx_class="ExpectColumnValuesToBeBetween",
        arguments=MappingProxyType({"column": column, "min_value": low, "max_value": high}),
        predicate=" or ".join(limits),
        reason=reason,
    )


def one_of(column: str, values: Sequence[str], reason: str) -> Expectation:
    """Expect every value to be one of these; NULL passes, so pair it with `present` where it must not."""
    options = ", ".join(f"'{value}'" for value in values)
    return Expectation(
        name=f"{column} is known",
        gx_class="ExpectColumnValuesToBeInSet",
        arguments=MappingProxyType({"column": column, "value_set": list(values)}),
        predicate=f"{column} not in ({options})",
        reason=reason,
    )


def unique(columns: Sequence[str], reason: str) -> Expectation:
    """Expect no two rows with the same values in these columns; rows with a NULL in all of them pass."""
    names = ", ".join(columns)
    return Expectation(
        name=f"{names} are unique",
        gx_class="ExpectCompoundColumnsToBeUnique",
        arguments=MappingProxyType({"column_list": list(columns), "ignore_row_if": "all_values_are_missing"}),
        predicate=f"coalesce({names}) is not null and count(*) over (partition by {names}) > 1",
        reason=reason,
    )
