-- How what a response states agrees with the conversation's record: tool results and the user's own words.
-- grain: one row per response of exchanges whose answer states a fact or a status after a tool result.
-- founded_share: of the facts stated of a kind that tools had returned at all, the share that tools or the user had
--     said, 0..1; NULL: no such fact. is_other_state: tools name states, but not the one stated; NULL: they name none.
-- The record is that of the 40 turns before: a conversation of thousands of turns is not read thousands of times.
create or replace temp table records as
with stating as (
    select
        exchanges.conversation_id,
        exchanges.turn_index,
        answers.stated,
        answers.status
    from exchanges
    inner join answers on exchanges.answer_id = answers.answer_id
    where answers.stated is not null or answers.status is not null
),

gathered as (
    select
        stating.conversation_id,
        stating.turn_index,
        max(stating.stated) as stated,
        max(stating.status) as status,
        lower(string_agg(turns.content, chr(10) order by turns.turn_index) filter (where turns.role = 'tool'))
            as returned,
        lower(string_agg(turns.content, chr(10) order by turns.turn_index) filter (where turns.role = 'user'))
            as told
    from stating
    inner join turns
        on
            stating.conversation_id = turns.conversation_id
            and turns.turn_index between stating.turn_index - 40 and stating.turn_index - 1
    where
        turns.role in ('tool', 'user')
        and turns.content is not null
    group by stating.conversation_id, stating.turn_index
    having count(*) filter (where turns.role = 'tool') > 0
),

kinds as (
    select
        *,
        replace(concat_ws(chr(10), returned, told), ',', '') as record,
        regexp_matches(returned, '\d\.\d\d?\b') as has_amounts,
        regexp_matches(returned, '\d{4}-\d\d-\d\d') as has_dates,
        regexp_matches(returned, '\d{4}') as has_numbers,
        case when status is not null then regexp_extract_all(
            replace(returned, 'canceled', 'cancelled'),
            '\b(cancelled|delivered|shipped|pending|processed|refunded|returned|confirmed|delayed|declined)\b'
        ) end as states
    from gathered
),

checkable as (
    select
        *,
        list_filter(stated, lambda fact: case
            when contains(fact, '.') then has_amounts
            when regexp_matches(fact, '^\d{4}-\d\d-\d\d$') then has_dates
            else has_numbers
        end) as facts
    from kinds
)

select
    conversation_id,
    turn_index,
    len(list_filter(facts, lambda fact: contains(record, fact))) / nullif(len(facts), 0) as founded_share,
    case when len(states) > 0 then not list_contains(states, status) end as is_other_state
from checkable;
