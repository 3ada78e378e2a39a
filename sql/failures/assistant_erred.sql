-- What: the assistant owns up to a mistake or mix-up, or reports a problem on its side.
-- Grain: one row per conversation where it fired; turn_index is the first such answer.
-- Units: strength 1 where it owns up, 0.5 where it reports a problem ("there seems to be an issue").
-- NULLs: answers without words never match. "Sorry to hear that" and "sorry for the delay" are courtesies and no match.
with told as (
    select
        conversation_key,
        turn_index,
        regexp_matches(
            said,
            '\b(apologi[sz]e|apologies|sorry) (for|about) (the|any|that|this|my)( \w+)? '
            || '(mistake|confusion|oversight|error|misunderstanding|mix)'
            || '|\bmy (mistake|bad|error)\b|\bi (made an?( \w+)? (mistake|error)|misread|misunderstood|overlooked|mistakenly|was wrong)'
        ) as is_owned,
        regexp_matches(
            said,
            '\bthere (was|seems|appears|were|has been|is)( to be| to have been| been)? (an? |some )?(\w+ )?'
            || '(issue|error|problem|mistake|discrepancy|confusion|misunderstanding|mismatch)\b'
        ) as is_reported
    from detect_turns
    where role = 'assistant'
),

final as (
    select
        conversation_key,
        'assistant_erred' as signal,
        min(turn_index) as turn_index,
        if(bool_or(is_owned), 1.0, 0.5) as strength
    from told
    where
        is_owned
        or is_reported
    group by conversation_key
)

select * from final
