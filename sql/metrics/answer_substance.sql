-- What each answer gives its reader to go on with: for completeness and helpfulness.
-- grain: one row per row of answers, with its columns. Texts that aren't English give nothing away here.
-- has_next_step: a step, place, number, link, own action, or question back. is_yes_or_no: begins with it.
-- dead_end_factor: .25 says that it can't, doesn't know or didn't understand, and gives no next step; .6 with one;
--     .4 sends the user elsewhere and says little else; .5 only asks to wait; else 1.
-- is_declining: refuses (source: the strings that XSTest, Röttger et al. 2024, matches refusals by, in a support
--     assistant's wording). has_specifics: an amount, number, day, time, link, path or list. is_asking: ends in a question.
-- asks_for: what of the user's own it asks for, bits as in texts.sql. Checking what was given is not asking.
with suspected as (
    select
        *,
        regexp_matches(lowered, '^\W*(?:yes|no|yep|nope|sure|correct|absolutely)\b') as is_yes_or_no,
        case when is_english then regexp_matches(
            lowered,
            'can''t|cannot|can not|unable|not able|couldn|could not|won''t|don''t|didn''t|not sure|no idea|beyond|'
            || 'wrong|contact|call|reach|visit|check|let me|moment|second|minute|wait|hold|bear|try again'
        ) else false end as is_suspect
    from answers
),

final as (
    select
        * exclude (is_suspect),
        case when is_english then regexp_matches(
            lowered,
            '\d|\?\s*$|https?:|\b(?:click|tap|press|select|choose|open|go to|enter|use|reply|send|download|install|'
            || 'restart|follow|sign in|log in|turn|instead|you can|you may|you could|here''s|here is|i have|i''ve|'
            || 'i will|i''ll|we''ll|we will|has been|transfer|your \w+ (?:is|was|will)|under|until|within|page|settings)\b'
        ) else false end as has_next_step,
        case
            when not is_suspect then 1
            when regexp_matches(
                lowered,
                '\b(?:(?:can''t|cannot|can not|unable to|not able to|couldn''t|could not|won''t be able to) '
                || '(?:help|assist|answer|find|do that|process|access|provide|understand|complete|locate)|'
                || '(?:i|we)(?: \w+)? don''t (?:know|have)|didn''t (?:understand|get that|catch)|not sure|no idea|beyond my|'
                || 'something went wrong|try again later)\b'
            ) then case when regexp_matches(
                lowered,
                '\?\s*$|https?:|\b(?:instead|but (?:i|you|we) can|however|you can|i''ll|i will|'
                || 'transfer|go to|open|click|reply)\b'
            ) then 0.6 else 0.25 end
            when core_length < 120 and regexp_matches(
                lowered,
                '\b(?:contact|call|reach out to|visit|check) (?:our |the |customer |your )*'
                || '(?:support|service|website|help ?cent(?:er|re)|faq|team|documentation)\b'
            ) then 0.4
            when core_length < 80 and regexp_matches(
                lowered, '\b(?:a|one) (?:moment|second|minute)|let me (?:check|look)|please (?:wait|hold)|bear with'
            ) then 0.5
            else 1
        end as dead_end_factor,
        regexp_matches(
            lowered,
            '\b(?:i|we) (?:(?:can''t|cannot|can not|won''t|will not|am not able to|''m not able to|am unable to|'
            || '''m unable to) '
            || '(?:help|assist|answer|provide|discuss|do that|comply|fulfil|support|engage|share|talk about|offer)|'
            || 'must decline|(?:have|need) to decline)|'
            || 'i''m (?:unable|not able) to (?:help|assist|answer|provide|discuss|comply|fulfil|offer)|'
            || '\bas an ai\b[^.!?]{0,60}\b(?:can''t|cannot|not able|unable|don''t)|'
            || '\bagainst (?:my|our) (?:guidelines|policy|policies)'
        ) as is_declining,
        case when is_english then regexp_matches(
            lowered,
            '\d\d|[$€£]|\d(?:st|nd|rd|th|am|pm|:| days?| weeks?| hours?| minutes?| business)|https?:|\w > \w|'
            || '\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\btomorrow\b|^\s*1[.)] |\n\s*(?:\d[.)]|[-*•]) '
        ) else false end as has_specifics,
        regexp_matches(lowered, '\?\s*$') as is_asking,
        case
            when not contains(lowered, 'your ') then 0
            when regexp_matches(lowered, '\bconfirm|\bverify|is (?:it|this|that) (?:still|correct|right)') then 0
            when not regexp_matches(
                lowered,
                '\b(?:what(?:''s| is| was)|provide|share|give|tell me|send|need|may i have|could i have|can i have|'
                || 'can i get|enter)\b[^.?!]{0,40}\byour\b[^.?!]{0,30}\b(?:e-?mail|number|id|name)\b'
            ) then 0
            else if(regexp_matches(lowered, 'your [^.?!]{0,30}\be-?mail'), 1, 0)
                + if(regexp_matches(
                    lowered,
                    'your [^.?!]{0,20}\b(?:order|booking|reservation|account|ticket|reference|tracking|phone) '
                    || '(?:number|id)'
                ), 2, 0)
                + if(regexp_matches(lowered, 'your (?:full |first |last )?name\b'), 4, 0)
        end as asks_for
    from suspected
)

select * from final
