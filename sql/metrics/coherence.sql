-- version: 1
-- coherence: can the response be read as finished speech, by itself and after the answer before it?
-- grain: one row per response of the temp table responses. range: 0 (unreadable) .. 1 (reads well), 4 decimals.
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
with marked as (
    select
        conversation_id,
        turn_index,
        unscored_reason,
        text,
        lowered,
        asked,
        text_length,
        is_repeated,
        regexp_matches(
            text,
            '[{\[<\x{FFFD}]|Ã[\x{0080}-\x{00BF}]|â€|(?i:undefined|null|traceback|\bnan\b|\bnone\b)|:\d+\)|'
            || '[^\pL\pM\pN\s\-=_*#.~+/|>x`]{7}'
        ) and not contains(text, '```') as is_suspect,
        not regexp_matches(text, '[\pL\pN]') as is_wordless,
        ending,
        strlen(text) > length(text) * 1.5 as is_beyond_latin
    from responses
),

judged as (
    select
        *,
        text_length >= 60 and (
            length(lowered) - length(replace(lowered, substr(lowered, length(lowered) // 2, 16), '')) >= 3 * 16
            or (contains(lowered, '. ')
                and list_unique(string_split(lowered, '. ')) < len(string_split(lowered, '. ')))
        ) as is_circling,
        is_repeated and text_length >= 25
        and not coalesce(regexp_matches(asked, '\b(repeat|again|once more|say that|pardon|come again)\b'), false)
            as is_said_before,
        case when is_suspect then regexp_matches(
            text,
            '\{\{.{0,80}\}\}|\{%|\$\{\w|<%|<\|\w+\|>|\[/?INST\]|\[object Object\]|^\s*[\[{]\s*"[^"]*"\s*[:,]|'
            || '\[(?i:(?:insert|your|customer|agent|company)[ _](?:name|order|number|\w+ here))|"\s*:\s*[\[{"]|'
            || '\{(?i:(?:first_|last_|user_?|customer_?|order_?)?(?:name|id|number|date|email))\}|'
            || '</?(?i:div|span|br|table|html|script|p|li)\b|(?i:traceback \(most recent call|nullpointerexception)|'
            || '\.(?:java|kt|js|ts|cs|py):\d+\)|'
            || '\b(?i:hi|hello|dear|is|order|mr|ms) (?i:undefined|null|nan|none)\b[^a-z]*(?:$|[,.!])'
        ) else false end as has_machine_matter,
        case when is_suspect
            then regexp_matches(text, '\x{FFFD}|Ã[\x{0080}-\x{00BF}]|â€|[^\pL\pM\pN\s\-=_*#.~+/|<>x`]{7}')
            else false end as is_garbled,
        is_beyond_latin and not is_wordless and length(asked) >= 12 and strlen(asked) < length(asked) * 1.2
        and not regexp_matches(text, '[A-Za-z]{3}')
        and not regexp_matches(asked, 'translat|language|chinese|japanese|russian|arabic|hebrew|greek|korean|'
            || 'hindi|thai')
            as is_script_switched
    from marked
)

select
    conversation_id,
    turn_index,
    case
        when unscored_reason is null then round(
            case when has_machine_matter then 0.2 else 1 end
            * case when is_said_before then 0.3 else 1 end
            * case when is_circling then 0.3 else 1 end
            * case when is_wordless then 0.4 else 1 end
            * case when is_script_switched then 0.5 else 1 end
            * case when is_garbled then 0.6 else 1 end
            * case ending when 'broken off' then 0.6 when 'no full stop' then 0.95 else 1 end, 4)
    end as score,
    unscored_reason
from judged
