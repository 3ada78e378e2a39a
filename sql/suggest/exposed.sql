-- What: the window's conversations that the fix of a live cluster would touch, failed or not.
-- Grain: one row per live cluster and exposed conversation of the window.
-- Units: conversation_no as in suggest_window.
-- NULLs: none; a cluster that exposes nothing has no row.
select
    exposures.cluster_id,
    suggest_window.conversation_no,
    suggest_window.conversation_id
from exposures
semi join suggest_clusters
    on exposures.cluster_id = suggest_clusters.cluster_id
inner join suggest_window
    on exposures.conversation_id = suggest_window.conversation_id
order by exposures.cluster_id, suggest_window.conversation_no
