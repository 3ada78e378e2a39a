-- What: the live clusters with their failures and their exposure in the window.
-- Grain: one row per live cluster with failures in the window.
-- Units: counts of conversations.
-- NULLs: stability where too few members tell; age_days counts from the first fit; a cluster that exposes nothing has exposed_count 0.
with sizes as (
    select
        cluster_members.cluster_id,
        count(*) as size
    from cluster_members
    inner join suggest_window
        on cluster_members.conversation_id = suggest_window.conversation_id
    group by cluster_members.cluster_id
),

reached as (
    select
        suggest_exposed.cluster_id,
        count(*) as exposed_count,
        count(*) filter (where failures.is_failure) as exposed_failure_count
    from suggest_exposed
    inner join suggest_window
        on suggest_exposed.conversation_no = suggest_window.conversation_no
    inner join failures
        on suggest_window.conversation_id = failures.conversation_id
    group by suggest_exposed.cluster_id
),

final as (
    select
        suggest_clusters.cluster_id,
        suggest_clusters.assistant_id,
        suggest_clusters.title,
        suggest_clusters.top_terms,
        suggest_clusters.stability,
        suggest_clusters.age_days,
        coalesce(sizes.size, 0) as size,
        coalesce(reached.exposed_count, 0) as exposed_count,
        coalesce(reached.exposed_failure_count, 0) as exposed_failure_count
    from suggest_clusters
    left join reached
        on suggest_clusters.cluster_id = reached.cluster_id
    left join sizes
        on suggest_clusters.cluster_id = sizes.cluster_id
    where sizes.size > 0
)

select * from final
order by cluster_id
