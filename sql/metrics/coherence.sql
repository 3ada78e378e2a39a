-- version: 2
-- coherence: can the response be read as finished speech, by itself and after the answer before it?
-- grain: one row per row of responses, with its columns. range: 0 (unreadable) .. 1 (reads well), 4 decimals.
-- NULL: empty_response, no_text (see responses.sql).
-- score: product of one factor per flaw; a flaw that is absent is 1. Flaws:
--     .20 machine matter: unfilled template, stack trace, raw JSON or markup, model control token, printed null
--     .30 the answer before said again word for word, 25 characters or more, unless the user asked to hear it again
--     .30 going in circles: the 16 characters at its middle occur 3 times or more, or a sentence is said twice
--     .40 nothing to read: no letter and no digit
--     .50 another script than the request's throughout · .60 broken encoding, or 7 symbols in a row
--     .60 breaks off: ends in a comma, an open bracket, or a word that can't end a sentence
--     .95 ends without a full stop after 40 characters or more (chat is lax: only a trace)
-- Code between ``` is what somebody asked for: it is not machine matter.
-- source: factors are upturn's own judgement of what such an answer is still worth to its reader; tests fix the orders.
select
    *,
    case
        when unscored_reason is null then round(
            case when has_machine_matter then 0.2 else 1 end
            * case when is_repeated and text_length >= 25 and not coalesce(is_again, false) then 0.3 else 1 end
            * case when is_circling then 0.3 else 1 end
            * case when is_wordless then 0.4 else 1 end
            * case when is_other_script and coalesce(is_latin, false) then 0.5 else 1 end
            * case when is_garbled then 0.6 else 1 end
            * case ending when 'broken off' then 0.6 when 'no full stop' then 0.95 else 1 end, 4)
    end as coherence,
    unscored_reason as coherence_reason
from responses
