-- What: the responses of each day's sample as it was drawn last or closed.
-- Grain: one row per response in the newest event sample.drawn of its day.
-- Units: probabilities 0..1. inclusion_probability: drawn, and not cut off where a budget ended the judging.
-- NULLs: stratum NULL where an event knows none.
with newest as (
    select data
    from events
    where type = 'sample.drawn'
    qualify row_number() over (partition by data ->> '$.day' order by log_version desc, id desc) = 1
),

drawn as (
    select
        cast(data ->> '$.day' as date) as day,
        coalesce(cast(data ->> '$.cutoff' as double), 1.0) as cutoff,
        from_json(data -> '$.strata', '[{"assistant_id": "VARCHAR", "channel": "VARCHAR", "band": "VARCHAR"}]') as strata,
        unnest(from_json(data -> '$.responses', '["JSON"]')) as response
    from newest
),

placed as (
    select
        response ->> '$[0]' as conversation_id,
        cast(response ->> '$[1]' as integer) as turn_index,
        day,
        cast(response ->> '$[2]' as double) as drawn_probability,
        cutoff,
        strata[cast(response ->> '$[3]' as integer) + 1] as stratum
    from drawn
),

final as (
    select
        conversation_id,
        turn_index,
        day,
        drawn_probability,
        round(least(1.0, cutoff * drawn_probability), 12) as inclusion_probability,
        case
            when stratum is not null then stratum.assistant_id || ' / ' || stratum.channel || ' / ' || stratum.band
        end as stratum
    from placed
)

select * from final
