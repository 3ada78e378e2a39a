-- What: what each metric says of the conversations of a version and of the one before it.
-- Grain: one row per conversation and metric that says something of it; of response_p95_ms one per measured response.
-- Units: the metric's unit; day_number counts from $first_day, the new version's first: below 0 before it.
-- Needs: version_measures(conversation_id, metric, micros): the measures of the days that are looked at.
-- Rule metrics: mean score of a conversation's responses. NULLs: what is not known has no row; no user: its own user.
with sides as (
    select
        conversation_id,
        coalesce(user_key, conversation_id) as user_group,
        date_diff('day', $first_day::date, day) as day_number,
        started_at,
        if($dimension = 'config_version', config_version, assistant_version) as version
    from production_conversations
    where
        assistant_id = $assistant_id
        and day >= $first_day::date - $horizon_days::integer
),

paired as (
    select
        * exclude (version, user_group),
        version = $version as is_new,
        dense_rank() over (order by user_group) - 1 as user_code
    from sides
    where version in ($version, $version_before)
),

measured as (
    select
        conversation_id,
        metric,
        micros / 1e6 as value
    from version_measures
    union all
    select
        conversation_id,
        metric,
        weighted_score / nullif(weight, 0) as value
    from conversation_scores
    where scorer = 'rule'
    union all
    select
        conversation_id,
        'response_p95_ms' as metric,
        latency_ms as value
    from turns
    where
        role = 'assistant'
        and latency_ms is not null
),

final as (
    select
        measured.metric,
        paired.user_code,
        paired.day_number,
        paired.is_new,
        round(measured.value, 6) as value,
        max(paired.started_at) filter (where paired.is_new) over () as newest_at
    from paired
    inner join measured
        on paired.conversation_id = measured.conversation_id
)

select * from final
order by metric asc, user_code asc, day_number asc, is_new asc, value asc
