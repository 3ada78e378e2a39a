-- What: how far the published warehouse is.
-- Grain: one row.
-- Units: as_of UTC; counts of rows.
-- NULLs: as_of NULL: no day was run.
select
    state.schema_version,
    state.log_version,
    state.as_of,
    count(conversations.conversation_id) as conversation_count,
    coalesce(sum(conversations.turn_count), 0) as turn_count,
    count(*) filter (where conversations.is_open) as open_count,
    count(*) filter (where conversations.is_internal) as internal_count
from warehouse_state as state
left join conversations
    on state.schema_version is not null
group by state.schema_version, state.log_version, state.as_of
