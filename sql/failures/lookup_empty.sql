-- What: a tool gave nothing back: the assistant looked where nothing is, or for what does not exist.
-- Grain: one row per conversation where it fired; turn_index is the first empty result.
-- Units: strength 0.6 for one, 1 from two on.
-- NULLs: a result without words, null, none, [] and {} are all nothing.
with nothing as (
    select
        conversation_key,
        turn_index
    from detect_turns
    where
        role = 'tool'
        and regexp_matches(left(said, 100), '^\W*(none|null)?\W*$|^\W*(not found|no (results?|matches|records?|data))\b')
),

final as (
    select
        conversation_key,
        'lookup_empty' as signal,
        min(turn_index) as turn_index,
        if(count(*) > 1, 1.0, 0.6) as strength
    from nothing
    group by conversation_key
)

select * from final
