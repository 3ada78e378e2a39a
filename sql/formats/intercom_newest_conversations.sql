-- What: the conversations as they stand, and how many older versions each has.
-- Grain: one row per conversation: the active version, else the newest.
select
    *,
    count(*) over (partition by id) - 1 as older_count
from conversation_history
where id is not null
qualify row_number() over (
    partition by id
    order by is_true(_fivetran_active) desc nulls last, updated_at desc nulls last, source_row desc
) = 1
