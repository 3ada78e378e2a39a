"""The stage `validate`: what it records, and that a second run records nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from tests.support.staged import Staged
from upturn.domain.errors import NotFoundError
from upturn.home import Home
from upturn.log.memory import MemoryLog
from upturn.settings import Settings
from upturn.stages.stage import StageContext
from upturn.stages.staged_day import note_appended
from upturn.stages.validate import validate
from upturn.warehouse import Warehouse

DAY = date(2026, 11, 3)


@pytest.fixture
def context(tmp_path: Path) -> StageContext:
    home, settings = Home(tmp_path / "home").create(), Settings()
    return StageContext(
        home=home,
        settings=settings,
        log=MemoryLog(),
        warehouse=Warehouse(home, settings),
        clock=lambda: datetime(2026, 11, 4, 2, tzinfo=UTC),
    )


def _stage(context: StageContext) -> Path:
    staged = Staged()
    staged.record(1)
    staged.record(2, turn={"role": "robot"})
    return staged.write(context.home.staging / DAY.isoformat())


def test_a_day_that_nobody_staged_is_no_empty_day(context: StageContext) -> None:
    with pytest.raises(NotFoundError, match="nothing is staged"):
        validate(context, DAY)
    note_appended(context.home, DAY)
    assert validate(context, DAY).as_dict() == {"read": 0, "appended": 0, "skipped": 0, "quarantined": 0}
    assert context.log.version == 0


def test_a_batch_is_recorded_with_every_expectation(context: StageContext) -> None:
    folder = _stage(context)

    counts = validate(context, DAY)

    assert (counts.read, counts.quarantined, counts.appended) == (2, 1, 1)
    assert counts.notes == {"warnings": 1, "warned": "rejected_share is out of range (0.5)"}  # 1 of 2 records
    assert [path.name for path in folder.glob("refused-*")] == ["refused-00000.parquet"]
    payload = orjson.loads(context.log.read(types=["batch.validated"])["data"][0].as_py())
    failed = {(one["suite"], one["expectation"]) for one in payload["results"] if not one["is_success"]}
    assert failed == {("turns", "role is known"), ("batch", "rejected_share is in range")}
    assert (payload["batch"], payload["day"]) == ("2026-11-03", "2026-11-03")


def test_the_results_are_kept_in_validations(context: StageContext) -> None:
    _stage(context)

    validate(context, DAY)

    with context.warehouse.connect() as connection:
        rows = connection.execute(
            "select evaluated_count, unexpected_count from validations where suite = 'turns' and not is_success"
        ).fetchall()
    assert rows == [(4, 1)]


def test_a_second_run_records_nothing(context: StageContext) -> None:
    _stage(context)
    validate(context, DAY)
    version = context.log.version

    again = validate(context, DAY)

    assert (again.appended, again.skipped, again.quarantined) == (0, 1, 1)
    assert context.log.version == version


def test_the_volume_is_judged_against_the_days_before(context: StageContext) -> None:
    _stage(context)
    with context.warehouse.connect() as connection:
        connection.execute("""
            insert into conversations by name
            select
                'old' || n as conversation_id, 'shop' as assistant_id, 'web' as channel, 'production' as origin,
                false as is_internal, timestamptz '2026-10-30 12:00:00+00' as started_at, started_at as last_turn_at,
                false as is_open, 2 as turn_count, date '2026-10-30' + (n % 3)::integer as day,
                '2026-W44' as week, 1 as log_version
            from range(60) as numbers(n)
        """)

    validate(context, DAY)

    payload = orjson.loads(context.log.read(types=["batch.validated"])["data"][0].as_py())
    volume = next(one for one in payload["results"] if one["expectation"] == "volume_ratio is in range")
    assert (volume["observed"], volume["is_success"]) == ("0.1", False)  # 2 conversations against 60 / 3 days = 20


def _validate_shared_ids(context: StageContext, day: date, *, twice: int) -> bool:
    """Validate a day of ten conversations, of which so many come in two records; whether duplicates are as usual."""
    staged = Staged()
    for line in range(1, 11 + twice):
        staged.record(line, conversation={"conversation_id": f"c{(line - 1) % 10}"})
    staged.write(context.home.staging / day.isoformat())
    validate(context, day)
    with context.warehouse.connect() as connection:
        (row,) = connection.execute(
            "select is_success from validations where expectation = 'duplicate_share of chat is usual' and day = ?",
            [day],
        ).fetchall()
    return bool(row[0])


@pytest.mark.parametrize(("before", "now", "is_usual"), [(5, 5, True), (0, 1, False), (1, 10, False)])
def test_duplicates_are_judged_against_the_same_source_before(
    context: StageContext, before: int, now: int, is_usual: bool
) -> None:
    days = [DAY + timedelta(days=number) for number in range(4)]

    assert [_validate_shared_ids(context, day, twice=before) for day in days[:3]] == [True] * 3
    assert _validate_shared_ids(context, days[3], twice=now) is is_usual

    assert validate(context, days[3]).skipped == 1  # the same is not recorded again
