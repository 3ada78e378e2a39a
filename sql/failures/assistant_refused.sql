-- What: the assistant says that it can't or may not do what was asked.
-- Grain: one row per conversation where it fired; turn_index is the refusal that counts most, the first of equals.
-- Units: strength 1 where the user pushes back in the next message or writes nothing more, 0.3 where the refusal was
--   taken; 0.1 where it gives a rule as its reason ("since your ticket has no insurance, I can't refund it") or states
--   one ("such tickets cannot be changed"): that is policy, and service, whether the user likes it or not.
-- NULLs: answers without words never match. A closing courtesy ("I can't thank you enough") is no refusal.
with said_by as (
    select
        conversation_key,
        turn_index,
        role,
        said,
        lead(said) over (partition by conversation_key order by turn_index) as next_said
    from detect_turns
    where
        role in ('user', 'assistant')
        and said <> ''
),

refusals as (
    select
        conversation_key,
        turn_index,
        case
            when
                regexp_matches(said, $reasoned)
                or regexp_matches(said, '\b(can''t|cannot|can not|not) be \w+ed\b|\b(not|isn''t) (eligible|possible|allowed|permitted)\b')
                then 0.1
            when
                next_said is null
                or regexp_matches(
                    next_said,
                    '^(but|however)\b|\bare you sure\b|\bis(n''t)? there (no|any|a|another)\b|\bexception|\bcan''t you\b'
                    || '|\bdouble.check|\bi (really|still|insist|was told)\b|, but\b|\bother (way|option)|disappoint|frustrat'
                )
                then 1.0
            else 0.3
        end as strength
    from said_by
    where
        role = 'assistant'
        and regexp_matches(
            said,
            '\b(can''t|cannot|can not|unable to|not able to|won''t be able to|am not allowed to|not permitted to) '
            || '(be |directly |currently |further )?(help|assist|process|do|offer|provide|complete|make|change|modify|cancel'
            || '|refund|access|update|fulfil|fulfill|accommodate|answer|discuss|issue|grant|proceed|share|comply|book|add)'
            || '|\b(beyond|outside|out of) (of )?(my|the|our) (scope|capabilit|control|polic|expertise)'
            || '|\b(not|isn''t) (eligible|possible|something i (can|could))|\b(can''t|cannot) be (changed|modified|cancel|refund)'
            || '|\bagainst (our|the|company) polic|\bas an ai\b'
        )
),

final as (
    select
        conversation_key,
        'assistant_refused' as signal,
        arg_max(turn_index, 100 * strength - turn_index / 1e6) as turn_index,
        max(strength) as strength
    from refusals
    group by conversation_key
)

select * from final
