"""Laws of the event log: how a history is cut into batches changes nothing that is in it."""

import itertools
import json
import tempfile
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.events import RECORDED, response_judged, table, turn_logged
from upturn.domain.events import NewEvent
from upturn.domain.payloads import StageCompleted, TurnLogged
from upturn.log.delta import DeltaLog
from upturn.log.encode import event_table
from upturn.log.known_ids import id_prefixes
from upturn.log.memory import MemoryLog

facts = st.builds(turn_logged, st.integers(0, 30), digest=st.sampled_from(["a", "b"]), days=st.integers(0, 2))
results = st.builds(response_judged, st.integers(0, 5), score=st.sampled_from([0.25, 0.75]))
histories = st.lists(st.one_of(facts, results), max_size=40)


@st.composite
def batches(draw):
    """A history, and the same events in another order and cut at other places."""
    history = draw(histories)
    shuffled = draw(st.permutations(history))
    cuts = sorted(draw(st.lists(st.integers(0, len(history)), max_size=4)))
    edges = [0, *cuts, len(history)]
    return history, [shuffled[start:stop] for start, stop in itertools.pairwise(edges)]


@pytest.mark.slow
@given(batches())
@settings(max_examples=40, deadline=None)
def test_any_split_in_any_order_gives_the_same_set_of_ids(split):
    history, parts = split
    whole, cut = MemoryLog(), MemoryLog()
    whole.append(table(*history))
    for part in parts:
        cut.append(table(*part))
    ids = {event.id for event in history}
    assert sorted(whole.read()["id"].to_pylist()) == sorted(cut.read()["id"].to_pylist()) == sorted(ids)


@pytest.mark.slow
@given(batches())
@settings(max_examples=12, deadline=None)
def test_both_logs_decide_alike_over_any_batches(split):
    _, parts = split
    with tempfile.TemporaryDirectory() as folder:
        logs = MemoryLog(), DeltaLog(folder + "/events")
        for part in [*parts, *parts]:
            one, other = (log.append(table(*part)) for log in logs)
            assert (one.log_version, one.appended, one.skipped) == (other.log_version, other.appended, other.skipped)
            assert one.conflicts.equals(other.conflicts)
            assert one.appended + one.skipped + one.conflicts.num_rows == len(part)
        assert logs[0].read().equals(logs[1].read())


@pytest.mark.slow
@given(histories)
@settings(max_examples=60, deadline=None)
def test_appending_again_appends_nothing(history):
    log = MemoryLog()
    log.append(table(*history))
    before = log.read()
    again = log.append(table(*history))
    assert (again.appended, again.log_version) == (0, None)
    assert log.read().equals(before)


texts = st.text(max_size=30).filter(lambda text: not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text))
moments = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=timezone(timedelta(hours=moment.hour % 12)))
)


@given(texts, texts, moments, st.dictionaries(texts, st.one_of(st.integers(-(2**53), 2**53), texts), max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_payload_comes_back_as_it_was_encoded(content, name, moment, notes):
    turn = turn_logged(1)
    turn = NewEvent(
        **{
            **vars(turn),
            "time": moment,
            "subject": name,
            "payload": turn.payload.model_copy(update={"content": content, "occurred_at": moment}),
        }
    )
    done = StageCompleted(stage="s", day=RECORDED.date(), read=1, appended=1, skipped=0, quarantined=0, notes=notes)
    stage = NewEvent("stage.completed", "upturn", ("s",), "r", "s", moment, done)
    log = MemoryLog()
    log.append(event_table([turn, stage], RECORDED))
    rows = {row["type"]: row for row in log.read().to_pylist()}
    assert TurnLogged.model_validate_json(rows["turn.logged"]["data"]) == turn.payload
    assert StageCompleted.model_validate_json(rows["stage.completed"]["data"]) == done
    assert rows["turn.logged"]["subject"] == name
    assert {row["time"] for row in rows.values()} == {moment.astimezone(UTC)}


@given(st.lists(st.uuids(), max_size=30), st.integers(0, 5))
def test_prefixes_are_the_first_64_bits_in_any_slice(ids, start):
    array = pa.chunked_array([pa.array([str(one) for one in ids], pa.string())]).slice(start)
    assert id_prefixes(array).tolist() == [one.int >> 64 for one in ids[start:]]
    assert id_prefixes(array).dtype == np.uint64


@given(st.permutations(["b", "a", "c"]))
def test_equal_notes_have_equal_text_whatever_their_order(names):
    done = StageCompleted(
        stage="s", day=RECORDED.date(), read=1, appended=1, skipped=0, quarantined=0, notes=dict.fromkeys(names, 1)
    )
    events = event_table([NewEvent("stage.completed", "upturn", ("s",), "r", "s", RECORDED, done)], RECORDED)
    text = events["data"][0].as_py()
    assert list(json.loads(text)["notes"]) == ["a", "b", "c"]
    assert ": " not in text
