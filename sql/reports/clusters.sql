-- What: the clusters of failures, by how many of their failures began in the week.
-- Grain: one row per cluster with a failure in $week, at most 10.
-- Units: week_count = member failures of the week; size = of the fit's window; stability 0..1, a bootstrap Jaccard.
-- NULLs: stability with too few members.
select
    clusters.cluster_id,
    clusters.title,
    clusters.status,
    clusters.size,
    clusters.stability,
    clusters.first_seen,
    count(*) as week_count
from clusters
inner join cluster_members as members on clusters.cluster_id = members.cluster_id
inner join production_conversations as conversations on members.conversation_id = conversations.conversation_id
where conversations.week = $week
group by all
order by week_count desc, clusters.cluster_id asc
limit 10
