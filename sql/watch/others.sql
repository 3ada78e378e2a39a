-- What: conversations of assistants and versions that nobody compares.
-- Grain: one row per conversation.
-- Needs: version_pairs(assistant_id, dimension, version, version_before).
select conversations.conversation_id
from conversations
where
    not exists (
        select 1
        from version_pairs as pairs
        where
            pairs.assistant_id = conversations.assistant_id
            and if(pairs.dimension = 'config_version', conversations.config_version, conversations.assistant_version)
            in (pairs.version, pairs.version_before)
    )
order by conversations.conversation_id
