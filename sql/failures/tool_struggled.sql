-- What: the assistant needs many tool calls for one message of the user: it searches, retries or loses its way.
-- Grain: one row per conversation where it fired; turn_index is the fifth tool result in a row.
-- Units: strength 0.7 from five results for one message on, 1 from eight on: a run, not a sum, so that a long
--   conversation with single calls never fires.
-- NULLs: conversations without tools never fire.
with numbered as (
    select
        conversation_key,
        turn_index,
        role,
        count(*) filter (where role = 'user') over (partition by conversation_key order by turn_index) as message_number
    from detect_turns
    where role in ('user', 'tool')
),

runs as (
    select
        conversation_key,
        list_sort(list(turn_index))[5] as turn_index,
        count(*) as result_count
    from numbered
    where role = 'tool'
    group by
        conversation_key,
        message_number
    having count(*) >= 5
),

final as (
    select
        conversation_key,
        'tool_struggled' as signal,
        min(turn_index) as turn_index,
        if(max(result_count) >= 8, 1.0, 0.7) as strength
    from runs
    group by conversation_key
)

select * from final
