-- What: the trusted conversations, as they are staged.
-- Grain: one row per canonical record that is not in doubtful. Order: as read. NULL: as typed.
-- Internal: a record in internal_records is marked, whatever it says; it is another revision than the unmarked one.
with final as (
    select
        *,
        row_no in (select row_no from internal_records) as is_told
    from typed_conversations
    where record_no not in (select record_no from doubtful)
)

select
    source_name,
    file,
    line,
    case when is_told then fact_digest('internal' || chr(31) || record_digest) else record_digest end as record_digest,
    conversation_id,
    assistant_id,
    assistant_version,
    config_version,
    channel,
    user_key,
    origin,
    is_told or is_internal as is_internal,
    persona,
    started_at,
    ended_at,
    outcome,
    metadata,
    updated_at,
    turn_count,
    is_feedback_only
from final
order by row_no
