-- What: how long users waited for a response.
-- Grain: one row per week, assistant and version with a measured response.
-- Units: milliseconds, exact percentiles; over responses of closed production conversations.
-- NULLs: responses without a measured latency are left out; a version that is not known is NULL.
with final as (
    select
        conversations.week,
        conversations.assistant_id,
        conversations.assistant_version,
        count(turns.latency_ms) as response_count,
        round(quantile_cont(turns.latency_ms, 0.5), 3) as p50_ms,
        round(quantile_cont(turns.latency_ms, 0.95), 3) as p95_ms,
        round(quantile_cont(turns.latency_ms, 0.99), 3) as p99_ms
    from production_conversations as conversations
    inner join turns
        on conversations.conversation_id = turns.conversation_id
    where
        turns.role = 'assistant'
        and turns.latency_ms is not null
    group by conversations.week, conversations.assistant_id, conversations.assistant_version
)

select * from final
