-- What: what a cluster is, how many conversations its fix would touch, and its ties to older clusters.
-- Grain: one row per cluster whose id is $id.
-- Units: counts of conversations; shares 0..1; topics are the titles of the topics in the exposure rule.
-- NULLs: stability NULL: too few members. Empty lists where there is no topic or tie.
with topic_titles as (
    select list(topics.title order by topics.title) as titles
    from clusters
    inner join topics
        on list_contains(from_json(clusters.exposure_rule -> '$.topic_ids', '["VARCHAR"]'), topics.topic_id)
    where clusters.cluster_id = $id
),

ties as (
    select list(kind || ' ' || parent_cluster_id || ' (' || shared || ' shared)' order by parent_cluster_id) as ties
    from cluster_lineage
    where
        cluster_id = $id
        and fit_id = (
            select clusters.fit_id from clusters
            where clusters.cluster_id = $id
        )
),

exposed as (
    select count(*) as exposed_count
    from exposures
    where cluster_id = $id
),

final as (
    select
        clusters.cluster_id,
        clusters.assistant_id,
        clusters.title,
        clusters.size,
        clusters.status,
        clusters.first_seen,
        clusters.last_seen,
        clusters.stability,
        cast(clusters.top_terms as varchar) as top_terms,
        cast(clusters.signal_shares as varchar) as signal_shares,
        cast(clusters.exposure_rule as varchar) as exposure_rule,
        exposed.exposed_count,
        coalesce(topic_titles.titles, []) as topics,
        coalesce(ties.ties, []) as ties
    from clusters
    cross join exposed
    cross join topic_titles
    cross join ties
    where clusters.cluster_id = $id
)

select * from final
