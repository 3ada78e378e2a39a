-- What: the conversations that a fix of a cluster would touch, failed or not, by the cluster's exposure rule.
-- Grain: one row per cluster and exposed conversation, of the clusters and conversations due for a new look.
-- Window: the $window_days days that end with the cluster's last_seen, by day of the start.
-- Rule: a conversation is exposed if it meets all that the rule names: topic_ids, assistant_id, assistant_version,
--       channel, persona, tool, error_type, latency_over_ms, metric_below {metric, score}.
-- NULLs: a rule that names nothing, or something else, exposes nothing; a NULL field meets no rule on it.
-- Source: the temporary tables due_clusters and due_conversations.
with rules as (
    select
        clusters.cluster_id,
        clusters.last_seen,
        due_clusters.cluster_id is not null as is_due,
        unnest(from_json(
            clusters.exposure_rule,
            '{
                "topic_ids": ["VARCHAR"], "assistant_id": "VARCHAR", "assistant_version": "VARCHAR",
                "channel": "VARCHAR", "persona": "VARCHAR", "tool": "VARCHAR", "error_type": "VARCHAR",
                "latency_over_ms": "DOUBLE", "metric_below": {"metric": "VARCHAR", "score": "DOUBLE"}
            }'
        ))
    from clusters
    left join due_clusters
        on clusters.cluster_id = due_clusters.cluster_id
    where
        len(json_keys(clusters.exposure_rule)) > 0
        and list_has_all(
            [
                'topic_ids', 'assistant_id', 'assistant_version', 'channel', 'persona', 'tool',
                'error_type', 'latency_over_ms', 'metric_below'
            ],
            json_keys(clusters.exposure_rule)
        )
),

looked_at as (
    select
        production_conversations.*,
        due_conversations.conversation_id is not null as is_due
    from production_conversations
    left join due_conversations
        on production_conversations.conversation_id = due_conversations.conversation_id
    where
        due_conversations.conversation_id is not null
        or production_conversations.day >= (
            select min(rules.last_seen) - ($window_days - 1)
            from rules
            where rules.is_due
        )
),

candidates as (
    select
        rules.* exclude (is_due),
        conversations.conversation_id
    from rules
    inner join looked_at as conversations
        on
            (rules.is_due or conversations.is_due)
            and conversations.day between rules.last_seen - ($window_days - 1) and rules.last_seen
            and (rules.topic_ids is null or list_contains(rules.topic_ids, conversations.topic_id))
            and (rules.assistant_id is null or rules.assistant_id = conversations.assistant_id)
            and (rules.assistant_version is null or rules.assistant_version = conversations.assistant_version)
            and (rules.channel is null or rules.channel = conversations.channel)
            and (rules.persona is null or rules.persona = conversations.persona)
),

by_turn as (
    select
        candidates.cluster_id,
        candidates.conversation_id,
        bool_or(
            turns.tool_name = candidates.tool
            or list_contains(from_json(turns.tool_calls -> '$[*].name', '["VARCHAR"]'), candidates.tool)
        ) as meets_tool,
        bool_or(turns.error_type = candidates.error_type) as meets_error_type,
        bool_or(turns.latency_ms > candidates.latency_over_ms) as meets_latency
    from candidates
    inner join turns
        on candidates.conversation_id = turns.conversation_id
    where
        candidates.tool is not null
        or candidates.error_type is not null
        or candidates.latency_over_ms is not null
    group by candidates.cluster_id, candidates.conversation_id
),

by_score as (
    select distinct
        candidates.cluster_id,
        candidates.conversation_id
    from candidates
    inner join response_scores as scores
        on
            candidates.conversation_id = scores.conversation_id
            and candidates.metric_below.metric = scores.metric
            and candidates.metric_below.score > scores.score
),

final as (
    select
        candidates.cluster_id,
        candidates.conversation_id
    from candidates
    left join by_turn
        on
            candidates.cluster_id = by_turn.cluster_id
            and candidates.conversation_id = by_turn.conversation_id
    left join by_score
        on
            candidates.cluster_id = by_score.cluster_id
            and candidates.conversation_id = by_score.conversation_id
    where
        (candidates.tool is null or by_turn.meets_tool)
        and (candidates.error_type is null or by_turn.meets_error_type)
        and (candidates.latency_over_ms is null or by_turn.meets_latency)
        and (candidates.metric_below is null or by_score.conversation_id is not null)
)

select * from final
