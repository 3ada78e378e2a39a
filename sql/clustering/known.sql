-- What: the clusters as their newest fits left them.
-- Grain: one row per cluster, ordered by its id.
-- Units: members are the ids of failed conversations, sorted; last_seen is the day of the newest fit.
-- NULLs: a resolved cluster may have no members: an empty list. stability NULL: too few members.
with members as (
    select
        cluster_id,
        list_sort(list(conversation_id)) as members
    from cluster_members
    group by cluster_id
),

final as (
    select
        clusters.cluster_id,
        clusters.assistant_id,
        clusters.status,
        clusters.first_seen,
        clusters.last_seen,
        clusters.title,
        clusters.stability,
        cast(clusters.top_terms as varchar) as top_terms,
        cast(clusters.exposure_rule as varchar) as exposure_rule,
        cast(clusters.signal_shares as varchar) as signal_shares,
        coalesce(members.members, []) as members
    from clusters
    left join members
        on clusters.cluster_id = members.cluster_id
)

select * from final
order by cluster_id
