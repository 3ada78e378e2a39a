-- What: which tools the exposed conversations of a cluster used, how often they failed, how long they took.
-- Grain: one row per cluster of $cluster_ids and tool.
-- Units: counts of tool turns and conversations; milliseconds.
-- NULLs: tool turns without a name are left out; median_ms where no turn of the tool was timed.
-- An error is an error_type, or the turn at which the signal tool_failed fired.
with used as (
    select
        suggest_exposed.cluster_id,
        turns.conversation_id,
        turns.tool_name as tool,
        turns.latency_ms,
        coalesce(turns.error_type, '') <> '' or failure_signals.signal is not null as is_error
    from turns
    inner join suggest_exposed
        on turns.conversation_id = suggest_exposed.conversation_id
    left join failure_signals
        on
            turns.conversation_id = failure_signals.conversation_id
            and turns.turn_index = failure_signals.turn_index
            and failure_signals.signal = 'tool_failed'
    where
        turns.role = 'tool'
        and turns.tool_name is not null
        and list_contains($cluster_ids, suggest_exposed.cluster_id)
),

final as (
    select
        cluster_id,
        tool,
        count(*) as call_count,
        count(*) filter (where is_error) as error_count,
        count(distinct conversation_id) filter (where is_error) as conversation_count,
        quantile_cont(latency_ms, 0.5) as median_ms
    from used
    group by cluster_id, tool
)

select * from final
order by cluster_id asc, error_count desc, call_count desc, tool asc
