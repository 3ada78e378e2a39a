-- What: the window's conversations that meet the rule which the other half of the users gives: what a gap is measured by.
-- Grain: one row per live cluster and conversation of the window; of clusters that have rules of both halves only.
-- Units: conversation_no as in suggest_window. Halves as in clustering/segments.sql: a rule of one is applied to the other.
-- NULLs: a NULL field meets no rule on it; a rule that names nothing is met by all, as those of exposure_rule never are.
with rules as (
    select
        clusters.cluster_id,
        numbers.half,
        unnest(from_json(
            clusters.exposure_halves -> numbers.half,
            '{
                "topic_ids": ["VARCHAR"], "assistant_id": "VARCHAR", "assistant_version": "VARCHAR",
                "channel": "VARCHAR", "persona": "VARCHAR", "tool": "VARCHAR", "latency_over_ms": "DOUBLE"
            }'
        ))
    from clusters
    semi join suggest_clusters
        on clusters.cluster_id = suggest_clusters.cluster_id
    cross join (values (0), (1)) as numbers (half)
    where json_array_length(clusters.exposure_halves) = 2
),

looked_at as (
    select
        suggest_window.conversation_no,
        conversations.conversation_id,
        conversations.assistant_id,
        conversations.assistant_version,
        conversations.channel,
        conversations.persona,
        conversations.topic_id,
        ascii(md5(coalesce(conversations.user_key, conversations.conversation_id))) % 2 as half
    from suggest_window
    inner join production_conversations as conversations
        on suggest_window.conversation_id = conversations.conversation_id
),

candidates as (
    select
        rules.cluster_id,
        rules.tool,
        rules.latency_over_ms,
        looked_at.conversation_no,
        looked_at.conversation_id
    from rules
    inner join looked_at
        on
            rules.half <> looked_at.half
            and (rules.topic_ids is null or list_contains(rules.topic_ids, looked_at.topic_id))
            and (rules.assistant_id is null or rules.assistant_id = looked_at.assistant_id)
            and (rules.assistant_version is null or rules.assistant_version = looked_at.assistant_version)
            and (rules.channel is null or rules.channel = looked_at.channel)
            and (rules.persona is null or rules.persona = looked_at.persona)
),

by_turn as (
    select
        candidates.cluster_id,
        candidates.conversation_id,
        bool_or(
            turns.tool_name = candidates.tool
            or list_contains(from_json(turns.tool_calls -> '$[*].name', '["VARCHAR"]'), candidates.tool)
        ) as meets_tool,
        bool_or(turns.latency_ms > candidates.latency_over_ms) as meets_latency
    from candidates
    inner join turns
        on candidates.conversation_id = turns.conversation_id
    where
        candidates.tool is not null
        or candidates.latency_over_ms is not null
    group by candidates.cluster_id, candidates.conversation_id
),

final as (
    select
        candidates.cluster_id,
        candidates.conversation_no
    from candidates
    left join by_turn
        on
            candidates.cluster_id = by_turn.cluster_id
            and candidates.conversation_id = by_turn.conversation_id
    where
        (candidates.tool is null or by_turn.meets_tool)
        and (candidates.latency_over_ms is null or by_turn.meets_latency)
)

select * from final
order by cluster_id, conversation_no
