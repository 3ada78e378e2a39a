-- What: the parts of conversations as they stand, and how many older versions each has.
-- Grain: one row per part: the active version, else the newest; a part without an id is one of its own.
select
    *,
    count(*) over (partition by coalesce(id, source_file || '#' || source_row)) - 1 as older_count
from conversation_part_history
qualify row_number() over (
    partition by coalesce(id, source_file || '#' || source_row)
    order by is_true(_fivetran_active) desc nulls last, updated_at desc nulls last, source_row desc
) = 1
