-- What: the days on which assistants were talked to: only these can show that a failure is gone.
-- Grain: one row per assistant and day, of closed production conversations that began from $first_day to $last_day.
-- Units: day of the start, in the team's time zone.
-- NULLs: none.
select distinct
    assistant_id,
    day
from production_conversations
where day between $first_day and $last_day
order by assistant_id, day
