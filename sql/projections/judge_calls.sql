-- What: every judgement, with what it cost and where its verdict can be used again.
-- Grain: one row per event response.judged.
-- Units: scores 0..1; tokens; US dollars. day: the day whose responses were judged, in the team's time zone.
-- NULLs: where an event says nothing of its charge, its tokens and its cost are the charge.
with incoming as (
    select
        id,
        time,
        recordedtime,
        log_version,
        unnest(from_json(
            data,
            '{
                "conversation_id": "VARCHAR", "turn_index": "INTEGER", "metric": "VARCHAR", "model": "VARCHAR",
                "prompt_version": "VARCHAR", "content_key": "VARCHAR", "score": "DOUBLE", "unscored_reason": "VARCHAR",
                "rationale": "VARCHAR", "votes": "JSON", "spread": "DOUBLE", "is_reused": "BOOLEAN",
                "inclusion_probability": "DOUBLE", "input_tokens": "BIGINT", "output_tokens": "BIGINT",
                "cost_usd": "DOUBLE", "charged_tokens": "BIGINT", "charged_usd": "DOUBLE", "day": "DATE"
            }'
        ))
    from events
    where type = 'response.judged'
),

final as (
    select
        id as judgement_id,
        conversation_id,
        turn_index,
        metric,
        model,
        prompt_version,
        content_key,
        score,
        unscored_reason,
        rationale,
        case when json_type(votes) = 'ARRAY' then votes end as votes,
        spread,
        coalesce(is_reused, false) as is_reused,
        inclusion_probability as drawn_probability,
        cost_usd,
        coalesce(charged_tokens, coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) as charged_tokens,
        coalesce(charged_usd, cost_usd, 0) as charged_usd,
        coalesce(day, cast(timezone($timezone, time) as date) - 1) as day,
        recordedtime as paid_at,
        log_version
    from incoming
)

select * from final
