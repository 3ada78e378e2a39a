-- What: how often each failure signal fired: in the cluster, among its exposed, in all the assistant's conversations.
-- Grain: one row per live cluster and signal that fired in it or among its exposed.
-- Units: counts of conversations and their totals; shares are divided where they are used.
-- NULLs: none; a signal that never fired has no row.
with fired as (
    select distinct
        suggest_window.conversation_id,
        suggest_window.assistant_id,
        failure_signals.signal
    from failure_signals
    inner join suggest_window
        on failure_signals.conversation_id = suggest_window.conversation_id
),

by_assistant as (
    select
        assistant_id,
        signal,
        count(*) as base_count
    from fired
    group by assistant_id, signal
),

totals as (
    select
        assistant_id,
        count(*) as conversation_count
    from suggest_window
    group by assistant_id
),

by_exposed as (
    select
        suggest_exposed.cluster_id,
        fired.signal,
        count(*) as exposed_count
    from suggest_exposed
    inner join fired
        on suggest_exposed.conversation_id = fired.conversation_id
    group by suggest_exposed.cluster_id, fired.signal
),

by_member as (
    select
        cluster_members.cluster_id,
        fired.signal,
        count(*) as member_count
    from cluster_members
    inner join fired
        on cluster_members.conversation_id = fired.conversation_id
    group by cluster_members.cluster_id, fired.signal
),

counted as (
    select
        cluster_id,
        signal,
        coalesce(by_member.member_count, 0) as member_count,
        coalesce(by_exposed.exposed_count, 0) as exposed_count
    from by_member
    full join by_exposed using (cluster_id, signal)
),

final as (
    select
        counted.cluster_id,
        counted.signal,
        counted.member_count,
        counted.exposed_count,
        by_assistant.base_count,
        totals.conversation_count as base_total
    from counted
    inner join suggest_clusters
        on counted.cluster_id = suggest_clusters.cluster_id
    inner join by_assistant
        on
            suggest_clusters.assistant_id = by_assistant.assistant_id
            and counted.signal = by_assistant.signal
    inner join totals
        on suggest_clusters.assistant_id = totals.assistant_id
)

select * from final
order by cluster_id, signal
