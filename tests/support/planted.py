"""A home whose working warehouse holds one planted problem of known size, for tests of suggestions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from upturn.home import Home
from upturn.log.memory import MemoryLog
from upturn.settings import Settings
from upturn.stages.stage import StageContext
from upturn.warehouse import Warehouse

if TYPE_CHECKING:
    import duckdb

FIRST_DAY = date(2026, 10, 1)
LAST_DAY = date(2026, 10, 28)
RECORDED = datetime(2026, 12, 1, tzinfo=UTC)

_CONVERSATIONS = """
insert into conversations by name
select
    'c' || lpad(n::varchar, 6, '0') as conversation_id,
    'a1' as assistant_id,
    'v1' as assistant_version,
    'web' as channel,
    'u' || n as user_key,
    'production' as origin,
    false as is_internal,
    if(n % 5 = 0, 't1', 't2') as topic_id,
    ($first_day + (n // 20)::integer)::timestamptz + interval 10 hour as started_at,
    started_at as last_turn_at,
    false as is_open,
    4 as turn_count,
    $first_day + (n // 20)::integer as day,
    strftime(day, '%G-W%V') as week,
    1 as log_version
from range($first_number, $last_number) as numbers (n)
"""
_FAILURES = """
insert into failures by name
select
    conversation_id,
    case when topic_id <> 't1' then 0.1 when started_at >= $better_from then 0.2 else 0.6 end as failure_probability,
    failure_probability >= 0.5 and substr(conversation_id, 7, 1) = '0' as is_failure,
    if(is_failure, 3, null) as failed_turn_index,
    '[]' as signals,
    'm1' as model_version,
    1 as log_version
from conversations
anti join failures on conversations.conversation_id = failures.conversation_id
"""
_CLUSTER = """
insert into failure_signals
select conversation_id, unnest(['tool_failed', 'user_rephrased']), 2, 1.0 from failures where is_failure;
insert into turns by name
select
    conversation_id, 2 as turn_index, 'k2' as turn_key, 'tool' as role, started_at as occurred_at, 400.0 as latency_ms,
    if(is_failure, 'timeout', null) as error_type, 'refund_api' as tool_name, 2 as position, 1 as log_version
from conversations inner join failures using (conversation_id) where topic_id = 't1';
insert into exposures select 'k1', conversation_id from conversations where topic_id = 't1';
insert into cluster_members select 'k1', conversation_id, 0.8, 'f1' from failures where is_failure;
insert into clusters by name
select
    'k1' as cluster_id, 'a1' as assistant_id, 'refund status' as title, '["refund", "status", "late"]' as top_terms,
    56 as size, 'new' as status, $last_day - 1 as first_seen, $last_day as last_seen,
    '{"topic_ids": ["t1"], "assistant_id": "a1"}' as exposure_rule, '{}' as signal_shares, 'f1' as fit_id
"""


def planted_context(root: Path) -> StageContext:
    """Give a context over 28 days × 20 conversations by 560 users.

    Every fifth conversation is about refunds (112, reach .2) with success .4, the others have .9: the gap is .5 and
    the opportunity .1. Half of the refunds (56) are failures in which refund_api timed out: cluster k1.
    """
    home, settings = Home(root).create(), Settings(bootstrap_draws=200)
    context = StageContext(
        home=home, settings=settings, log=MemoryLog(), warehouse=Warehouse(home, settings), clock=lambda: RECORDED
    )
    with context.warehouse.connect() as connection:
        _fill(connection, 0, 560)
        for statement in _CLUSTER.split(";\n"):
            connection.execute(statement, {"last_day": LAST_DAY} if "$last_day" in statement else None)
    return context


def add_days(context: StageContext, *, until: int, better_from: datetime) -> None:
    """Add the days 28..until − 1: success about refunds is .8 from `better_from` on, .4 before."""
    with context.warehouse.connect() as connection:
        _fill(connection, 560, 20 * until, better_from)


def _fill(
    connection: duckdb.DuckDBPyConnection,
    first: int,
    last: int,
    better_from: datetime = datetime(2030, 1, 1, tzinfo=UTC),
) -> None:
    connection.execute(_CONVERSATIONS, {"first_day": FIRST_DAY, "first_number": first, "last_number": last})
    connection.execute(_FAILURES, {"better_from": better_from})
