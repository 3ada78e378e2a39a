-- What: how many responses there were to draw from, by stratum.
-- Grain: one row per day and stratum of the day's newest event sample.drawn.
-- Units: counts; conversation_weight: sum of 1 / responses of the conversation.
with newest as (
    select data
    from events
    where type = 'sample.drawn'
    qualify row_number() over (partition by data ->> '$.day' order by log_version desc, id desc) = 1
),

strata as (
    select
        cast(data ->> '$.day' as date) as day,
        unnest(from_json(
            data -> '$.strata',
            '[{
                "assistant_id": "VARCHAR", "channel": "VARCHAR", "band": "VARCHAR",
                "population": "BIGINT", "conversation_weight": "DOUBLE"
            }]'
        )) as stratum
    from newest
),

final as (
    select
        day,
        stratum.assistant_id || ' / ' || stratum.channel || ' / ' || stratum.band as stratum,
        stratum.population,
        stratum.conversation_weight
    from strata
)

select * from final
