-- What: the first ten suggestions that wait for a decision.
-- Grain: one row per suggestion, in the order of the list.
-- Units: points of the success rate, −100..100, with their 90 % interval; id is a prefix that other commands take.
-- NULLs: points NULL where no reach can be seen.
select
    place,
    left(suggestion_id, 8) as id,
    title,
    priority,
    round(100 * impact_estimate, 1) as points,
    round(100 * impact_low, 1) as low,
    round(100 * impact_high, 1) as high,
    expires_at
from suggestion_list
order by place asc
limit 10
