-- What: the window's conversations that the fix of a live cluster would touch, failed or not.
-- Grain: one row per cluster of the assistant's newest fit and exposed conversation of the window.
-- Units: conversation_no as in suggest_window.
-- NULLs: none.
with newest as (
    select
        clusters.cluster_id,
        clusters.status,
        clusters.last_seen,
        max(clusters.last_seen) over (partition by clusters.assistant_id) as newest_fit
    from clusters
    where clusters.last_seen <= $last_day
),

final as (
    select
        exposures.cluster_id,
        suggest_window.conversation_no,
        suggest_window.conversation_id
    from newest
    inner join exposures
        on newest.cluster_id = exposures.cluster_id
    inner join suggest_window
        on exposures.conversation_id = suggest_window.conversation_id
    where
        newest.last_seen = newest.newest_fit
        and newest.status <> 'resolved'
)

select * from final
order by cluster_id, conversation_no
