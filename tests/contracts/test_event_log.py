"""What every event log promises, over each adapter."""

from datetime import UTC, date, datetime, timedelta, timezone

import duckdb
import pyarrow as pa
import pytest

from tests.support.events import NOON, RECORDED, response_judged, table, turn_logged
from upturn.domain.errors import UpturnError
from upturn.domain.events import EVENT_COLUMNS
from upturn.log.delta import DeltaLog
from upturn.log.encode import event_schema, logged_schema
from upturn.log.memory import MemoryLog


@pytest.fixture(params=["delta", pytest.param("s3", marks=pytest.mark.slow), "memory"])
def log(request, tmp_path):
    if request.param == "s3":
        bucket = request.getfixturevalue("s3_bucket")
        return DeltaLog(f"s3://{bucket}/home/events", copies=tmp_path / "copies")
    return DeltaLog(tmp_path / "events") if request.param == "delta" else MemoryLog()


def ids(events: pa.Table) -> list[str]:
    return events["id"].to_pylist()


def test_a_log_that_holds_nothing_has_version_0_and_reads_empty(log):
    assert log.version == 0
    assert log.read().schema == logged_schema()
    assert log.read().num_rows == 0
    with duckdb.connect() as connection:
        assert log.expose(connection) == 0
        assert connection.sql("select * from events").columns == list(EVENT_COLUMNS)
        assert connection.sql("select count(*) from events").fetchone() == (0,)


def test_what_was_appended_is_read_with_its_version_and_utc_day(log):
    given = table(turn_logged(1), turn_logged(2, days=1))
    result = log.append(given)
    assert (result.log_version, result.appended, result.skipped, result.conflicts.num_rows) == (1, 2, 0, 0)
    events = log.read()
    assert events.schema == logged_schema()
    assert events.select(event_schema().names).sort_by("id").to_pylist() == given.sort_by("id").to_pylist()
    assert set(events["log_version"].to_pylist()) == {1}
    # event 1 is of 23 November, event 2 a day later
    assert sorted(events["event_date"].to_pylist()) == [date(2026, 11, 23), date(2026, 11, 24)]


def test_appending_nothing_writes_no_version(log):
    result = log.append(table())
    assert (result.log_version, result.appended, result.skipped, result.conflicts.num_rows) == (None, 0, 0, 0)
    assert log.version == 0


def test_appending_twice_is_appending_once(log):
    given = table(*(turn_logged(number) for number in range(50)), response_judged(1))
    log.append(given)
    version = log.version
    result = log.append(given)
    assert (result.log_version, result.appended, result.skipped, result.conflicts.num_rows) == (None, 0, 51, 0)
    assert log.version == version
    assert log.read().num_rows == 51


def test_a_fact_with_other_data_is_a_conflict_and_comes_back_as_given(log):
    log.append(table(turn_logged(1, digest="a")))
    given = table(turn_logged(1, digest="b"), turn_logged(2))
    result = log.append(given)
    assert (result.appended, result.skipped) == (1, 0)
    assert result.conflicts.to_pylist() == given.slice(0, 1).to_pylist()
    assert [row for row in log.read().to_pylist() if '"record_digest":"b"' in row["data"]] == []


def test_a_fact_is_compared_by_its_digest_and_not_by_its_text_or_day(log):
    first = turn_logged(1, digest="a")
    log.append(table(first))
    # redacted since then, and with another time: the record's digest is the same
    redacted = first.payload.model_copy(update={"content": "[redacted]"})
    again = turn_logged(1, digest="a", days=3)
    again = type(again)(**{**vars(again), "payload": redacted})
    result = log.append(table(again))
    assert (result.appended, result.skipped, result.conflicts.num_rows) == (0, 1, 0)


def test_of_our_own_results_the_first_written_wins(log):
    log.append(table(response_judged(1, score=0.25)))
    result = log.append(table(response_judged(1, score=0.75)))
    assert (result.appended, result.skipped, result.conflicts.num_rows) == (0, 1, 0)
    assert '"score":0.25' in log.read()["data"][0].as_py()


def test_repeats_inside_one_batch_are_compared_with_the_first(log):
    result = log.append(
        table(
            turn_logged(1, digest="a"),
            turn_logged(1, digest="a"),
            turn_logged(1, digest="b"),
            response_judged(1, score=0.25),
            response_judged(1, score=0.75),
            turn_logged(2),
        )
    )
    # new: turn 1, judgement 1, turn 2; skipped: turn 1 again, judgement again; conflict: turn 1 with digest b
    assert (result.appended, result.skipped, result.conflicts.num_rows) == (3, 2, 1)
    assert '"record_digest":"b"' in result.conflicts["data"][0].as_py()
    assert len(set(ids(log.read()))) == log.read().num_rows == 3
    assert any('"score":0.25' in text for text in log.read()["data"].to_pylist())


def test_repeats_inside_a_batch_of_a_known_fact_are_compared_with_the_known_one(log):
    log.append(table(turn_logged(1, digest="a")))
    result = log.append(table(turn_logged(1, digest="b"), turn_logged(1, digest="a"), turn_logged(1, digest="b")))
    assert (result.appended, result.skipped, result.conflicts.num_rows) == (0, 1, 2)


def test_appended_skipped_and_conflicts_add_up_to_what_was_given(log):
    log.append(table(*(turn_logged(number, digest="a") for number in range(0, 40, 2))))
    given = table(*(turn_logged(number, digest="a" if number % 3 else "b") for number in range(40)))
    result = log.append(given)
    # 20 odd numbers are new; of the 20 even ones 0, 6, …, 36 (7) conflict and 13 are skipped
    assert (result.appended, result.skipped, result.conflicts.num_rows) == (20, 13, 7)
    assert result.appended + result.skipped + result.conflicts.num_rows == given.num_rows


def test_reading_gives_only_what_is_newer_than_the_watermark_and_of_the_types_asked(log):
    for number in range(4):
        log.append(table(turn_logged(number), response_judged(number)))
    assert set(log.read(after=2)["log_version"].to_pylist()) == {3, 4}
    assert log.read(after=2, types=["response.judged"])["type"].to_pylist() == ["response.judged"] * 2
    assert log.read(after=4).num_rows == 0
    assert log.read(types=[]).num_rows == 0


def test_events_are_read_by_version_and_id(log):
    log.append(table(*(turn_logged(number) for number in range(20, 40))))
    log.append(table(*(turn_logged(number) for number in range(20))))
    order = [(row["log_version"], row["id"]) for row in log.read().to_pylist()]
    assert order == sorted(order)


def test_an_exposed_view_is_a_snapshot_and_gives_the_next_watermark(log):
    log.append(table(turn_logged(1)))
    with duckdb.connect() as connection:
        watermark = log.expose(connection)
        assert watermark == 1
        log.append(table(turn_logged(2)))
        assert connection.sql("select count(*) from events").fetchone() == (1,)
        assert log.expose(connection, after=watermark, view="newer") == 2
        assert connection.sql("select log_version from newer").fetchall() == [(2,)]
        assert log.expose(connection, after=2) == 2
        assert connection.sql("select count(*) from events").fetchone() == (0,)


def test_an_exposed_view_has_the_types_of_the_log(log):
    log.append(table(turn_logged(1)))
    with duckdb.connect() as connection:
        log.expose(connection)
        kinds = dict(zip(EVENT_COLUMNS, map(str, connection.sql("select * from events").types), strict=True))
    moments = {name for name, kind in kinds.items() if kind == "TIMESTAMP WITH TIME ZONE"}
    assert moments == {"time", "recordedtime"}
    assert (kinds["log_version"], kinds["event_date"], kinds["data"]) == ("BIGINT", "DATE", "VARCHAR")


def test_times_come_back_as_the_same_instant_in_utc(log):
    paris = timezone(timedelta(hours=1))
    event = turn_logged(1)
    local = type(event)(**{**vars(event), "time": datetime(2026, 11, 24, 0, 30, 0, 123456, tzinfo=paris)})
    log.append(table(local))
    row = log.read().to_pylist()[0]
    assert row["time"] == datetime(2026, 11, 23, 23, 30, 0, 123456, tzinfo=UTC)
    assert row["time"].utcoffset() == timedelta(0)
    assert row["event_date"] == date(2026, 11, 23)
    assert row["recordedtime"] == RECORDED != NOON


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (table(turn_logged(1)).drop_columns(["subject"]), "subject"),
        (table(turn_logged(1)).set_column(4, "time", pa.nulls(1, pa.timestamp("us", "UTC"))), "NULL in time"),
        (table(turn_logged(1)).set_column(4, "time", pa.array(["noon"])), "types"),
    ],
)
def test_a_table_that_holds_no_events_is_refused(log, broken, said):
    with pytest.raises(UpturnError, match=said):
        log.append(broken)
    assert log.version == 0


def rewritten_at(log, **changes) -> int | None:
    what = {"remove": [], "replace": {}, "add": table(response_judged(99))}
    return log.rewrite(**{"at": log.version, **what, **changes})


def test_rewriting_takes_events_out_gives_others_new_data_and_adds_what_says_so(log):
    log.append(table(*(turn_logged(number, days=number // 5) for number in range(15))))
    log.append(table(response_judged(1), response_judged(2)))
    before = {row["id"]: row for row in log.read().to_pylist()}
    first, edited = turn_logged(0, days=0), response_judged(1)
    version = rewritten_at(log, remove=[first.id, turn_logged(14, days=2).id], replace={edited.id: "{}"})
    assert version == log.version == 3
    after = {row["id"]: row for row in log.read().to_pylist()}
    added = after.pop(response_judged(99).id)
    assert (added["log_version"], added["event_date"]) == (3, date(2026, 11, 23))
    assert before.keys() - after.keys() == {first.id, turn_logged(14, days=2).id}
    assert after.pop(edited.id) == {**before[edited.id], "data": "{}"}
    assert all(row == before[event_id] for event_id, row in after.items())
    assert set(log.read(after=2)["log_version"].to_pylist()) == {3}


def test_what_was_taken_out_may_be_appended_again(log):
    log.append(table(*(turn_logged(number) for number in range(3))))
    rewritten_at(log, remove=[turn_logged(1).id])
    log.purge()
    assert log.append(table(*(turn_logged(number) for number in range(3)))).appended == 1


def test_a_rewrite_decided_on_an_older_version_does_nothing(log):
    log.append(table(turn_logged(1)))
    at = log.version
    log.append(table(turn_logged(2)))
    assert rewritten_at(log, at=at, remove=[turn_logged(1).id]) is None
    assert (log.version, log.read().num_rows) == (2, 2)


def test_a_log_without_events_takes_what_a_rewrite_adds(log):
    assert rewritten_at(log, at=0, remove=[turn_logged(1).id]) == 1
    assert log.read()["id"].to_pylist() == [response_judged(99).id]
    assert rewritten_at(log, add=table(response_judged(98))) == 2


def test_purging_keeps_every_event(log):
    assert log.purge() == 0
    log.append(table(*(turn_logged(number, days=number) for number in range(4))))
    rewritten_at(log, remove=[turn_logged(2, days=2).id])
    before = log.read()
    log.purge()
    assert log.read().equals(before)
    assert log.append(table(turn_logged(3, days=3), turn_logged(9))).appended == 1
