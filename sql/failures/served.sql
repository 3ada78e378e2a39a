-- What: signs that the user was served, which count against a failure: user_thanked (the last message thanks or
--   confirms), rated_well (a score of 0.75 or more), said_resolved (the source says so).
-- Grain: one row per conversation and sign.
-- Units: strength 1; 0.5 where the thanks came with a complaint in the same message.
-- NULLs: no message, no score, no outcome: no sign.
with last_words as (
    select
        conversation_key,
        max(turn_index) as turn_index,
        arg_max(said, turn_index) as said
    from detect_turns
    where
        role = 'user'
        and said <> ''
    group by conversation_key
),

thanked as (
    select
        conversation_key,
        'user_thanked' as signal,
        turn_index,
        if(regexp_matches(said, '\b(but|however|still|unfortunately|although)\b'), 0.5, 1.0) as strength
    from last_words
    where
        regexp_matches(
            said,
            '\b(thank|thanks|thx|ty|cheers|perfect|awesome|wonderful|excellent|that works|that helps?(ed)?|that''s all'
            || '|appreciate|great|solved|sorted|works now|merci|danke|gracias|obrigad[oa]|grazie)\b'
        )
        and not regexp_matches(said, '\b(anyway|for nothing|no thanks to|never ?mind|not (great|perfect|solved|sorted))\b')
),

rated as (
    select
        changed.conversation_key,
        'rated_well' as signal,
        min(feedback.turn_index) as turn_index,
        1.0 as strength
    from feedback
    inner join changed
        on feedback.conversation_id = changed.conversation_id
    where feedback.author = 'user'
    group by changed.conversation_key
    having min(feedback.score) >= 0.75
),

resolved as (
    select
        conversation_key,
        'said_resolved' as signal,
        cast(null as integer) as turn_index,
        1.0 as strength
    from changed
    where outcome = 'resolved'
),

final as (
    select * from thanked
    union all
    select * from rated
    union all
    select * from resolved
)

select * from final
