-- What: what the ingest stage noted for each day of the week: which sources arrived.
-- Grain: one row per day from $monday to $sunday on which ingest ran, its newest run.
-- Units: counts of records; notes as JSON.
-- NULLs: none.
select
    day,
    read_count,
    quarantined_count,
    notes
from runs
where
    stage = 'ingest'
    and day between $monday and $sunday
qualify row_number() over (partition by day order by completed_at desc, run_id desc) = 1
order by day
