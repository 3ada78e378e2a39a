-- What: the ten newest alerts.
-- Grain: one row per alert.
-- Units: value, mean and limit in the metric's unit; day is the last of the window, or that of the alert.
-- NULLs: segment NULL: all conversations.
select
    coalesce(last_day, cast(raised_at as date)) as day,
    if(kind = 'regression', 'worse: ', coalesce(statistic || ' of ', '')) || metric as metric,
    segment,
    round(value, 3) as value,
    round(mean, 3) as mean,
    threshold as limit_value,
    conversation_count as conversations
from alerts
order by coalesce(last_day, cast(raised_at as date)) desc, alert_id asc
limit 10
