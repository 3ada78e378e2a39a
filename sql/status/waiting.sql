-- What: the first ten suggestions that wait for a decision.
-- Grain: one row per suggestion, in the order of the list.
-- Units: impact in points of the success rate, −1..1, 90 % interval.
select
    place,
    suggestion_id,
    title,
    priority,
    impact_estimate,
    impact_low,
    impact_high,
    expires_at
from suggestion_list
order by place asc
limit 10
