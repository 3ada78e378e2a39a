-- What: the clusters that live: those that are not resolved. One that a day's fit missed lives on until it is.
-- Grain: one row per live cluster.
-- Units: none.
-- NULLs: age_days in a home that was analysed only once: there is no age to tell.
with newest as (
    select
        clusters.cluster_id,
        clusters.assistant_id,
        clusters.title,
        clusters.top_terms,
        clusters.stability,
        clusters.first_seen,
        clusters.status,
        clusters.last_seen
    from clusters
    where clusters.last_seen <= $last_day
),

final as (
    select
        cluster_id,
        assistant_id,
        title,
        top_terms,
        stability,
        case when last_seen > (select min(first_seen) from clusters) then last_seen - first_seen end as age_days
    from newest
    where status <> 'resolved'
)

select * from final
order by cluster_id
