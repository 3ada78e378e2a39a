-- Responses prepared for the rule metrics, read once: text, the request it answers, the answer before it.
-- grain: one row per response = assistant turn that speaks to the user, of the conversations in conversations_to_score.
--     An assistant turn with no text that only calls tools says nothing to anybody: it is left out.
-- empty: blanks and invisible characters only -> unscored_reason 'empty_response'; no text but typed parts such as
--     an image -> 'no_text'. Such rows get a NULL score from every metric.
-- request: the newest user turn before the response, with the user turn right before that one where both came in a row
--     and straight before the response; NULL where the user had said nothing yet. asked is the same in lower case.
-- given: what the user had said of themselves up to here, as bits: 1 e-mail, 2 number of 4 or more digits, 4 name.
-- ending: finished, broken off (a comma, an open bracket, a word that can't end a sentence), or no full stop.
-- core: the text without courtesy ("thank you for your patience", "is there anything else"): what it really says.
-- Words are English: is_english says whether the text shows English function words; rules of words apply there only.
-- units: *_length in characters, those of a text in a script without spaces counted 3 times; latency in ms.
create or replace temp table responses as
with spoken as (
    select
        turns.conversation_id,
        turns.turn_index,
        turns.role,
        turns.latency_ms,
        turns.output_tokens,
        coalesce(cast(turns.tool_calls as varchar) not in ('[]', 'null', ''), false) as is_calling,
        coalesce(cast(turns.parts as varchar) not in ('[]', 'null', ''), false) as has_parts,
        case
            when turns.content >= '!' and turns.content < chr(127) then turns.content
            when regexp_matches(turns.content, '[^\s\x{00A0}\x{00AD}\x{180E}\x{200B}-\x{200F}\x{2060}\x{FEFF}]')
                then turns.content
        end as said
    from turns
    inner join conversations_to_score on turns.conversation_id = conversations_to_score.conversation_id
    where turns.role in ('user', 'assistant')
),

placed as (
    select
        * exclude (has_parts),
        case when said is not null then null when has_parts then 'no_text' else 'empty_response' end as unscored_reason,
        lag(role) over conversation = 'user' and lag(role, 2) over conversation = 'user' as has_two_requests,
        lag(said, 2) over conversation as said_two_before,
        last_value(case when role = 'user' then said end ignore nulls) over earlier as newest_request,
        last_value(case when role = 'assistant' then said end ignore nulls) over earlier as previous_answer,
        coalesce(bit_or(case when role = 'user'
            then case when contains(said, '@') then 1 else 0 end
                + case when regexp_matches(said, '\d{4}') then 2 else 0 end
                + case when contains(said, 'y name is ') then 4 else 0 end
        end) over earlier, 0) as given
    from spoken
    window
        conversation as (partition by conversation_id order by turn_index),
        earlier as (
            partition by conversation_id
            order by turn_index
            rows between unbounded preceding and 1 preceding
        )
),

lowered as (
    select
        conversation_id,
        turn_index,
        latency_ms,
        output_tokens,
        is_calling,
        unscored_reason,
        given,
        said as text,
        lower(said) as lowered,
        lower(case when has_two_requests then concat_ws(chr(10), said_two_before, newest_request)
            else newest_request end) as asked,
        coalesce(lower(previous_answer) = lower(said), false) as is_repeated,
        strlen(said) > 1.5 * length(said)
        and regexp_matches(said, '[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]') as is_spaceless
    from placed
    where role = 'assistant' and not (unscored_reason is not distinct from 'empty_response' and is_calling)
),

final as (
    select
        * exclude (is_spaceless),
        case
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
        coalesce(regexp_matches(asked, '\b(the|my|is|to|you|how|what|why|where|when|and|for|it|please)\b'), false)
            as is_asked_in_english,
        length(lowered) * case when is_spaceless then 3 else 1 end as text_length,
        case when is_spaceless then 3 else 1 end * length(
            case
                when regexp_matches(lowered, 'thank|sorry|apolog|happy|glad|here to|understand|appreci|value|patien|'
                    || 'anything else|let me know|feel free|hope|assured|committed|dedicated|important|'
                    || 'great question')
                    then regexp_replace(lowered, '(?:\bthank(?:s| you)\b[^.!?,\n]*|'
                        || '(?:i''m|i am|we''re|we are) (?:so |very |really |truly )?(?:sorry|glad|happy|'
                        || 'here)\b[^.!?,\n]*|'
                        || '(?:my|our) (?:sincere )?apologies[^.!?,\n]*|'
                        || '\b(?:i|we) (?:do |can |fully |truly |really |sincerely |deeply |completely )*'
                        || '(?:understand|appreciate|value|apologi[sz]e|care|hope)\b[^.!?,\n]*|'
                        || '\b(?:is there|if there''s|if there is) anything else[^.!?\n]*|'
                        || '\b(?:please )?(?:let me know|feel free|rest assured|bear with)\b[^.!?\n]*|great question|'
                        || '\b(?:our|the) (?:whole |entire )?(?:team|company|goal|mission)\b[^.!?\n]*'
                        || '(?:committed|dedicated|strive|excellen)[^.!?\n]*|'
                        || '(?:customer satisfaction|valued customer|'
                        || 'very important to us)[^.!?\n]*)[.!?, ]*', '', 'g')
                else lowered
            end
        ) as core_length
    from lowered
)

select * from final;
