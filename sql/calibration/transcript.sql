-- What: what was said in a conversation, as it is stored: redacted.
-- Grain: one row per turn of $conversation_id.
-- NULLs: content NULL: nothing was said; error_type NULL: no error.
select
    turn_index,
    role,
    content,
    error_type
from turns
where conversation_id = $conversation_id
order by turn_index
