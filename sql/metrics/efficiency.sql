-- version: 2
-- efficiency: what the response costs its reader in time and words, against what the request needed.
-- grain: one row per row of responses, with its columns. range: 0 (all waste) .. 1 (none), 4 decimals.
-- NULL: empty_response, no_text (see responses.sql).
-- score: product of four factors, each 1 where its fact is unknown:
--     waiting: 1 up to $latency_ms, then $latency_ms / latency: twice the limit is worth a half
--     length: 1 up to 400 characters + 4 for each of the request, then that allowance / length, at least .4
--     courtesy: share of the text that is courtesy beyond one third, in texts over 80 characters; worst .5
--     asking again: .5 where it asks for an e-mail, a number or a name that the user has given; checking what was
--         given ("is it still jane@…?", "please confirm") is not asking again
--     tokens: .7 where the model wrote over 8 tokens a word (5 words or more, no tool called, script with spaces)
-- units: latency in ms; lengths in characters. Parameter: $latency_ms, settings.thresholds.latency_ms.
-- source: 3 s is the limit of settings.py (people lose the thread of a dialogue, Nielsen 1993, between 1 and 10 s);
--     1.3 tokens a word is usual for English; the other figures are upturn's own judgement; tests fix the orders.
select
    *,
    case
        when unscored_reason is null then round(
            case when latency_ms > $latency_ms and not isnan(latency_ms) then $latency_ms / latency_ms else 1 end
            * greatest(0.4, least(1, (400 + 4 * coalesce(length(asked), 0)) / text_length))
            * case when text_length > 80
                then least(1, 1 - 0.75 * (1 - core_length / text_length - 1 / 3))
                else 1 end
            * case when given & asks_for > 0 then 0.5 else 1 end
            * case
                when is_calling or output_tokens is null or strlen(lowered) > length(lowered) * 1.2 then 1
                when output_tokens < text_length then 1
                when len(string_split(lowered, ' ')) >= 5 and output_tokens > 8 * len(string_split(lowered, ' '))
                    then 0.7
                else 1
            end, 4)
    end as efficiency,
    unscored_reason as efficiency_reason
from responses
