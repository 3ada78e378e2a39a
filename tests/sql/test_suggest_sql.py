"""The files of `sql/suggest/`: a small window by hand, an empty one, NULLs and duplicates."""

from datetime import date

import duckdb
import numpy as np
import pytest

from upturn.failures.model import FIXED_MODEL
from upturn.impact.opportunity import estimate_opportunity
from upturn.impact.resampling import Resampler
from upturn.impact.window import label_count, open_window, read_touched, without_signal
from upturn.resources import load_sql
from upturn.rules.gathering import gather_evidence
from upturn.warehouse import create_schema

DAY = date(2026, 11, 2)

# c1, c2 of user ann; c3 of nobody, without persona; c4 of bob failed; c5 is internal, c6 open, c7 a day too late
_ROWS = """
insert into conversations by name
select
    name as conversation_id, 'shop' as assistant_id, version as assistant_version, 'web' as channel, who as user_key,
    'production' as origin, name = 'c5' as is_internal, name = 'c6' as is_open, persona, day::timestamptz as started_at,
    day::timestamptz as last_turn_at, 4 as turn_count, day, '2026-W45' as week, 1 as log_version
from (values
    ('c1', 'ann', 'v1', 'novice', date '2026-11-02'), ('c2', 'ann', 'v2', 'novice', date '2026-11-02'),
    ('c3', null, 'v2', null, date '2026-11-02'), ('c4', 'bob', null, 'expert', date '2026-11-02'),
    ('c5', 'eve', 'v2', null, date '2026-11-02'), ('c6', 'eve', 'v2', null, date '2026-11-02'),
    ('c7', 'eve', 'v2', null, date '2026-11-03')
) as given (name, who, version, persona, day);
insert into failures by name
select
    conversation_id, if(conversation_id in ('c2', 'c4'), 0.75, 0.25) as failure_probability,
    failure_probability > 0.5 as is_failure, if(is_failure, 3, null) as failed_turn_index, '[]' as signals,
    'm' as model_version, 1 as log_version
from conversations;
insert into clusters by name
select
    'k1' as cluster_id, 'shop' as assistant_id, 'late parcel' as title, '["parcel"]' as top_terms, 2 as size,
    'new' as status, date '2026-11-02' as first_seen, date '2026-11-02' as last_seen, '{}' as exposure_rule,
    '{}' as signal_shares, 'f' as fit_id;
insert into exposures values ('k1', 'c2'), ('k1', 'c3'), ('k1', 'c4'), ('k1', 'c5');
insert into cluster_members values ('k1', 'c2', 0.5, 'f'), ('k1', 'c4', 0.9, 'f');
insert into failure_signals values ('c2', 'slow_response', null, 1.0), ('c4', 'slow_response', 1, 0.5),
    ('c1', 'slow_response', 1, 0.5), ('c4', 'tool_failed', 2, 1.0);
insert into turns by name
select
    name as conversation_id, place as turn_index, name || place as turn_key, role,
    timestamptz '2026-11-02' as occurred_at,
    latency as latency_ms, error as error_type, tool as tool_name, place as position, 1 as log_version
from (values
    ('c1', 1, 'assistant', 1000.0, null, null), ('c2', 1, 'assistant', 4000.0, null, null),
    ('c3', 1, 'assistant', null, null, null), ('c4', 1, 'assistant', 6000.0, null, null),
    ('c4', 2, 'tool', null, null, 'find_parcel'), ('c2', 2, 'tool', 500.0, 'timeout', 'find_parcel'),
    ('c2', 3, 'tool', 700.0, null, null), ('c5', 1, 'assistant', 9000.0, null, null)
) as given (name, place, role, latency, error, tool);
insert into feedback by name
select
    'l' || number as feedback_id, 'c1' as conversation_id, 'label' as kind, 'annotator' as author,
    if(number < 2, 0.1, null) as inclusion_probability, timestamptz '2026-11-02' as received_at, 1 as log_version
from range(3) as numbers (number)
"""


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        opened.execute("set timezone = 'UTC'")
        create_schema(opened)
        yield opened


@pytest.fixture
def filled(connection):
    for statement in _ROWS.split(";\n"):
        connection.execute(statement)
    return connection


def test_the_window_holds_closed_production_conversations_with_codes(filled):
    cohort = open_window(filled, first_day=DAY, last_day=DAY)
    assert cohort.user.tolist() == [1, 1, 0, 2]  # c1 and c2 are one user; c3 stands for its own
    assert cohort.stratum.tolist() == [2, 2, 0, 1]  # no persona, expert, novice
    assert cohort.success.tolist() == [750_000, 250_000, 750_000, 250_000]
    assert [(name, codes.tolist()) for name, codes in cohort.coarser] == [
        ("assistant and channel", [0, 0, 0, 0]),
        ("assistant and persona", [2, 2, 0, 1]),
        ("assistant", [0, 0, 0, 0]),
    ]


def test_touched_are_the_exposed_of_the_window_once_and_in_the_segment(filled):
    open_window(filled, first_day=DAY, last_day=DAY)
    assert read_touched(filled, ["k1", "k1"]).tolist() == [1, 2, 3]
    assert read_touched(filled, ["k1"], dimension="assistant_version", value="v2").tolist() == [1, 2]
    assert read_touched(filled, ["k1"], dimension="persona", value="expert").tolist() == [3]
    assert read_touched(filled, ["nope"]).tolist() == []


def test_evidence_by_hand(filled):
    open_window(filled, first_day=DAY, last_day=DAY)
    (found,) = gather_evidence(filled, latency_ms=3000)
    assert (found.title, found.top_terms, found.size, found.exposed_count) == ("late parcel", ("parcel",), 2, 3)
    slow = found.signals["slow_response"]  # both members; 2 of 3 exposed; 3 of 4 conversations
    assert (slow.member_share, slow.exposed_share, slow.base_share, slow.exposed_count) == (1.0, 2 / 3, 0.75, 2)
    assert found.excess("slow_response") == 0.25
    # exposed responses: 4000 and 6000 ms (c3 is not timed); all: 1000, 4000, 6000
    assert (found.latency.response_count, found.latency.median_ms, found.latency.usual_median_ms) == (2, 5000, 4000)
    assert found.latency.p95_ms == pytest.approx(5900)
    assert found.latency.slow_share == 1.0
    (tool,) = found.tools  # an error_type in c2, the signal's turn in c4; the unnamed tool is left out
    assert (tool.tool, tool.call_count, tool.error_count, tool.conversation_count) == ("find_parcel", 2, 2, 2)
    assert tool.median_ms == 500
    persona = {each.segment.value: each.member_share for each in found.segments if each.segment.dimension == "persona"}
    assert persona == {"novice": 0.5, "expert": 0.5}
    cited = [(each.conversation_id, each.turn_index) for each in found.citations["slow_response"]]
    assert cited == [("c4", 1), ("c2", 3)]  # more similar first; without a turn, where it failed


def test_success_without_a_signal_is_what_the_model_says_without_it(filled):
    weight = FIXED_MODEL.by_signal["slow_response"]
    p = FIXED_MODEL.probability({"slow_response": 0.5, "tool_failed": 1.0})
    filled.execute("update failures set failure_probability = $1 where conversation_id = 'c4'", [round(p, 6)])
    cohort = open_window(filled, first_day=DAY, last_day=DAY)
    found = without_signal(filled, cohort, "slow_response", weight).success.tolist()
    assert found[2] == cohort.success[2]  # c3: it did not fire
    assert found[3] == pytest.approx(1e6 * (1 - FIXED_MODEL.probability({"tool_failed": 1.0})), abs=5)


def test_slow_conversations_that_fare_like_others_give_no_gap(connection):
    """A thousand conversations; every fifth was slow, by chance: only the signal itself says that they went worse."""
    slow, base = FIXED_MODEL.probability({"slow_response": 1.0}), FIXED_MODEL.probability({})
    connection.execute(
        """
        insert into conversations by name
        select
            'c' || n as conversation_id, 'shop' as assistant_id, 'web' as channel, 'u' || n as user_key,
            'production' as origin, false as is_internal, false as is_open, timestamptz '2026-11-02' as started_at,
            timestamptz '2026-11-02' as last_turn_at, 2 as turn_count, date '2026-11-02' as day, '2026-W45' as week,
            1 as log_version
        from range(1000) as numbers (n)
        """
    )
    connection.execute(
        """
        insert into failures by name
        select
            conversation_id, if(cast(conversation_id[2:] as int) % 5 = 0, $1, $2) as failure_probability,
            false as is_failure, null as failed_turn_index, '[]' as signals, 'm' as model_version, 1 as log_version
        from conversations
        """,
        [round(slow, 6), round(base, 6)],
    )
    connection.execute(
        "insert into failure_signals select conversation_id, 'slow_response', 1, 1.0 from conversations "
        "where cast(conversation_id[2:] as int) % 5 = 0"
    )
    cohort = open_window(connection, first_day=DAY, last_day=DAY)
    is_slow = cohort.success < cohort.success.max()
    exposed, resampler = np.flatnonzero(is_slow).astype(np.int64), Resampler.over(cohort.user, draws=100, seed=1)
    assert estimate_opportunity(cohort, exposed, resampler).value > 0.005
    without = without_signal(connection, cohort, "slow_response", FIXED_MODEL.by_signal["slow_response"])
    assert estimate_opportunity(without, exposed, resampler).value == pytest.approx(0, abs=1e-5)


def test_labels_count_once_per_conversation_and_only_when_drawn(filled):
    open_window(filled, first_day=DAY, last_day=DAY)
    assert label_count(filled) == 1


def test_an_empty_warehouse_gives_an_empty_window_and_no_evidence(connection):
    cohort = open_window(connection, first_day=DAY, last_day=DAY)
    assert len(cohort) == 0
    assert gather_evidence(connection, latency_ms=3000) == []
    assert read_touched(connection, ["k1"]).tolist() == []
    assert label_count(connection) == 0


@pytest.mark.parametrize("name", ["standing", "waiting"])
def test_no_suggestions_are_no_rows(connection, name):
    assert connection.execute(load_sql(f"suggest/{name}")).fetchall() == []


def test_a_rule_that_names_nothing_exposes_nothing_to_a_measurement(filled):
    parameters = {
        "first_day": DAY,
        "until": "2026-11-09 00:00:00+00",
        "shipped_at": "2026-11-03 00:00:00+00",
        "selected_first": DAY,
        "selected_last": DAY,
        "dimension": None,
        "value": None,
    }

    def measured(rules):
        rows = filled.execute(load_sql("suggest/effect"), {**parameters, "exposure_rules": rules}).fetchall()
        return sorted((period, is_exposed) for _, _, _, is_exposed, period in rows)

    assert {is_exposed for _, is_exposed in measured('[{"assistant_id": "shop", "topic_ids": []}]')} == {False}
    by_version = measured('[{"assistant_id": "shop", "assistant_version": "v2"}]')
    # before the change the fault was in v2 alone; afterwards every version carries the fix, or may
    assert by_version == [("after", True), ("selected", True), ("selected", True)]
    filled.execute("update conversations set assistant_version = 'v3' where conversation_id = 'c7'")
    assert measured('[{"assistant_id": "shop", "assistant_version": "v2"}]') == by_version
    assert {is_exposed for _, is_exposed in measured('[{"assistant_id": "shop"}]')} == {False}
    by_tool = measured('[{"assistant_id": "shop", "tool": "find_parcel"}]')
    assert sum(is_exposed for _, is_exposed in by_tool) == 2
    assert measured('[{"assistant_id": "elsewhere", "topic_ids": ["t1"]}]') == []
