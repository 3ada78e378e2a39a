-- version: 1
-- relevance: does the response speak of what was asked?
-- grain: one row per row of responses, with its columns. range: .1 (of something else) .. 1 (of just that), 4 decimals.
-- NULL: empty_response, no_text (see exchanges.sql); no_request: the user had asked nothing yet; nothing_asked: thanks, a
--     greeting or a goodbye; no_terms: the request has no content word, or one of both isn't English.
-- score: .2 + .8 × share of the request's content words that the response holds, by their first 5 letters, weighed by
--         their length (long words say what it is about), full at a half: an answer need not echo its question
--     at least .7 for yes or no to a yes-no question, and .5 for a question back: both speak of it without its words
--     × .5 says that it can't, doesn't know or didn't understand, or sends the user elsewhere
--     .2 where it gives the request back and says nothing of its own
-- source: weighted overlap of content words is the word-count baseline of answer selection (Yang et al. 2015, WikiQA);
--     the other figures are upturn's own judgement; tests fix the orders they must give.
with overlapped as (
    select
        *,
        is_english and is_asked_in_english and len(terms) > 0 as is_comparable,
        coalesce(list_sum(list_transform(held_terms, lambda term: length(term))), 0) / nullif(term_weight, 0) as held_share
    from responses
)

select
    * exclude (is_comparable, held_share),
    case
        when unscored_reason is null and need > 0 and is_comparable then round(
            case
                when text_length < length(asked) + 12 and contains(asked, rtrim(lowered, '.?! ')) then 0.2
                else greatest(
                    0.2 + 0.8 * least(1, 2 * held_share),
                    case when is_yes_no and is_yes_or_no then 0.7 when is_asking then 0.5 else 0 end
                ) * case when dead_end_factor < 0.5 then 0.5 else 1 end
            end, 4)
    end as relevance,
    case
        when unscored_reason is not null then unscored_reason
        when asked is null then 'no_request'
        when need = 0 then 'nothing_asked'
        when not is_comparable then 'no_terms'
    end as relevance_reason
from overlapped
