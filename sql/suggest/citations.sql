-- What: the members of a cluster that show a signal best, and those most typical of it where they failed.
-- Grain: one row per live cluster, signal and cited conversation, at most $limit of each; signal '' = any failure.
-- Units: turn_index from 0; place from 1, most similar to the cluster's centre first.
-- NULLs: turn_index where the signal is about the whole conversation and no failed turn is known.
with members as (
    select
        cluster_members.cluster_id,
        cluster_members.conversation_id,
        cluster_members.similarity,
        failures.failed_turn_index
    from cluster_members
    semi join suggest_clusters
        on cluster_members.cluster_id = suggest_clusters.cluster_id
    semi join suggest_window
        on cluster_members.conversation_id = suggest_window.conversation_id
    inner join failures
        on cluster_members.conversation_id = failures.conversation_id
),

shown as (
    select
        members.cluster_id,
        failure_signals.signal,
        members.conversation_id,
        members.similarity,
        coalesce(failure_signals.turn_index, members.failed_turn_index) as turn_index
    from members
    inner join failure_signals
        on members.conversation_id = failure_signals.conversation_id
    union all
    select
        cluster_id,
        '' as signal,
        conversation_id,
        similarity,
        failed_turn_index as turn_index
    from members
),

final as (
    select
        cluster_id,
        signal,
        conversation_id,
        turn_index,
        row_number() over (partition by cluster_id, signal order by similarity desc, conversation_id asc) as place
    from shown
    qualify place <= $limit
)

select * from final
order by cluster_id, signal, place
