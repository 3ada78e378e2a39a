-- version: 2
-- completeness: does the response serve the whole request, as far as its text can show?
-- grain: one row per row of responses, with its columns. range: 0 (nothing of it) .. 1 (all of it), 4 decimals.
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
with needed as (
    select
        *,
        is_english and is_asked_in_english as is_readable,
        case when need > 0 and is_yes_no and is_yes_or_no then 3 else need end as own_need,
        case
            when not is_english or len(terms) = 0 then 1
            else least(1, 2 * len(held_terms) / len(terms))
        end as pick_up
    from responses
),

covered as (
    select
        *,
        case when own_need = 0 then 1 else least(1, core_length / own_need) end as substance
    from needed
)

select
    * exclude (is_readable, own_need, pick_up, substance),
    case
        when unscored_reason is null and asked is not null then round(
            case
                when own_need = 0 or own_need = 3 or not is_readable then substance
                else 0.5 * substance + 0.3 * pick_up * substance + case when has_next_step then 0.2 else 0 end
            end
            * case when own_need = 0 then 1 else dead_end_factor end
            * case when ending = 'broken off' then 0.6 else 1 end, 4)
    end as completeness,
    case when unscored_reason is not null then unscored_reason when asked is null then 'no_request' end
        as completeness_reason
from covered
