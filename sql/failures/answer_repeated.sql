-- What: the assistant gives the same answer twice, numbers aside.
-- Grain: one row per conversation where it fired; turn_index is the first repetition.
-- Units: strength 0.7 for one repetition, 1 from two on.
-- NULLs: answers under 25 characters, and courtesies ("anything else?", "you're welcome"), are left out.
with repeated as (
    select
        conversation_key,
        list_sort(list(turn_index))[2] as turn_index,
        count(*) - 1 as repeat_count
    from detect_turns
    where
        role = 'assistant'
        and length(said) >= 25
        and not regexp_matches(left(said, 160), 'anything else|welcome|good ?bye|thank you for|have a (good|great|nice)')
    group by
        conversation_key,
        regexp_replace(said, '\d+', '0', 'g')
    having count(*) > 1
),

final as (
    select
        conversation_key,
        'answer_repeated' as signal,
        min(turn_index) as turn_index,
        if(sum(repeat_count) > 1, 1.0, 0.7) as strength
    from repeated
    group by conversation_key
)

select * from final
