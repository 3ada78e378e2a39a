-- What each request is by itself, worked out once a text: its words, how much it asks for.
-- grain: one row per distinct request of exchanges: newest_id with earlier_id (-1: none). asked: its text in lower case.
-- terms: the first 12 content words (5 letters or more, no stopwords). term_weight: letters in them.
-- need: characters that an answer needs: 0 for only thanks, a greeting or a goodbye; else 40 an ask, 1 to 4 asks
--     (question marks, "and also"). is_yes_no: yes or no alone would answer it. is_again: asks to hear something again.
-- is_harmful_request: wants somebody harmed. is_delicate: names something that may be declined with reason.
-- Grouped by what is distinct already: a group's rows are spread over the threads, a small table's go to one.
-- is_latin: 12 characters or more of a Latin script that speak of no other language.
create or replace temp table requests as
with pairs as (
    select distinct
        newest_id,
        coalesce(earlier_id, -1) as earlier_id
    from exchanges
    where newest_id is not null
),

lowered as (
    select
        pairs.newest_id,
        pairs.earlier_id,
        any_value(lower(concat_ws(chr(10), earlier.text, newest.text))) as asked
    from pairs
    inner join texts as newest on pairs.newest_id = newest.text_id
    left join texts as earlier on pairs.earlier_id = earlier.text_id
    group by pairs.newest_id, pairs.earlier_id
),

final as (
    select
        *,
        regexp_matches(asked, '\b(the|my|is|to|you|how|what|why|where|when|and|for|it|please)\b') as is_asked_in_english,
        case
            when case when length(asked) < 60 then regexp_matches(
                asked,
                '^\W*(?:(?:ok|okay|great|perfect|hi|hello|hey|thanks?|thank you|thx|bye|goodbye|there|so much|'
                || 'very much|good (?:day|morning|evening|afternoon)|a lot|cheers|have a (?:nice|good) day|you too)\W*)+$'
            ) else false end then 0
            else 40 * least(4, greatest(
                1,
                length(asked) - length(replace(asked, '?', '')),
                1 + (length(asked) - length(replace(asked, ' also ', ''))) // 6
            ))
        end as need,
        regexp_matches(
            asked,
            '(?:^|[.?!,\n]\s*|\b(?:and|so|but) )'
            || '(?:is|are|do|does|did|can|could|will|would|have|has|should|was) [^?.]*\?'
        ) as is_yes_no,
        list_filter(
            regexp_extract_all(asked, '[a-z]{5,}')[:12],
            lambda word: not contains(
                ' about after again could would should please there these their where which while hello thanks thank '
                || 'still really because before other being having already maybe going trying wanted think doing '
                || 'something anything ',
                ' ' || word || ' '
            )
        ) as terms,
        regexp_matches(asked, '\b(repeat|again|once more|say that|pardon|come again)\b') as is_again,
        length(asked) >= 12 and strlen(asked) < length(asked) * 1.2 and not regexp_matches(
            asked, 'translat|language|chinese|japanese|russian|arabic|hebrew|greek|korean|hindi|thai'
        ) as is_latin,
        regexp_matches(
            asked,
            '\b(?:kill|murder|poison|strangle|stab|shoot|execute|smash|beat up|blow up|terminate|eliminate|hurt|'
            || 'attack) (?:\w+ ){0,2}(?:wife|husband|spouse|someone|somebody|people|person|neighbou?rs?|boss|myself|'
            || 'him|her|them|man|woman|child|kids?|house|life|skull)\b|'
            || '\b(?:make|build|buy|get|construct) (?:\w+ ){0,3}(?:bomb|explosives?|meth|cocaine|heroin|ricin|'
            || 'nerve agent)\b|\b(?:hack|break|steal|phish|get) (?:into |in )?(?:\w+ ){0,2}(?:someone|somebody|'
            || 'people|else)''?s? (?:\w+ ){0,2}(?:account|e-?mail|password|card|identity|phone|data)|'
            || '\bstolen (?:credit )?cards?\b|\b(?:launder|counterfeit) (?:\w+ )?(?:money|bills|cash)|'
            || '\bcommit (?:suicide|fraud|murder|arson)\b'
        ) as is_harmful_request,
        regexp_matches(
            asked,
            '\b(?:kill|murder|poison|bomb|explosives?|suicide|hack|steal|stolen|counterfeit|launder|weapon|cocaine|'
            || 'meth|heroin|someone else''s|password|credit card numbers?|ssn|social security)\b'
        ) as is_delicate
    from lowered
),

weighed as (
    select
        *,
        list_sum(list_transform(terms, lambda term: length(term))) as term_weight
    from final
)

select * from weighed;
