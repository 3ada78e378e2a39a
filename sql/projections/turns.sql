-- What: every turn of the conversations that new turns are about, newest revision, numbered in order.
-- Grain: one row per turn of a touched conversation.
-- Units: turn_index from 0 without gaps, by time, then place in the record, then key; times UTC.
-- NULLs: updated_at NULL is older than any; equal times: the newest log version, then the greatest event id.
with incoming as (
    select
        id as event_id,
        log_version,
        unnest(from_json(
            data,
            '{
                "conversation_id": "VARCHAR", "turn_key": "VARCHAR", "position": "BIGINT", "role": "VARCHAR",
                "content": "VARCHAR", "parts": "JSON", "occurred_at": "TIMESTAMPTZ", "latency_ms": "DOUBLE",
                "error_type": "VARCHAR", "input_tokens": "BIGINT", "output_tokens": "BIGINT",
                "tool_calls": "JSON", "tool_call_id": "VARCHAR", "tool_name": "VARCHAR",
                "updated_at": "TIMESTAMPTZ"
            }'
        ))
    from events
    where type = 'turn.logged'
),

previous as (
    select
        '' as event_id,
        previous_turns.* exclude (turn_index)
    from previous_turns
),

newest as (
    select *
    from (
        select * from incoming
        union all by name
        select * from previous
    )
    qualify row_number() over (
        partition by conversation_id, turn_key
        order by updated_at desc nulls last, log_version desc, event_id desc
    ) = 1
),

final as (
    select
        * exclude (event_id),
        row_number() over (
            partition by conversation_id
            order by occurred_at, position, turn_key
        ) - 1 as turn_index
    from newest
)

select * from final
