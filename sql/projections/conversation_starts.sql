-- What: what the new events say of conversations' own fields; every revision is kept, and folded by conversation_fields.
-- Grain: one row per event.
-- NULLs: what the record leaves out.
with final as (
    select
        id as event_id,
        log_version,
        unnest(from_json(
            data,
            '{
                "conversation_id": "VARCHAR", "assistant_id": "VARCHAR", "assistant_version": "VARCHAR",
                "config_version": "VARCHAR", "channel": "VARCHAR", "user_key": "VARCHAR", "origin": "VARCHAR",
                "is_internal": "BOOLEAN", "persona": "VARCHAR", "started_at": "TIMESTAMPTZ",
                "metadata": "JSON", "updated_at": "TIMESTAMPTZ"
            }'
        ))
    from events
    where type = 'conversation.started'
)

select * from final
