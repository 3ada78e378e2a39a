-- What: the conversations that the new facts are about.
-- Grain: one row per conversation with a new event.
-- Units: has_turns says whether a turn is among them. A fact's subject is its conversation_id.
select
    subject as conversation_id,
    bool_or(type = 'turn.logged') as has_turns
from events
where type in ('conversation.started', 'turn.logged', 'conversation.ended', 'feedback.received')
group by subject
