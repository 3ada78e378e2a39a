"""Checks each source of a batch against what is usual of it: a failed expectation is a warning, as of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from upturn.checks.expectation import CheckResult
from upturn.checks.gx import evaluate
from upturn.checks.staged import StagedBatch
from upturn.checks.suites import SOURCE
from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb

__all__ = ["UsualShare", "check_sources", "usual_shares"]


@dataclass(frozen=True)
class UsualShare:
    """What is usual of a source: the share of its conversation ids that come in several records of a batch."""

    source_name: str
    share: float
    """Median over earlier batches, 0..1."""
    spread: float
    """Median distance of a batch from it, 0..1."""


def usual_shares(connection: duckdb.DuckDBPyConnection, *, first: object, last: object) -> tuple[UsualShare, ...]:
    """Give what the batches from day `first` to `last` say; a source of fewer than three is left out."""
    rows = connection.execute(load_sql("checks/usual_duplicates"), {"first": first, "last": last}).fetchall()
    return tuple(UsualShare(str(name), float(share), float(spread)) for name, share, spread in rows)


def check_sources(batch: StagedBatch, usual: Sequence[UsualShare]) -> tuple[CheckResult, ...]:
    """Evaluate the suite `source` for each source, in the order of their names; `observed` is the share.

    A source of which nothing usual is known passes. No conversation, no result.
    """
    seen = batch.connection.execute(
        load_sql("checks/sources"),
        {
            "conversations": batch.files("conversations", batch.numbers("conversations")),
            "source_names": [one.source_name for one in usual],
            "usual_shares": [one.share for one in usual],
            "spreads": [one.spread for one in usual],
        },
    ).to_arrow_table()
    results = []
    for place, row in enumerate(seen.to_pylist()):
        (said,) = evaluate("batch", SOURCE, seen.slice(place, 1).select(["duplicate_excess"]))
        name = f"duplicate_share of {row['source_name']} is usual"
        results.append(replace(said, expectation=name, observed=f"{row['duplicate_share']:g}"))
    return tuple(results)
