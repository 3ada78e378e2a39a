-- What a judge is shown of the drawn responses that wait: the answer, and the turns before it.
-- grain: one row per waiting response and turn of its conversation up to it, in order.
-- tables: waiting_responses(conversation_id, turn_index), temporary.
-- parameters: $turns: how many turns before the answer are wanted at most, the newest.
select
    waiting.conversation_id,
    waiting.turn_index as response_index,
    conversations.persona,
    turns.turn_index,
    turns.role,
    coalesce(turns.content, '') as content,
    turns.tool_name,
    cast(turns.tool_calls as varchar) as tool_calls,
    turns.latency_ms
from waiting_responses as waiting
inner join conversations on waiting.conversation_id = conversations.conversation_id
inner join turns
    on
        waiting.conversation_id = turns.conversation_id
        and waiting.turn_index >= turns.turn_index
        and waiting.turn_index <= turns.turn_index + $turns
where turns.turn_index = waiting.turn_index or coalesce(turns.content, '') <> '' or turns.tool_calls is not null
order by waiting.conversation_id, waiting.turn_index, turns.turn_index
