-- What: the newest revision of each started conversation's own fields among the new events.
-- Grain: one row per conversation.
-- NULLs: updated_at NULL is older than any; equal times: the newest log version, then the greatest event id.
with incoming as (
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
),

final as (
    select * exclude (event_id)
    from incoming
    qualify row_number() over (
        partition by conversation_id
        order by updated_at desc nulls last, log_version desc, event_id desc
    ) = 1
)

select * from final
