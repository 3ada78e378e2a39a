-- What: which prompts, knowledge bases, models or code changed in the week.
-- Grain: one row per release from $week_start to $week_end.
-- Units: times in UTC.
-- NULLs: version and note where the source does not say.
select
    assistant_id,
    assistant_version,
    kind,
    note,
    released_at
from releases
where
    released_at >= $week_start
    and released_at < $week_end
order by released_at, release_id
