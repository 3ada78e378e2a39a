-- What: the tickets as they stand, and how many older rows each has: an incremental export repeats a changed ticket.
-- Grain: one row per ticket.
select
    *,
    count(*) over (partition by id) - 1 as older_count
from ticket
where id is not null
qualify row_number() over (partition by id order by updated_at desc nulls last, source_file asc, source_row desc) = 1
