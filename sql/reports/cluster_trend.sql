-- What: how the conversations that a cluster's fix would touch fared, week by week.
-- Grain: one row per cluster of $cluster_ids and week from $first_week to $week with exposed conversations.
-- Units: failure 0..1 = mean failure_probability of the exposed, failure_variance over conversations; failure_count =
-- exposed conversations; member_count = failures of the newest fit that began in the week.
-- NULLs: variance is NULL for one conversation; conversations that were not judged are left out.
with exposed as (
    select
        exposures.cluster_id,
        conversations.week,
        count(*) as failure_count,
        avg(failures.failure_probability) as failure,
        var_samp(failures.failure_probability) / count(*) as failure_variance,
        count(members.conversation_id) as member_count
    from exposures
    inner join production_conversations as conversations
        on exposures.conversation_id = conversations.conversation_id
    inner join failures on exposures.conversation_id = failures.conversation_id
    left join cluster_members as members
        on
            exposures.cluster_id = members.cluster_id
            and exposures.conversation_id = members.conversation_id
    where
        exposures.cluster_id in (select unnest($cluster_ids))
        and conversations.week between $first_week and $week
    group by exposures.cluster_id, conversations.week
),

final as (
    select
        cluster_id,
        week,
        round(failure, 9) as failure,
        round(failure_variance, 12) as failure_variance,
        failure_count,
        member_count
    from exposed
)

select * from final
order by cluster_id, week
