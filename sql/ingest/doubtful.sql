-- What: the records that the fast path does not take: something in them is missing, unusual or wrong.
-- Grain: one row per raw record (record_no), once.
-- Source: the is_doubtful columns; and records in which some turns have a time of their own and some have not.
with final as (
    select record_no
    from typed_conversations
    where is_doubtful
    union
    select record_no
    from typed_turns
    where is_doubtful
    union
    select record_no
    from typed_feedback
    where is_doubtful
    union
    select min(record_no) as record_no
    from typed_turns
    group by row_no
    having bool_or(has_time) and not bool_and(has_time)
)

select record_no
from final
order by record_no
