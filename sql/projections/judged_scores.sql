-- What: scores that the judge gave, newest judgement of each response and metric.
-- Grain: one row per response and metric, scorer 'judge'.
-- Units: score 0..1; inclusion_probability 0..1; cost in US dollars.
-- NULLs: score NULL: unscored, with its reason. The newest log version wins, then the greatest event id.
with incoming as (
    select
        id as event_id,
        log_version,
        unnest(from_json(
            data,
            '{
                "conversation_id": "VARCHAR", "turn_index": "INTEGER", "metric": "VARCHAR",
                "score": "DOUBLE", "unscored_reason": "VARCHAR", "model": "VARCHAR",
                "prompt_version": "VARCHAR", "inclusion_probability": "DOUBLE", "cost_usd": "DOUBLE"
            }'
        ))
    from events
    where type = 'response.judged'
),

final as (
    select
        conversation_id,
        turn_index,
        metric,
        'judge' as scorer,
        score,
        unscored_reason,
        concat_ws('/', model, prompt_version) as scorer_version,
        inclusion_probability,
        cost_usd
    from incoming
    qualify row_number() over (
        partition by conversation_id, turn_index, metric
        order by log_version desc, event_id desc
    ) = 1
)

select * from final
