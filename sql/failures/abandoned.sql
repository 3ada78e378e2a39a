-- What: the user is left alone or leaves: an unanswered question at the end, a good-bye after a non-answer, or the
--   source says abandoned.
-- Grain: one row per conversation where it fired; turn_index is the last turn.
-- Units: strength 1 by the source or for an unanswered question, 0.8 when the user gives up in words, 0.6 when the
--   last words are a non-answer, 0.5 when the assistant asked and nobody answered.
-- NULLs: conversations without words only count by their outcome.
with spoken as (
    select
        conversation_key,
        turn_index,
        role,
        said
    from detect_turns
    where
        role <> 'tool'
        and (said <> '' or has_calls)
),

last_words as (
    select
        conversation_key,
        max(turn_index) as turn_index,
        arg_max(role, turn_index) as role,
        arg_max(said, turn_index) as said,
        max(turn_index) filter (where role = 'user') as user_turn_index,
        arg_max(said, turn_index) filter (where role = 'user') as user_said
    from spoken
    group by conversation_key
),

measured as (
    select
        changed.conversation_key,
        last_words.turn_index,
        case
            when changed.outcome = 'abandoned' then 1.0
            when changed.outcome in ('resolved', 'escalated') then 0.0
            when
                last_words.role = 'user'
                and regexp_matches(
                    last_words.said,
                    '\?|^(what|when|where|who|why|how|which|can|could|do|does|is|are|will|would|please|i (need|want|can''t))\b'
                )
                and not regexp_matches(last_words.said, '\b(thanks|thank you|bye|goodbye)\b')
                then 1.0
            when
                regexp_matches(
                    last_words.user_said,
                    '\b(never ?mind|forget (it|about it)|thanks for nothing|i give up|this is (pointless|going nowhere))\b'
                    || '|\b(thanks|thank you) anyway|\bi(''ll| will) (just )?(call|go|try|look|find|use|switch)( \w+){0,3} '
                    || '(elsewhere|somewhere else|someone else|instead|myself|competitor)'
                )
                then 0.8
            when
                last_words.role = 'assistant'
                and regexp_matches(
                    last_words.said,
                    '\b(unable to|can''t|cannot|couldn''t|could not|didn''t understand|don''t (know|have)|not sure|sorry)\b'
                )
                and not regexp_matches(coalesce(last_words.user_said, ''), '\b(thank|thanks|bye|great|perfect)\b')
                then 0.6
            when
                last_words.role = 'assistant'
                and regexp_matches(last_words.said, '\?\W*$')
                and not regexp_matches(last_words.said, '(anything|something) else|further (help|assist)|more i can')
                then 0.5
            else 0.0
        end as strength
    from changed
    left join last_words
        on changed.conversation_key = last_words.conversation_key
),

final as (
    select
        conversation_key,
        'abandoned' as signal,
        turn_index,
        strength
    from measured
    where strength > 0
)

select * from final
