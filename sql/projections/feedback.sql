-- What: the newest revision of each piece of feedback among the new events.
-- Grain: one row per piece of feedback.
-- Units: score 0..1; inclusion_probability NULL: volunteered.
-- Here turn_index is the place in the record; feedback_places makes it that in the conversation where turn_key is known.
-- NULLs: updated_at NULL is older than any; equal times: the newest log version, then the greatest event id.
with incoming as (
    select
        id as event_id,
        log_version,
        unnest(from_json(
            data,
            '{
                "feedback_id": "VARCHAR", "conversation_id": "VARCHAR", "turn_index": "INTEGER",
                "turn_key": "VARCHAR",
                "kind": "VARCHAR", "channel": "VARCHAR", "value": "VARCHAR", "scale": "VARCHAR",
                "score": "DOUBLE", "comment": "VARCHAR", "author": "VARCHAR", "received_at": "TIMESTAMPTZ",
                "updated_at": "TIMESTAMPTZ"
            }'
        ))
    from events
    where type = 'feedback.received'
),

final as (
    select
        * exclude (event_id),
        cast(null as double) as inclusion_probability
    from incoming
    qualify row_number() over (
        partition by feedback_id
        order by updated_at desc nulls last, log_version desc, event_id desc
    ) = 1
)

select * from final
