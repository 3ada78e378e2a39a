-- What: every conversation that the log knows, with the pseudonyms under which its user stands.
-- Grain: one row per conversation and pseudonym.
-- NULLs: user_key is NULL where a record of the conversation names no user.
-- Needs: the view events.
select distinct
    subject as conversation_id,
    case when type = 'conversation.started' then data ->> '$.user_key' end as user_key
from events
where type in ('conversation.started', 'turn.logged', 'conversation.ended', 'feedback.received')
