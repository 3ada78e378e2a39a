-- What: what the new events say of how or when conversations ended; every revision is kept.
-- Grain: one row per event.
-- NULLs: what the record leaves out.
with final as (
    select
        id as event_id,
        log_version,
        unnest(from_json(
            data,
            '{
                "conversation_id": "VARCHAR", "ended_at": "TIMESTAMPTZ", "outcome": "VARCHAR",
                "updated_at": "TIMESTAMPTZ"
            }'
        ))
    from events
    where type = 'conversation.ended'
)

select * from final
