-- What: the assistant calls the same tool with the same arguments again: it goes in circles.
-- Grain: one row per conversation where it fired; turn_index is the first repeated call.
-- Units: strength 0.7 for one repetition, 1 from two on.
-- NULLs: turns without calls are left out; ids of calls are ignored.
with calls as (
    select
        conversation_key,
        turn_index,
        unnest(from_json(tool_calls, '[{"name":"VARCHAR","arguments":"JSON"}]')) as call
    from detect_turns
    where has_calls
),

repeated as (
    select
        conversation_key,
        list_sort(list(turn_index))[2] as turn_index,
        count(*) - 1 as repeat_count
    from calls
    group by
        conversation_key,
        call.name,
        cast(call.arguments as varchar)
    having count(*) > 1
),

final as (
    select
        conversation_key,
        'tool_repeated' as signal,
        min(turn_index) as turn_index,
        if(sum(repeat_count) > 1, 1.0, 0.7) as strength
    from repeated
    group by conversation_key
)

select * from final
