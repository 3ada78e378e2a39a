-- version: 1
-- helpfulness: does the response bring its user further: with steps, specifics or something done?
-- grain: one row per row of responses, with its columns. range: 0 (not at all) .. 1 (as far as text can), 4 decimals.
-- NULL: empty_response, no_text (see exchanges.sql); no_request: the user had asked nothing yet; nothing_asked: thanks, a
--     greeting or a goodbye; other_language: one of both isn't English.
-- score: (what it says + what to do + specifics) × factors of standing still
--     what it says, .3: length of the core (courtesy taken out) over what the request needs, at most 1
--     what to do, .35: a step, place, link, own action, or question back (answer_substance.sql)
--     specifics, .35: an amount, number, day, time, link, path or list; or yes or no to a yes-no question
--     × .25 dead end, .6 with a next step · × .4 sends the user elsewhere · × .5 only asks to wait (as in completeness)
--     × .3 instead of these: declines a request in which no harm is seen
--     × .5 asks for what the user had given · or × .6 only asks back · × .3 the answer before said again, unasked
-- source: weights and factors are upturn's own judgement; tests fix the orders they must give.
select
    *,
    case
        when unscored_reason is null and need > 0 and is_english and is_asked_in_english then round(
            (
                0.3 * least(1, core_length / need)
                + case when has_next_step then 0.35 else 0 end
                + case when has_specifics or is_yes_no and is_yes_or_no then 0.35 else 0 end
            )
            * case when is_declining and not is_delicate and core_length < 200 then 0.3 else dead_end_factor end
            * case when given & asks_for > 0 then 0.5 when is_asking and not has_specifics then 0.6 else 1 end
            * case when is_repeated and not is_again then 0.3 else 1 end, 4)
    end as helpfulness,
    case
        when unscored_reason is not null then unscored_reason
        when asked is null then 'no_request'
        when need = 0 then 'nothing_asked'
        when not (is_english and is_asked_in_english) then 'other_language'
    end as helpfulness_reason
from responses
