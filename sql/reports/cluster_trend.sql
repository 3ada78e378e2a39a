-- What: how the conversations that a cluster's fix would touch fared, week by week.
-- Grain: one row per cluster of $cluster_ids and week from $first_week to $week with exposed conversations.
-- Units: failure 0..1 = mean failure_probability of the exposed, failure_variance linearised over users (nobody named: the conversation); failure_count =
-- exposed conversations; member_count = failures of the newest fit that began in the week.
-- NULLs: variance is NULL for one user; conversations that were not judged are left out.
with per_person as (
    select
        exposures.cluster_id,
        conversations.week,
        coalesce(conversations.user_key, conversations.conversation_id) as person,
        count(*) as n,
        sum(cast(round(1e6 * failures.failure_probability) as bigint)) as y,
        count(members.conversation_id) as members
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
    group by exposures.cluster_id, conversations.week, person
),

sums as (
    select
        cluster_id,
        week,
        sum(y) as y,
        sum(n) as n,
        sum(y * y) as yy,
        sum(y * n) as yn,
        sum(n * n) as nn,
        count(*) as users,
        sum(members)::bigint as member_count
    from per_person
    group by cluster_id, week
),

final as (
    select
        cluster_id,
        week,
        round(y / n / 1e6, 9) as failure,
        round(ratio_variance(y / 1e6, n, yy / 1e12, yn / 1e6, nn, users), 12) as failure_variance,
        n::bigint as failure_count,
        member_count
    from sums
)

select * from final
order by cluster_id, week
