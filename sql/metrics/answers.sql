-- What each answer is by itself, worked out once a text: its case folded, its end, its language, what it really says.
-- grain: one row per distinct text of a response in exchanges.
-- ending: finished, broken off (a comma, an open bracket, a word that can't end a sentence), or no full stop.
-- core: the text without courtesy ("thank you for your patience", "is there anything else"): what it really says.
-- Words are English: is_english says whether the text shows English function words; rules of words apply there only.
-- units: *_length in characters, those of a text in a script without spaces counted 3 times.
-- Grouped by what is distinct already: a group's rows are spread over the threads, a small table's go to one.
with spread as (
    select
        text_id as answer_id,
        any_value(text) as text
    from texts
    where text_id in (select exchanges.answer_id from exchanges)
    group by text_id
),

lowered as (
    select
        *,
        lower(text) as lowered,
        case when strlen(text) > 1.5 * length(text)
            then regexp_matches(text, '[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]')
            else false end as is_spaceless
    from spread
),

final as (
    select
        * exclude (is_spaceless),
        case
            when suffix(lowered, '.') or suffix(lowered, '?') or suffix(lowered, '!') then 'finished'
            when not regexp_matches(right(lowered, 16), '[\p{Latin},(\[]\s*$') then 'finished'
            when regexp_matches(
                right(lowered, 16),
                '([,(\[]|\b(and|or|but|the|a|an|to|of|your|our|their|its|my|because|from|into|is|are|was|will|has))\s*$'
            ) then 'broken off'
            when length(lowered) >= 40 then 'no full stop'
            else 'finished'
        end as ending,
        regexp_matches(
            lowered,
            '\b(the|you|your|is|to|and|it|this|we|my|of|please|sorry|that|with|not|have|don''t|can''t|i''m|i''ll|'
            || 'what)\b'
        ) as is_english,
        length(lowered) * if(is_spaceless, 3, 1) as text_length,
        if(is_spaceless, 3, 1) * length(
            case
                when regexp_matches(lowered, 'thank|sorry|apolog|happy|glad|here to|understand|appreci|value|patien|'
                    || 'anything else|let me know|feel free|hope|assured|committed|dedicated|important|great question')
                    then regexp_replace(lowered, '(?:\bthank(?:s| you)\b[^.!?,\n]*|'
                        || '(?:i''m|i am|we''re|we are) (?:so |very |really |truly )?(?:sorry|glad|happy|here)\b[^.!?,\n]*|'
                        || '(?:my|our) (?:sincere )?apologies[^.!?,\n]*|'
                        || '\b(?:i|we) (?:do |can |fully |truly |really |sincerely |deeply |completely )*'
                        || '(?:understand|appreciate|value|apologi[sz]e|care|hope)\b[^.!?,\n]*|'
                        || '\b(?:is there|if there''s|if there is) anything else[^.!?\n]*|'
                        || '\b(?:please )?(?:let me know|feel free|rest assured|bear with)\b[^.!?\n]*|great question|'
                        || '\b(?:our|the) (?:whole |entire )?(?:team|company|goal|mission)\b[^.!?\n]*'
                        || '(?:committed|dedicated|strive|excellen)[^.!?\n]*|'
                        || '(?:customer satisfaction|valued customer|very important to us)[^.!?\n]*)[.!?, ]*', '', 'g')
                else lowered
            end
        ) as core_length
    from lowered
)

select * from final
