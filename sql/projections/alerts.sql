-- What: alerts.
-- Grain: one row per alert event.
-- Units: value and threshold in the metric's unit; raised_at UTC.
-- NULLs: segment NULL: all conversations.
with incoming as (
    select
        id as alert_id,
        unnest(from_json(
            data,
            '{
                "metric": "VARCHAR", "segment": "VARCHAR", "value": "DOUBLE", "threshold": "DOUBLE",
                "raised_at": "TIMESTAMPTZ"
            }'
        ))
    from events
    where type = 'alert.raised'
)

select * from incoming
