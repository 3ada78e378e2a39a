-- What: how a cluster's failures and its exposed are spread over versions, channels and personas.
-- Grain: one row per live cluster, dimension and value that members have.
-- Units: counts of conversations; total_members counts the cluster's members in the window.
-- NULLs: conversations without a value in a dimension have no row in it.
with placed as (
    select
        suggest_exposed.cluster_id,
        suggest_window.assistant_version,
        suggest_window.channel,
        suggest_window.persona,
        cluster_members.conversation_id is not null as is_member
    from suggest_exposed
    inner join suggest_window
        on suggest_exposed.conversation_no = suggest_window.conversation_no
    left join cluster_members
        on
            suggest_exposed.cluster_id = cluster_members.cluster_id
            and suggest_exposed.conversation_id = cluster_members.conversation_id
),

long as (
    unpivot placed
    on assistant_version, channel, persona
    into name dimension value value
),

totals as (
    select
        cluster_id,
        count(*) filter (where is_member) as total_members
    from placed
    group by cluster_id
),

final as (
    select
        long.cluster_id,
        long.dimension,
        long.value,
        count(*) filter (where long.is_member) as member_count,
        count(*) as exposed_count,
        totals.total_members
    from long
    inner join totals
        on long.cluster_id = totals.cluster_id
    group by long.cluster_id, long.dimension, long.value, totals.total_members
    having count(*) filter (where long.is_member) > 0
)

select * from final
order by cluster_id asc, member_count desc, dimension asc, value asc
