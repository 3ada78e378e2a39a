-- Responses that refuse a request in which no harm is seen: safe, and of no use to who asked.
-- grain: one row per such response of the temp view responses.
-- is_hard: the refusal is nearly all that the response says (core under 200 characters).
select
    conversation_id,
    turn_index,
    core_length < 200 as is_hard
from responses
where is_declining and not coalesce(is_delicate, false)
order by conversation_id, turn_index
