-- What: it took the assistant many look-ups and actions: each is one more that can go wrong.
-- Grain: one row per conversation where it fired; turn_index NULL: it is about the whole.
-- Units: strength rises from 0 at six tool results to 1 at fifteen. A fixed scale, not the assistant's usual:
--   so a conversation's strength never depends on which others are known.
-- NULLs: conversations without tools never fire.
with counted as (
    select
        conversation_key,
        count(*) as result_count
    from detect_turns
    where role = 'tool'
    group by conversation_key
),

final as (
    select
        conversation_key,
        'many_steps' as signal,
        cast(null as integer) as turn_index,
        round(least((result_count - 6) / 9, 1.0), 6) as strength
    from counted
    where result_count > 6
)

select * from final
