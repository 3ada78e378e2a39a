-- What: the assistant answered with nothing: no words, no parts, no tool call.
-- Grain: one row per conversation where it fired; turn_index is the first empty response.
-- Units: strength 1.
-- NULLs: NULL, '' and white space are all nothing.
with empty_turns as (
    select
        detect_turns.conversation_key,
        detect_turns.turn_index
    from detect_turns
    inner join changed
        on detect_turns.conversation_key = changed.conversation_key
    inner join turns
        on
            changed.conversation_id = turns.conversation_id
            and detect_turns.turn_index = turns.turn_index
    where
        detect_turns.role = 'assistant'
        and detect_turns.said = ''
        and not detect_turns.has_calls
        and coalesce(cast(turns.parts as varchar), '[]') in ('[]', 'null')
),

final as (
    select
        conversation_key,
        'response_empty' as signal,
        min(turn_index) as turn_index,
        1.0 as strength
    from empty_turns
    group by conversation_key
)

select * from final
