-- What is wrong with each answer as a piece of writing, whatever was asked: for coherence.
-- grain: one row per row of answers, with its columns.
-- Code between ``` is what somebody asked for: it is not machine matter.
with marked as (
    select
        *,
        regexp_matches(
            text,
            '[{\[<\x{FFFD}]|Ã[\x{0080}-\x{00BF}]|â€|(?i:undefined|null|traceback|\bnan\b|\bnone\b)|:\d+\)|'
            || '[^\pL\pM\pN\s\-=_*#.~+/|>x`]{7}'
        ) and not contains(text, '```') as is_suspect,
        not regexp_matches(text, '[\pL\pN]') as is_wordless,
        strlen(text) > length(text) * 1.5 as is_beyond_latin
    from answers
),

judged as (
    select
        *,
        case
            when text_length < 60 then false
            when length(lowered) - length(replace(lowered, substr(lowered, length(lowered) // 2, 16), '')) >= 3 * 16
                then true
            when contains(lowered, '. ')
                then list_unique(string_split(lowered, '. ')) < len(string_split(lowered, '. '))
            else false
        end as is_circling,
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
        case when is_beyond_latin then not is_wordless and not regexp_matches(text, '[A-Za-z]{3}') else false end
            as is_other_script
    from marked
)

select * exclude (is_suspect, is_beyond_latin) from judged
