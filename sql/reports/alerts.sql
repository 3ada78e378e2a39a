-- What: alerts raised in the week.
-- Grain: one row per alert from $week_start to $week_end.
-- Units: value and threshold in the metric's own unit.
-- NULLs: the last five where the alert is a limit's; segment where the alert is about all conversations; statistic, mean and count in alerts without a named limit.
select
    metric,
    segment,
    value,
    threshold,
    raised_at,
    statistic,
    mean,
    conversation_count,
    version_before,
    difference,
    difference_low,
    difference_high,
    method
from alerts
where
    raised_at >= $week_start
    and raised_at < $week_end
order by raised_at, alert_id
