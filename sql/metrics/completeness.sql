-- version: 1
-- completeness: does the response serve the whole request, as far as its text can show?
-- grain: one row per response of the temp table responses. range: 0 (nothing of it) .. 1 (all of it), 4 decimals.
-- NULL: empty_response, no_text (see responses.sql); no_request: the user had asked nothing yet.
-- score: (what it says + what it picks up + what to do next) × factors of incompleteness
--     what it says, .5: length of the core (courtesy taken out) over what the request needs, at most 1. Need: 40
--         characters an ask (1 to 4 asks: question marks, "and also"); 3 for yes or no to a yes-no question;
--         0 for a request that is only thanks, a greeting or a goodbye.
--     what it picks up, .3: share of the request's first 12 content words (5 letters or more, by their first 5)
--         that the response holds, full at a half: an answer need not echo its question.
--     what to do next, .2: a step, place, number, link, own action, or question back.
--     × .25 dead end: says that it can't, doesn't know or didn't understand, and gives no next step; × .6 with one
--     × .4 sends the user elsewhere and says little else · × .5 only asks to wait · × .6 breaks off
-- Other languages than English and scripts without spaces: the first part alone, and only the last factor.
-- source: weights, needs and factors are upturn's own judgement; tests fix the orders they must give.
with asked_for as (
    select
        conversation_id,
        turn_index,
        lowered,
        core_length,
        ending,
        is_english and is_asked_in_english as is_readable,
        case
            when unscored_reason is not null then unscored_reason
            when asked is null then 'no_request'
        end as unscored_reason,
        case
            when length(asked) < 60 and regexp_matches(
                asked,
                '^\W*(?:(?:ok|okay|great|perfect|hi|hello|hey|thanks?|thank you|thx|bye|goodbye|there|so much|'
                || 'very much|good (?:day|morning|evening|afternoon)|a lot|cheers|have a (?:nice|good) day|you too)\W*)+$'
            ) then 0
            when regexp_matches(lowered, '^\W*(?:yes|no|yep|nope|sure|correct|absolutely)\b') and regexp_matches(
                asked,
                '(?:^|[.?!,\n]\s*|\b(?:and|so|but) )'
                || '(?:is|are|do|does|did|can|could|will|would|have|has|should|was) [^?.]*\?'
            ) then 3
            else 40 * least(4, greatest(
                1,
                length(asked) - length(replace(asked, '?', '')),
                1 + (length(asked) - length(replace(asked, ' also ', ''))) // 6
            ))
        end as need,
        case when is_english and is_asked_in_english then list_filter(
            regexp_extract_all(asked, '[a-z]{5,}')[:12],
            lambda word: word not in (
                'about', 'after', 'again', 'could', 'would', 'should', 'please', 'there', 'these', 'their', 'where',
                'which', 'while', 'hello', 'thanks', 'thank', 'still', 'really', 'because', 'before', 'other', 'being',
                'having', 'already', 'maybe', 'going', 'trying', 'wanted', 'think', 'doing', 'something', 'anything'
            )
        ) else [] end as terms,
        is_english and regexp_matches(
            lowered,
            'can''t|cannot|can not|unable|not able|couldn|could not|won''t|don''t|didn''t|not sure|no idea|beyond|'
            || 'wrong|contact|call|reach|visit|check|let me|moment|second|minute|wait|hold|bear|try again'
        ) as is_suspect
    from responses
),

read as (
    select
        *,
        is_readable and regexp_matches(
            lowered,
            '\d|\?\s*$|https?:|\b(?:click|tap|press|select|choose|open|go to|enter|use|reply|send|download|install|'
            || 'restart|follow|sign in|log in|turn|instead|you can|you may|you could|here''s|here is|i have|i''ve|'
            || 'i will|i''ll|we''ll|we will|has been|transfer|your \w+ (?:is|was|will)|under|until|within|page|settings)\b'
        ) as has_next_step,
        case
            when not is_suspect then 1
            when regexp_matches(
                lowered,
                '\b(?:(?:can''t|cannot|can not|unable to|not able to|couldn''t|could not|won''t be able to) '
                || '(?:help|assist|answer|find|do that|process|access|provide|understand|complete|locate)|'
                || 'don''t (?:know|have)|didn''t (?:understand|get that|catch)|not sure|no idea|beyond my|'
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
        end as dead_end_factor
    from asked_for
),

covered as (
    select
        *,
        case when need = 0 then 1 else least(1, core_length / need) end as substance,
        case when len(terms) = 0 then 1
            else least(1, 2 * len(list_filter(terms, lambda word: contains(lowered, word[:5]))) / len(terms))
        end as pick_up
    from read
)

select
    conversation_id,
    turn_index,
    case
        when unscored_reason is null then round(
            case
                when need = 0 or need = 3 or not is_readable then substance
                else 0.5 * substance + 0.3 * pick_up * substance + case when has_next_step then 0.2 else 0 end
            end
            * case when need = 0 then 1 else dead_end_factor end
            * case when ending = 'broken off' then 0.6 else 1 end, 4)
    end as score,
    unscored_reason
from covered
