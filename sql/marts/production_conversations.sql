-- What: the conversations that every rate reads: real customers in production, over by now.
-- Grain: one row per closed production conversation; internal, bot and test traffic and open ones are left out.
-- Units: as in conversations.
-- NULLs: persona, topic_id, outcome and satisfaction may be NULL: nobody said.
select
    conversations.conversation_id,
    conversations.assistant_id,
    conversations.assistant_version,
    conversations.config_version,
    conversations.channel,
    conversations.user_key,
    conversations.origin,
    conversations.is_internal,
    conversations.persona,
    conversations.persona_confidence,
    conversations.topic_id,
    conversations.started_at,
    conversations.ended_at,
    conversations.last_turn_at,
    conversations.is_open,
    conversations.turn_count,
    conversations.outcome,
    conversations.satisfaction,
    conversations.day,
    conversations.week,
    conversations.metadata,
    conversations.log_version
from conversations
where
    conversations.origin = 'production'
    and not conversations.is_internal
    and not conversations.is_open
