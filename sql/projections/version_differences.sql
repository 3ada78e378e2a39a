-- What: new versions against those before them, as the newest of the new comparisons has it.
-- Grain: one row per assistant, dimension, version with a new comparison, metric and method.
-- Units: differences in the metric's unit; of one day the newest log version wins, then the greatest event id.
-- NULLs: difference NULL: too little data; low and high also where the data don't bound the difference on that side.
with incoming as (
    select
        id as event_id,
        log_version,
        unnest(from_json(
            data,
            '{
                "assistant_id": "VARCHAR", "dimension": "VARCHAR", "version": "VARCHAR", "version_before": "VARCHAR",
                "first_day": "DATE", "day": "DATE", "level": "DOUBLE",
                "differences": [{
                    "metric": "VARCHAR", "method": "VARCHAR", "difference": "DOUBLE", "low": "DOUBLE", "high": "DOUBLE",
                    "value": "DOUBLE", "value_before": "DOUBLE", "n": "BIGINT", "n_before": "BIGINT",
                    "verdict": "VARCHAR", "is_flagged": "BOOLEAN"
                }]
            }'
        ))
    from events
    where type = 'version.compared'
),

newest as (
    select *
    from incoming
    qualify row_number() over (
        partition by assistant_id, dimension, version
        order by day desc, log_version desc, event_id desc
    ) = 1
),

final as (
    select
        assistant_id,
        dimension,
        version,
        version_before,
        first_day,
        day as compared_on,
        level,
        unnest(differences, recursive := true)
    from newest
)

select * from final
