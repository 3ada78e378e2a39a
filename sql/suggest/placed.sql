-- What: positions of an assistant's conversations of the window in some topics.
-- Grain: one row per conversation.
-- Units: conversation_no from 0. An empty $topic_ids: all of the assistant's.
-- NULLs: a conversation without a topic is in no topic.
select suggest_window.conversation_no
from suggest_window
inner join conversations
    on suggest_window.conversation_id = conversations.conversation_id
where
    suggest_window.assistant_id = $assistant_id
    and (len($topic_ids) = 0 or list_contains($topic_ids, conversations.topic_id))
order by suggest_window.conversation_no
