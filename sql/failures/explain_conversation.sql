-- What: what is known of a conversation as a failure or none, and the cluster it is in.
-- Grain: one row per conversation whose id is $id.
-- Units: failure_probability 0..1; signals are [{signal, turn_index, strength}] by name.
-- NULLs: no failure row (open, internal or test traffic) and no cluster give NULLs; no signal gives an empty list.
with signals as (
    select
        conversation_id,
        list({ 'signal': signal, 'turn_index': turn_index, 'strength': strength } order by signal) as signals
    from failure_signals
    where conversation_id = $id
    group by conversation_id
),

member as (
    select
        cluster_members.conversation_id,
        clusters.cluster_id,
        clusters.title,
        cluster_members.similarity
    from cluster_members
    inner join clusters
        on cluster_members.cluster_id = clusters.cluster_id
    where cluster_members.conversation_id = $id
    qualify row_number() over (
        partition by cluster_members.conversation_id
        order by clusters.last_seen desc, clusters.cluster_id asc
    ) = 1
),

final as (
    select
        conversations.conversation_id,
        conversations.is_open,
        conversations.origin,
        conversations.is_internal,
        topics.title as topic,
        failures.failure_probability,
        failures.is_failure,
        failures.failed_turn_index,
        failures.model_version,
        coalesce(signals.signals, []) as signals,
        member.cluster_id,
        member.title as cluster_title,
        member.similarity
    from conversations
    left join topics
        on conversations.topic_id = topics.topic_id
    left join failures
        on conversations.conversation_id = failures.conversation_id
    left join signals
        on conversations.conversation_id = signals.conversation_id
    left join member
        on conversations.conversation_id = member.conversation_id
    where conversations.conversation_id = $id
)

select * from final
