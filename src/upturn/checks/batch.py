"""Checks a staged batch: rows that fail are refused with their records, what is odd about the whole is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from upturn.checks.expectation import CheckResult, Expectation
from upturn.checks.gx import evaluate
from upturn.checks.sources import UsualShare, check_sources
from upturn.checks.staged import ChunkGroup, StagedBatch, opened
from upturn.checks.suites import BATCH, ROW_SUITES
from upturn.resources import load_sql

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Verdict", "check_batch"]

_RULES: Final = tuple(
    (f"{suite}: {expectation.name}", expectation.reason)
    for suite, expectations in ROW_SUITES
    for expectation in expectations
)
"""(rule, reason) by rank: the order of `ROW_SUITES`."""


@dataclass(frozen=True)
class Verdict:
    """What was said of a batch."""

    results: tuple[CheckResult, ...]
    """Row suites first, summed over chunks, then the suite `batch`: the whole, then each source."""
    record_count: int
    """Records that a parser could type or refused."""
    refused_count: int
    """Records that the checks refused."""


def check_batch(
    folder: Path,
    *,
    day_end: datetime,
    usual_volume: float | None,
    usual_shares: Sequence[UsualShare] = (),
    schemas: Mapping[str, pa.Schema],
) -> Verdict:
    """Check the batch staged in `folder`, and list what is refused in `refused-NNNNN.parquet` beside it.

    Run again it gives the same verdict and the same files.

    Parameters
    ----------
    day_end : instant at which the day that is loaded is over, UTC.
    usual_volume : conversations of a usual day before; None: not known, and the volume is not judged.
    usual_shares : what is usual of sources; one that is not named is not judged by it.
    schemas : schema of each staged table and of `rejected`: `upturn.formats.staged.staged_schemas()`.
    """
    results: tuple[CheckResult, ...] = ()
    refused = 0
    with opened(folder, day_end=day_end, schemas=schemas) as batch:
        for group in batch.groups():
            of_group = tuple(_check_rows(batch, group))
            results = _summed(results, of_group)
            refused += _refuse(batch, group, of_group)
        rejected, parsed = _count(batch, "rejected"), _count(batch, "conversations")
        summary = _summary(batch, rejected + refused, parsed + rejected, usual_volume)
        of_sources = check_sources(batch, usual_shares)
    return Verdict((*results, *summary, *of_sources), record_count=parsed + rejected, refused_count=refused)


def _check_rows(batch: StagedBatch, group: ChunkGroup) -> list[CheckResult]:
    return [
        result
        for suite, expectations in ROW_SUITES
        for result in evaluate(suite, expectations, batch.frame(suite, group))
    ]


def _summed(sums: Sequence[CheckResult], more: Sequence[CheckResult]) -> tuple[CheckResult, ...]:
    """Add up the results of two groups of chunks; each is in the order of `ROW_SUITES`."""
    if not sums:
        return tuple(more)
    return tuple(
        replace(
            one,
            is_success=one.is_success and other.is_success,
            evaluated_count=one.evaluated_count + other.evaluated_count,
            unexpected_count=one.unexpected_count + other.unexpected_count,
        )
        for one, other in zip(sums, more, strict=True)
    )


def _refuse(batch: StagedBatch, group: ChunkGroup, results: Sequence[CheckResult]) -> int:
    """Write the refused records of a group, one file per chunk that has any; give their number."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    for number in group.numbers:
        (batch.folder / f"refused-{number}.parquet").unlink(missing_ok=True)
    failed = {result.expectation for result in results if not result.is_success}
    if not failed:
        return 0
    found: list[pa.Table] = []
    first_rank = 0
    for suite, expectations in ROW_SUITES:
        if any(not result.is_success for result in results if result.suite == suite):
            found.append(batch.failing(suite, group, expectations, first_rank))
        first_rank += len(expectations)
    places = _first_reasons(pa.concat_tables(found))
    records = batch.rebuilt(group, places)
    for number in sorted(set(records["chunk"].to_pylist())):
        rows = records.filter(pc.equal(records["chunk"], number)).drop_columns(["chunk"])
        path = batch.folder / f"refused-{number}.parquet"
        pq.write_table(rows.cast(batch.schemas["rejected"]), path, compression="zstd")
        path.chmod(0o600)
    return int(records.num_rows)


def _first_reasons(found: pa.Table) -> pa.Table:
    """Give each record once, with the rule and the reason of the first expectation that it failed."""
    import pyarrow as pa

    first = found.group_by(["source_name", "file", "line", "chunk"]).aggregate([("rank", "min")])
    ranks = first["rank_min"].to_pylist()
    return (
        first.select(["source_name", "file", "line", "chunk"])
        .append_column("rule", pa.array([_RULES[rank][0] for rank in ranks], pa.string()))
        .append_column("reason", pa.array([_RULES[rank][1] for rank in ranks], pa.string()))
    )


def _count(batch: StagedBatch, table: str) -> int:
    import pyarrow.parquet as pq

    return sum(int(pq.read_metadata(path).num_rows) for path in batch.folder.glob(f"{table}-*.parquet"))


def _summary(batch: StagedBatch, rejected: int, records: int, usual_volume: float | None) -> tuple[CheckResult, ...]:
    """Evaluate the suite `batch`; `observed` is the value seen."""
    numbers = batch.numbers("conversations", "turns")
    row = batch.connection.execute(
        load_sql("checks/summary"),
        {
            "conversations": batch.files("conversations", numbers),
            "turns": batch.files("turns", numbers),
            "rejected_count": rejected,
            "record_count": records,
            "usual_volume": usual_volume,
        },
    ).to_arrow_table()
    seen = row.to_pylist()[0]
    said = evaluate("batch", BATCH, row)
    return tuple(
        replace(result, observed=_text(seen[_column(expectation)]))
        for result, expectation in zip(said, BATCH, strict=True)
    )


def _column(expectation: Expectation) -> str:
    return str(expectation.arguments["column"])


def _text(value: Any) -> str | None:
    return None if value is None else f"{value:g}"
