-- What: conversations in and about which nothing was said since an instant.
-- Grain: one row per conversation, ordered by its id.
-- Units: $kept_from is an instant, UTC.
-- Needs: the view events.
select subject as conversation_id
from events
where type in ('conversation.started', 'turn.logged', 'conversation.ended', 'feedback.received')
group by subject
having max(time) < $kept_from
order by subject
