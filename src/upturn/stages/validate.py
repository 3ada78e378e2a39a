"""Validates a staged batch: bad records are listed as refused, and what was found is recorded."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import orjson

from upturn.domain.errors import HomeBusyError
from upturn.domain.events import NewEvent
from upturn.domain.payloads import BatchValidated
from upturn.formats.claims import locked
from upturn.formats.staged import staged_schemas
from upturn.resources import load_sql
from upturn.stages.recording import record
from upturn.stages.stage import StageContext, StageCounts, as_of
from upturn.stages.staged_day import VALIDATED, staged_day

if TYPE_CHECKING:
    from upturn.checks.batch import Verdict
    from upturn.checks.sources import UsualShare

__all__ = ["validate", "validate_batch"]

_BEFORE: Final = timedelta(days=28)
_DAYS_TO_KNOW: Final = 3
"""Days before with conversations that it takes to say what is usual."""


def validate(context: StageContext, day: date) -> StageCounts:
    """Validate what is staged for `day`; where its newest batch is in the log already, nothing is read.

    Raises
    ------
    NotFoundError
        If nothing is staged and no append of it is on record.
    """
    folder = staged_day(context.home, day)
    return validate_batch(context, folder, day) if folder else StageCounts()


def validate_batch(context: StageContext, folder: Path, day: date) -> StageCounts:
    """Validate the batch staged in `folder`, loaded on `day`, and record `batch.validated`.

    Run again it lists the same records as refused and records nothing new.

    Returns
    -------
    Counts of records: `read` were typed or rejected by a parser, `quarantined` are refused here; `skipped` is 1
    where the same results had been recorded before. Notes: `warnings`, the number of batch expectations that failed,
    and `warned`, what was found instead.

    Raises
    ------
    HomeBusyError
        If the batch is gone: another process took it.
    """
    with locked(folder):
        if not folder.is_dir():
            raise HomeBusyError(f"{folder} is gone: another process took it meanwhile; let it end and run again")
        counts = _validate(context, folder, day)
        (folder / VALIDATED).touch()
    return counts


def _validate(context: StageContext, folder: Path, day: date) -> StageCounts:
    from upturn.checks.batch import check_batch

    verdict = check_batch(
        folder,
        day_end=as_of(day, context.settings.timezone),
        usual_volume=_usual(context, day),
        usual_shares=_usual_shares(context, day),
        schemas=staged_schemas(),
    )
    stored = record(context, [_event(context, folder.name.partition(".")[0], day, verdict)])
    warned = [one.unmet for one in verdict.results if one.suite == "batch" and not one.is_success]
    return StageCounts(
        read=verdict.record_count,
        appended=stored.appended,
        skipped=stored.skipped,
        quarantined=verdict.refused_count,
        notes={"warnings": len(warned), **({"warned": "; ".join(warned)} if warned else {})},
    )


def _event(context: StageContext, batch: str, day: date, verdict: Verdict) -> NewEvent:
    """Make the event. Its revision is what was found in the batch itself, so other days don't change it."""
    results = [result.as_dict() for result in verdict.results]
    own = [_own(result) for result in results if result["expectation"] != "volume_ratio is in range"]
    return NewEvent(
        type="batch.validated",
        source="upturn",
        native_ids=(batch, day.isoformat()),
        revision=hashlib.sha256(orjson.dumps(own)).hexdigest()[:16],
        subject=batch,
        time=as_of(day, context.settings.timezone),
        payload=BatchValidated(batch=batch, day=day, results=results),
    )


def _own(result: dict[str, Any]) -> dict[str, Any]:
    """Give a result without what other days say of it."""
    if not result["expectation"].endswith(" is usual"):
        return result
    return {name: result[name] for name in ("suite", "expectation", "observed")}


def _usual_shares(context: StageContext, day: date) -> tuple[UsualShare, ...]:
    from upturn.checks.sources import usual_shares

    with context.warehouse.connect() as connection:
        return usual_shares(connection, first=day - _BEFORE, last=day - timedelta(days=1))


def _usual(context: StageContext, day: date) -> float | None:
    """Give the median number of conversations of the days before that had any; None: too few to say."""
    with context.warehouse.connect() as connection:
        rows = connection.execute(
            load_sql("checks/usual_volume"), {"first": day - _BEFORE, "last": day - timedelta(days=1)}
        ).fetchall()
    counts = [count for (count,) in rows]
    return float(median(counts)) if len(counts) >= _DAYS_TO_KNOW else None
