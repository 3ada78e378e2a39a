-- What: the samples of the Prometheus metrics but the histogram.
-- Grain: one row per metric and combination of labels, in their order.
-- Units: as `upturn.monitoring.families` says per metric; times are seconds since 1970 (UTC).
-- NULLs: a value of nothing has no row. Quality and satisfaction are those of the newest week that has any.
with newest as (
    select max(week) as week
    from conversation_scores
),

newest_rated as (
    select max(week) as week
    from production_conversations
    where satisfaction is not null
),

samples as (
    select
        'test_executions' as metric,
        [type, result] as labels,
        cast(count(*) as double) as value
    from test_results
    group by type, result
    union all
    select
        'response_quality_score',
        [scores.metric],
        round(cast(sum(cast(round(1e6 * scores.weighted_score) as bigint)) as double)
            / nullif(cast(sum(cast(round(1e6 * scores.weight) as bigint)) as double), 0), 6)
    from conversation_scores as scores
    inner join newest
        on scores.week = newest.week
    where scores.scorer = if(scores.metric in ('helpfulness', 'accuracy', 'relevance'), 'judge', 'rule')
    group by scores.metric
    union all
    select
        'user_satisfaction_score',
        [conversations.assistant_id],
        round(cast(sum(cast(round(1e6 * conversations.satisfaction) as bigint)) as double) / count(*) / 1e6, 6)
    from production_conversations as conversations
    inner join newest_rated
        on conversations.week = newest_rated.week
    where conversations.satisfaction is not null
    group by conversations.assistant_id
    union all
    select
        'optimization_improvements',
        [suggestions.category],
        cast(count(distinct suggestions.suggestion_id) as double)
    from effects
    inner join suggestions
        on effects.suggestion_id = suggestions.suggestion_id
    where effects.verdict = 'improved'
    group by suggestions.category
    union all
    select
        'upturn_conversations',
        [assistant_id],
        cast(count(*) as double)
    from production_conversations
    group by assistant_id
    union all
    select
        'upturn_alerts',
        [coalesce(name, metric)],
        cast(count(*) as double)
    from alerts
    group by coalesce(name, metric)
    union all
    select
        'upturn_quarantined_records',
        [source_name, rule],
        cast(count(*) as double)
    from quarantine
    group by source_name, rule
    union all
    select
        'upturn_stage_completed_timestamp_seconds',
        [stage],
        epoch(max(completed_at))
    from runs
    group by stage
    union all
    select
        'upturn_stage_day_timestamp_seconds',
        [stage],
        epoch(cast(max(day) as timestamp))
    from runs
    group by stage
    union all
    select
        'upturn_log_version',
        [],
        cast(log_version as double)
    from warehouse_state
    union all
    select
        'upturn_suggestions_pending',
        [],
        cast(count(*) as double)
    from suggestion_list
),

final as (
    select
        metric,
        labels,
        value
    from samples
    where value is not null
)

select * from final
order by metric asc, labels asc
