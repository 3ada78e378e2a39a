-- What: an answer to the user shows the machine's inside: a variable, a function call, a raw record.
-- Grain: one row per conversation where it fired; turn_index is the first such answer.
-- Units: strength 1.
-- NULLs: a turn that calls a tool is no answer and never fires, nor does one without words.
with final as (
    select
        conversation_key,
        'internals_shown' as signal,
        min(turn_index) as turn_index,
        1.0 as strength
    from detect_turns
    where
        role = 'assistant'
        and not has_calls
        and regexp_matches(said, '\b[a-z]+_\w+ ?= ?\w|\b[a-z]+_\w+\(|\{"\w+": ?')
    group by conversation_key
)

select * from final
