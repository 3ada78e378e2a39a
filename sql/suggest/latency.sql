-- What: response times of a cluster's exposed beside those of all its assistant's conversations.
-- Grain: one row per cluster of $cluster_ids with a timed response.
-- Units: milliseconds; counts of responses; $latency_ms is the threshold.
-- NULLs: untimed responses are left out.
with responses as (
    select
        turns.conversation_id,
        turns.latency_ms,
        suggest_window.assistant_id
    from turns
    inner join suggest_window
        on turns.conversation_id = suggest_window.conversation_id
    where
        turns.role = 'assistant'
        and turns.latency_ms is not null
),

usual as (
    select
        assistant_id,
        quantile_cont(latency_ms, 0.5) as usual_median_ms
    from responses
    group by assistant_id
),

timed as (
    select
        suggest_exposed.cluster_id,
        count(*) as response_count,
        quantile_cont(responses.latency_ms, [0.5, 0.95]) as quantiles,
        count(*) filter (where responses.latency_ms > $latency_ms) as slow_count
    from suggest_exposed
    inner join responses
        on suggest_exposed.conversation_id = responses.conversation_id
    where list_contains($cluster_ids, suggest_exposed.cluster_id)
    group by suggest_exposed.cluster_id
),

final as (
    select
        timed.cluster_id,
        timed.response_count,
        timed.quantiles[1] as median_ms,
        timed.quantiles[2] as p95_ms,
        timed.slow_count,
        usual.usual_median_ms
    from timed
    inner join clusters
        on timed.cluster_id = clusters.cluster_id
    inner join usual
        on clusters.assistant_id = usual.assistant_id
)

select * from final
order by cluster_id
