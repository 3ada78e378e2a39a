-- What: the touched conversations' own fields and end, folded from all their revisions: of each field the newest
--       revision that has it, of metadata the same key by key. So a record that leaves a field out erases nothing.
-- Grain: one row per touched conversation that has started.
-- Order: updated_at (NULL is older than any), then log version, then start, then event id.
-- Units: first_started_at is the earliest start that a record gave, UTC.
-- NULLs: no revision has the field; 'unknown' as assistant_id or channel and a JSON null are no value.
with starts as materialized (
    select
        held.*,
        row_number() over (
            partition by held.conversation_id
            order by held.updated_at asc nulls first, held.log_version asc, held.started_at asc, held.event_id asc
        ) as revision
    from working.conversation_starts as held
    semi join touched_conversations as touched
        on held.conversation_id = touched.conversation_id
),

ends as (
    select
        held.*,
        row_number() over (
            partition by held.conversation_id
            order by held.updated_at asc nulls first, held.log_version asc, held.ended_at asc, held.event_id asc
        ) as revision
    from working.conversation_ends as held
    semi join touched_conversations as touched
        on held.conversation_id = touched.conversation_id
),

started as (
    select
        conversation_id,
        coalesce(arg_max(assistant_id, revision) filter (where assistant_id <> 'unknown'), 'unknown') as assistant_id,
        arg_max(assistant_version, revision) as assistant_version,
        arg_max(config_version, revision) as config_version,
        coalesce(arg_max(channel, revision) filter (where channel <> 'unknown'), 'unknown') as channel,
        arg_max(user_key, revision) as user_key,
        coalesce(arg_max(origin, revision), 'production') as origin,
        coalesce(arg_max(is_internal, revision), false) as is_internal,
        arg_max(persona, revision) as persona,
        min(started_at) as first_started_at,
        arg_max(metadata, revision) as newest_metadata,
        count(metadata) as metadata_count,
        max(log_version) as log_version
    from starts
    group by conversation_id
),

ended as (
    select
        conversation_id,
        arg_max(ended_at, revision) as source_ended_at,
        arg_max(outcome, revision) as outcome,
        max(log_version) as log_version
    from ends
    group by conversation_id
),

entries as (
    select
        starts.conversation_id,
        entry.key,
        arg_max(entry.value, { 'revision': starts.revision, 'place': entry.id }) as value
    from starts
    semi join started
        on
            starts.conversation_id = started.conversation_id
            and started.metadata_count > 1
    cross join json_each(starts.metadata) as entry
    where cast(entry.value as varchar) <> 'null'
    group by starts.conversation_id, entry.key
),

merged as (
    select
        conversation_id,
        cast(
            '{' || string_agg(to_json(key)::varchar || ':' || value::varchar, ',' order by key asc) || '}' as json
        ) as metadata
    from entries
    group by conversation_id
),

final as (
    select
        started.* exclude (newest_metadata, metadata_count, log_version),
        coalesce(merged.metadata, started.newest_metadata) as metadata,
        ended.source_ended_at,
        ended.outcome,
        ended.conversation_id is not null as has_end,
        greatest(started.log_version, ended.log_version) as log_version
    from started
    left join ended
        on started.conversation_id = ended.conversation_id
    left join merged
        on started.conversation_id = merged.conversation_id
)

select * from final
