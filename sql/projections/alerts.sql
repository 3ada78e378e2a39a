-- What: alerts.
-- Grain: one row per alert event.
-- Units: value and threshold in the metric's unit; raised_at UTC.
-- NULLs: segment NULL: all conversations; name and what follows it NULL: an event of before limits had names.
with incoming as (
    select
        id as alert_id,
        unnest(from_json(
            data,
            '{
                "metric": "VARCHAR", "segment": "VARCHAR", "value": "DOUBLE", "threshold": "DOUBLE",
                "raised_at": "TIMESTAMPTZ", "name": "VARCHAR", "statistic": "VARCHAR", "direction": "VARCHAR",
                "segment_kind": "VARCHAR", "mean": "DOUBLE", "low": "DOUBLE", "high": "DOUBLE",
                "conversation_count": "BIGINT", "last_day": "DATE", "window_days": "BIGINT",
                "kind": "VARCHAR", "version_before": "VARCHAR", "difference": "DOUBLE", "difference_low": "DOUBLE",
                "difference_high": "DOUBLE", "method": "VARCHAR"
            }'
        ))
    from events
    where type = 'alert.raised'
)

select * replace (coalesce(kind, 'limit') as kind) from incoming
