-- What: the user says that the answer was wrong or that something else was meant.
-- Grain: one row per conversation where it fired; turn_index is the first correction after an answer.
-- Units: strength 1 from two corrections on, 0.7 for one.
-- NULLs: the first message of a conversation corrects nobody and is left out. "No, …" after the assistant's question is
--   an answer to it, and "no, that's all" an end: neither corrects.
with answered as (
    select
        conversation_key,
        turn_index,
        role,
        said,
        lag(said) over (partition by conversation_key order by turn_index) as said_before
    from detect_turns
    where
        role in ('user', 'assistant')
        and said <> ''
),

corrections as (
    select
        conversation_key,
        turn_index
    from answered
    where
        role = 'user'
        and said_before is not null
        and (
            (
                regexp_matches(said, '^(no|nope|wait|hold on|actually no)\b[,. !]*(that|this|it|i|you|not|but|my)\b')
                and not regexp_matches(
                    said, '^(no|nope)\b[,. !]*(that|this|it|i)(''s|''ll| is| will| am| think)?( \w+){0,2} (all|it|good|set|fine)\b'
                )
                and (not contains(said_before, '?') or regexp_matches(said, '\b(meant|wrong|incorrect|not what)\b'))
            )
            or regexp_matches(
                said,
                '\b(i|we) (meant|didn''t (say|ask|mean|want|order|request)|never (said|asked|wanted))\b'
                || '|\bthat(''s| is| was)( still)? (not (what|right|correct|it|true|my|the one)|wrong|incorrect)\b'
                || '|\b(not what i|isn''t what i|wasn''t what i)\b'
                || '|\byou (misunderstood|misread|are not listening|aren''t listening|got (it|that) wrong|made a mistake)\b'
                || '|\b(still|already) (told|said|gave|asked|explained|provided|tried)\b|\b(as|like) i (already )?said\b'
                || '|\b(did|does|do)(n''t| not) (answer|help|work|solve)\b|\bstill (not|doesn''t|does not|isn''t|won''t|can''t)\b'
            )
        )
),

final as (
    select
        conversation_key,
        'user_corrected' as signal,
        min(turn_index) as turn_index,
        if(count(*) > 1, 1.0, 0.7) as strength
    from corrections
    group by conversation_key
)

select * from final
