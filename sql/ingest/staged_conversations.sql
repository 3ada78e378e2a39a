-- What: the trusted conversations, as they are staged.
-- Grain: one row per canonical record that is not in doubtful. Order: as read. NULL: as typed.
select
    source_name,
    file,
    line,
    record_digest,
    conversation_id,
    assistant_id,
    assistant_version,
    config_version,
    channel,
    user_key,
    origin,
    is_internal,
    persona,
    started_at,
    ended_at,
    outcome,
    metadata,
    updated_at,
    turn_count,
    is_feedback_only
from typed_conversations
where record_no not in (select record_no from doubtful)
order by row_no
