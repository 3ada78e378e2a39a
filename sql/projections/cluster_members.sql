-- What: the members of each cluster whose row was replaced by a new fit.
-- Grain: one row per cluster and member.
-- Units: similarity −1..1, cosine to the cluster's centre.
-- Source: the temporary table incoming_clusters, which holds the clusters just replaced.
with fits as (
    select
        data ->> '$.cluster_id' as cluster_id,
        data ->> '$.fit_id' as fit_id,
        from_json(data -> '$.members', '["JSON"]') as members
    from events
    where type = 'cluster.fitted'
    qualify row_number() over (
        partition by data ->> '$.cluster_id'
        order by cast(data ->> '$.day' as date) desc, log_version desc, id desc
    ) = 1
),

members as (
    select
        fits.cluster_id,
        fits.fit_id,
        unnest(fits.members) as member
    from fits
    semi join incoming_clusters
        on fits.cluster_id = incoming_clusters.cluster_id
),

final as (
    select
        cluster_id,
        member ->> '$[0]' as conversation_id,
        max(cast(member ->> '$[1]' as double)) as similarity,
        fit_id
    from members
    group by cluster_id, conversation_id, fit_id
)

select * from final
