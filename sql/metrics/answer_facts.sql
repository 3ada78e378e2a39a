-- What each answer states that a record could confirm or deny: for accuracy.
-- grain: one row per row of answers, with its columns.
-- stated: amounts with cents (1,249.50 as 1249.5), numbers of orders, bookings and the like (4 digits or more, no year),
--     dates as YYYY-MM-DD; NULL: none, or more than 12 (a table, not an answer).
-- status: the one word of a state that it says something is in; NULL: none, or more than one.
-- masked: the text without its digits, where it has any and 20 characters: the same sentence with other numbers.
with extracted as (
    select
        *,
        case when regexp_matches(lowered, '\d\d[\d.-]*\d') then list_distinct(list_filter(
            list_transform(
                regexp_extract_all(
                    replace(lowered, ',', ''), '\d{4}-\d\d-\d\d|\b\d+\.\d\d\b|\b[a-z]{0,6}-?\d{4}\d*\b'
                ),
                lambda fact: if(contains(fact, '.'), rtrim(rtrim(fact, '0'), '.'), fact)
            ),
            lambda fact: not regexp_matches(fact, '^(?:19|20)\d\d$')
        )) end as facts,
        case when is_english and regexp_matches(lowered, 'ed\b|pending') then list_distinct(regexp_extract_all(
            replace(lowered, 'canceled', 'cancelled'),
            '\b(?:is|are|was|were|been|currently|already|status:?) '
            || '(cancelled|delivered|shipped|pending|processed|refunded|returned|confirmed|delayed|declined)\b',
            1
        )) end as states
    from answers
)

select
    * exclude (facts, states),
    case when len(facts) between 1 and 12 then facts end as stated,
    case when len(states) = 1 then states[1] end as status,
    case when text_length >= 20 and regexp_matches(lowered, '\d') then regexp_replace(lowered, '\d+', '', 'g') end
        as masked
from extracted
