-- What: alerts raised in the week.
-- Grain: one row per alert from $week_start to $week_end.
-- Units: value and threshold in the metric's own unit.
-- NULLs: segment where the alert is about all conversations.
select
    metric,
    segment,
    value,
    threshold,
    raised_at
from alerts
where
    raised_at >= $week_start
    and raised_at < $week_end
order by raised_at, alert_id
