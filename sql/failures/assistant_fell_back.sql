-- What: the assistant says that it did not understand, does not know or found nothing.
-- Grain: one row per conversation where it fired; turn_index is the first such answer.
-- Units: strength 0.8 for one, 1 from two on.
-- NULLs: answers without words never match.
with fallbacks as (
    select
        conversation_key,
        turn_index
    from detect_turns
    where
        role = 'assistant'
        and regexp_matches(
            said,
            '\b(did not|didn''t|do not|don''t|couldn''t|could not|can''t|cannot) (quite |fully |really )?'
            || '(understand|catch that|get that|follow|make sense of|recognize|recognise)\b'
            || '|\bnot sure (i|what you|how to (answer|help))|\b(please|could you|can you|try to) (please )?(rephrase|reword)'
            || '|\b(don''t|do not|didn''t|did not) (have|know|find)( \w+){0,3} '
            || '(information|answer|details|article|about that|that topic|results?)\b'
            || '|\bi( really)? (don''t|do not) know\b|\b(no|any) (relevant |matching )?(results?|articles?) (were |was )?found'
            || '|\bcouldn''t find (any|an|the|that|what)|\bcould not find (any|an|the|that|what)'
            || '|\bsomething went wrong|\btry again later|\ban error (has )?occurred|\btechnical (issue|difficult|problem|error)'
        )
),

final as (
    select
        conversation_key,
        'assistant_fell_back' as signal,
        min(turn_index) as turn_index,
        if(count(*) > 1, 1.0, 0.8) as strength
    from fallbacks
    group by conversation_key
)

select * from final
