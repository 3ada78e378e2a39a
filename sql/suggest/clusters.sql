-- What: the live clusters with their failures and their exposure in the window.
-- Grain: one row per cluster of an assistant's newest fit that has exposed conversations.
-- Units: counts of conversations.
-- NULLs: none; a cluster without members in the window has size 0.
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
        cluster_id,
        count(*) as exposed_count
    from suggest_exposed
    group by cluster_id
),

final as (
    select
        clusters.cluster_id,
        clusters.assistant_id,
        clusters.title,
        clusters.top_terms,
        coalesce(sizes.size, 0) as size,
        reached.exposed_count
    from reached
    inner join clusters
        on reached.cluster_id = clusters.cluster_id
    left join sizes
        on reached.cluster_id = sizes.cluster_id
)

select * from final
order by cluster_id
