-- What: measured effects of shipped suggestions.
-- Grain: one row per measurement event.
-- Units: effect and prediction in points of the metric, −1..1; times UTC.
-- NULLs: effect NULL: too little data.
with incoming as (
    select
        id as effect_id,
        unnest(from_json(
            data,
            '{
                "suggestion_id": "VARCHAR", "metric": "VARCHAR", "effect": "DOUBLE", "effect_low": "DOUBLE",
                "effect_high": "DOUBLE", "predicted": "DOUBLE", "method": "VARCHAR", "verdict": "VARCHAR",
                "measured_at": "TIMESTAMPTZ", "before_count": "BIGINT", "after_count": "BIGINT"
            }'
        ))
    from events
    where type = 'effect.measured'
)

select * from incoming
