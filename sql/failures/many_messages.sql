-- What: it took the user many messages: the upper end alone.
-- Grain: one row per conversation where it fired; turn_index NULL: it is about the whole.
-- Units: strength rises from 0 at nine messages of the user to 1 at eighteen. A fixed scale, not the assistant's usual:
--   so a conversation's strength never depends on which others are known.
-- NULLs: messages without words count; short conversations never fire, and shortness counts for nothing.
with counted as (
    select
        conversation_key,
        count(*) as message_count
    from detect_turns
    where role = 'user'
    group by conversation_key
),

final as (
    select
        conversation_key,
        'many_messages' as signal,
        cast(null as integer) as turn_index,
        round(least((message_count - 9) / 9, 1.0), 6) as strength
    from counted
    where message_count > 9
)

select * from final
