-- What: what each metric says of the conversations of a version and of the one before it.
-- Grain: one row per conversation and metric that says something of it; of response_p95_ms one per measured response.
-- Units: the metric's unit; day_number counts from $first_day, the new version's first: below 0 before it.
-- Needs: version_measures(conversation_id, metric, micros): measures.sql of the days that are looked at.
-- NULLs: what is not known has no row; no user: its own user.
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

final as (
    select
        measures.metric,
        paired.user_code,
        paired.day_number,
        paired.is_new,
        measures.micros / 1e6 as value,
        max(paired.started_at) filter (where paired.is_new) over () as newest_at
    from paired
    inner join version_measures as measures
        on paired.conversation_id = measures.conversation_id
)

select * from final
order by metric asc, user_code asc, day_number asc, is_new asc, value asc
