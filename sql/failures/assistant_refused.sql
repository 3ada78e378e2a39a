-- What: the assistant says that it can't or may not do what was asked.
-- Grain: one row per conversation where it fired; turn_index is the first refusal.
-- Units: strength 0.6 for one refusal, 1 from two on; 0.1 where each refusal gives a rule as its reason ("since your
--   ticket has no insurance, I can't refund it"): that is policy, and may be right.
-- NULLs: answers without words never match. A closing courtesy ("I can't thank you enough") is no refusal.
with refusals as (
    select
        conversation_key,
        turn_index,
        regexp_matches(said, $reasoned) as is_reasoned
    from detect_turns
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
        coalesce(min(turn_index) filter (where not is_reasoned), min(turn_index)) as turn_index,
        case count(*) filter (where not is_reasoned)
            when 0 then 0.1
            when 1 then 0.6
            else 1.0
        end as strength
    from refusals
    group by conversation_key
)

select * from final
