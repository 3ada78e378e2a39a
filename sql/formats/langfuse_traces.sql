-- What: traces as they stand, known by their own row or by an observation.
-- Grain: one row per trace. Times UTC. older_count: further rows of the trace and of its observations.
with newest as (
    select
        *,
        count(*) over (partition by id) - 1 as older_count
    from traces
    where id != ''
    qualify
        row_number() over (
            partition by id
            order by updated_at desc nulls last, source_file desc, source_row desc
        ) = 1
)

select
    coalesce(newest.id, observed.trace_id) as id,
    coalesce(newest.source_file, observed.source_file) as source_file,
    coalesce(newest.source_row, observed.source_row) as source_row,
    in_utc(coalesce(newest.timestamp, observed.first_at)) as timestamp,
    coalesce(nullif(newest.session_id, ''), observed.session_id) as session_id,
    coalesce(nullif(newest.user_id, ''), observed.user_id) as user_id,
    coalesce(nullif(newest.name, ''), observed.trace_name) as name,
    coalesce(nullif(newest.release, ''), observed.release) as release,
    nullif(newest.version, '') as version,
    coalesce(newest.environment, observed.environment) as environment,
    try_cast(coalesce(newest.tags, observed.tags) as json) as tags,
    newest.metadata,
    newest.input,
    newest.output,
    coalesce(observed.observations, []) as observations,
    coalesce(newest.older_count, 0) + coalesce(observed.older_count, 0) as older_count
from newest
full join langfuse_observed as observed on newest.id = observed.trace_id
