-- What: what each watched metric says of each conversation at hand.
-- Grain: one row per conversation and metric that says something of it; of response_p95_ms one per measured response.
-- Units: micros are millionths of the metric's unit. Rule metrics: mean score of a conversation's responses.
-- NULLs: what is not known has no row.
with summed as (
    select
        conversation_id,
        unnest([
            { 'metric': 'accuracy', 'micros': sum(cast(round(1e6 * accuracy) as bigint)), 'n': count(accuracy) },
            { 'metric': 'relevance', 'micros': sum(cast(round(1e6 * relevance) as bigint)), 'n': count(relevance) },
            { 'metric': 'coherence', 'micros': sum(cast(round(1e6 * coherence) as bigint)), 'n': count(coherence) },
            {
                'metric': 'completeness',
                'micros': sum(cast(round(1e6 * completeness) as bigint)),
                'n': count(completeness)
            },
            { 'metric': 'helpfulness', 'micros': sum(cast(round(1e6 * helpfulness) as bigint)), 'n': count(helpfulness) },
            { 'metric': 'efficiency', 'micros': sum(cast(round(1e6 * efficiency) as bigint)), 'n': count(efficiency) },
            { 'metric': 'safety', 'micros': sum(cast(round(1e6 * safety) as bigint)), 'n': count(safety) }
        ]) as total
    from working.rule_scores
    group by conversation_id
),

final as (
    select
        conversation_id,
        metric,
        micros
    from conversation_measures
    union all
    select
        conversation_id,
        total.metric as metric,
        cast(round(total.micros / total.n) as bigint) as micros
    from summed
    where total.n > 0
    union all
    select
        conversation_id,
        'response_p95_ms' as metric,
        cast(round(1e6 * latency_ms) as bigint) as micros
    from turns
    where
        role = 'assistant'
        and latency_ms is not null
)

select * from final
