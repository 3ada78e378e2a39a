-- What: observations as they stand, of either layout, and how many more rows each has: windows overlap by their edge,
--       and an export may hold both layouts.
-- Grain: one row per observation of a trace. NULL: what the layout or the chosen fields leave out, and empty text.
with written as (
    select
        *,
        true as is_enriched
    from observations_v2
    union all by name
    select
        *,
        false as is_enriched
    from observations
)

select
    * replace (
        nullif(parent_observation_id, '') as parent_observation_id,
        nullif(user_id, '') as user_id,
        nullif(session_id, '') as session_id,
        nullif(trace_name, '') as trace_name,
        nullif(release, '') as release
    ),
    count(*) over (partition by trace_id, id) - 1 as older_count
from written
where id != '' and trace_id != ''
qualify
    row_number() over (
        partition by trace_id, id
        order by is_enriched desc, updated_at desc nulls last, source_file desc, source_row desc
    ) = 1
