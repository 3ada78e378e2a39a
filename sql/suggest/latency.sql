-- What: response times of a cluster's exposed beside those of its assistant's other conversations.
-- Grain: one row per cluster of $cluster_ids with a timed response.
-- Units: milliseconds; counts of responses; $latency_ms is the threshold.
-- NULLs: other_median_ms where no other response was timed; untimed responses are left out.
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

looked_at as (
    select
        clusters.cluster_id,
        responses.latency_ms,
        suggest_exposed.conversation_id is not null as is_exposed
    from clusters
    inner join responses
        on clusters.assistant_id = responses.assistant_id
    left join suggest_exposed
        on
            clusters.cluster_id = suggest_exposed.cluster_id
            and responses.conversation_id = suggest_exposed.conversation_id
    where list_contains($cluster_ids, clusters.cluster_id)
),

final as (
    select
        cluster_id,
        count(*) filter (where is_exposed) as response_count,
        quantile_cont(latency_ms, 0.5) filter (where is_exposed) as median_ms,
        quantile_cont(latency_ms, 0.95) filter (where is_exposed) as p95_ms,
        count(*) filter (where is_exposed and latency_ms > $latency_ms) as slow_count,
        quantile_cont(latency_ms, 0.5) filter (where not is_exposed) as other_median_ms
    from looked_at
    group by cluster_id
    having count(*) filter (where is_exposed) > 0
)

select * from final
order by cluster_id
