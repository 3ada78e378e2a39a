"""Encoding refuses what has no zone; old payload versions are read as the newest."""

from datetime import datetime, timedelta, timezone

import duckdb
import pytest

from tests.support.events import RECORDED, table, turn_logged
from upturn.domain.errors import UpturnError
from upturn.domain.events import NewEvent
from upturn.log.admission import admit
from upturn.log.delta import DeltaLog
from upturn.log.encode import event_schema, event_table, logged_schema
from upturn.log.known_ids import id_prefixes
from upturn.log.memory import MemoryLog
from upturn.log.upcast import UPCASTERS, outdated_schemas, upcast


def test_no_events_give_an_empty_table_of_the_schema():
    assert event_table([], RECORDED).equals(event_schema().empty_table())


def test_a_time_without_a_zone_is_refused():
    naive = NewEvent(**{**vars(turn_logged(1)), "time": datetime(2026, 11, 23)})  # noqa: DTZ001
    with pytest.raises(ValueError, match="no time zone"):
        event_table([naive], RECORDED)


def test_a_recording_time_that_is_not_utc_is_refused():
    with pytest.raises(ValueError, match="not UTC"):
        event_table([], datetime(2026, 11, 23, tzinfo=timezone(timedelta(hours=1))))


@pytest.mark.parametrize("bad", ["not a uuid", "2A371008-F61B-5192-9A57-FD8F7723DFF1", "é" * 18])
def test_an_id_that_is_no_uuid_is_refused(bad):
    events = table(turn_logged(1))
    with pytest.raises(UpturnError, match="no UUID"):
        id_prefixes(events.set_column(0, "id", [[bad]])["id"])


def rename_key(data):
    """A made-up version 2: `turn_key` is called `key`."""
    return {("key" if name == "turn_key" else name): value for name, value in data.items()}


def louder(data):
    """A made-up version 3: the digest counts more."""
    return {**data, "record_digest": data["record_digest"] + "!"}


STEPS = {("turn.logged", 1): rename_key, ("turn.logged", 2): louder}


def test_without_upcasters_events_are_read_as_they_were_written():
    assert outdated_schemas() == frozenset()
    events = table(turn_logged(1))
    assert upcast(events) is events


def test_an_old_payload_goes_through_every_step_and_others_stay():
    from tests.support.events import response_judged

    events = upcast(table(turn_logged(1, digest="d"), response_judged(1)), STEPS)
    assert events["dataschema"].to_pylist() == ["urn:upturn:turn.logged:3", "urn:upturn:response.judged:1"]
    assert '"key":"1"' in events["data"][0].as_py()
    assert '"record_digest":"d!"' in events["data"][0].as_py()
    assert '"turn_key"' not in events["data"][0].as_py()


@pytest.mark.parametrize("kind", ["delta", "memory"])
def test_old_events_are_read_exposed_and_compared_in_their_newest_version(tmp_path, monkeypatch, kind):
    log = DeltaLog(tmp_path / "events") if kind == "delta" else MemoryLog()
    log.append(table(turn_logged(1, digest="d"), turn_logged(2, digest="d")))
    for step, function in STEPS.items():
        monkeypatch.setitem(UPCASTERS, step, function)
    new = turn_logged(1, digest="d!")
    newest = NewEvent(**{**vars(new), "version": 3})
    # the stored event's digest is d! once it is brought to version 3
    assert log.append(table(newest)).skipped == 1
    assert {row["dataschema"] for row in log.read().to_pylist()} == {"urn:upturn:turn.logged:3"}
    with duckdb.connect() as connection:
        log.expose(connection)
        rows = connection.sql("select dataschema, data ->> '$.key' from events order by all").fetchall()
    assert rows == [("urn:upturn:turn.logged:3", "1"), ("urn:upturn:turn.logged:3", "2")]


def test_admission_of_events_that_are_not_suspect_asks_nothing():
    import numpy as np

    events = table(turn_logged(1), turn_logged(2))
    admission = admit(events, suspect=np.zeros(2, dtype=bool), known=logged_schema().empty_table())
    assert admission.new is events
    assert (admission.skipped, admission.conflicts.num_rows) == (0, 0)


def test_facts_without_a_digest_are_compared_by_their_whole_data():
    log = MemoryLog()
    events = table(turn_logged(1))
    place = events.schema.get_field_index("data")
    log.append(events.set_column(place, "data", [['{"a":1}']]))
    assert log.append(events.set_column(place, "data", [['{"a":1}']])).skipped == 1
    assert log.append(events.set_column(place, "data", [['{"a":2}']])).conflicts.num_rows == 1
