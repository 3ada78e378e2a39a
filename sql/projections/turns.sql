-- What: every turn of the conversations that new turns are about, newest revision, numbered in order.
-- Grain: one row per turn of a touched conversation.
-- Units: turn_index from 0 without gaps, by time, then place in the record, then role, then key; times UTC. By role: what
--        was asked comes before what a call asks for, its result and the answer, where several records give one time.
-- NULLs: updated_at NULL is older than any; equal times: the newest log version, then the greatest event id.
-- Only turns that came more than once are ranked by age: ranking all of them, text and all, would take twice as long.
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

revisions as materialized (
    select * from incoming
    union all by name
    select
        '' as event_id,
        previous_turns.* exclude (turn_index)
    from previous_turns
),

repeated as materialized (
    select
        conversation_id,
        turn_key
    from revisions
    group by conversation_id, turn_key
    having count(*) > 1
),

newest as (
    select revisions.*
    from revisions
    anti join repeated
        on
            revisions.conversation_id = repeated.conversation_id
            and revisions.turn_key = repeated.turn_key
    union all
    select revisions.*
    from revisions
    semi join repeated
        on
            revisions.conversation_id = repeated.conversation_id
            and revisions.turn_key = repeated.turn_key
    qualify row_number() over (
        partition by revisions.conversation_id, revisions.turn_key
        order by revisions.updated_at desc nulls last, revisions.log_version desc, revisions.event_id desc
    ) = 1
),

final as (
    select
        * exclude (event_id),
        row_number() over (
            partition by conversation_id
            order by
                occurred_at,
                position,
                case
                    when role = 'system' then 0
                    when role = 'user' then 1
                    when role = 'tool' then 3
                    when tool_calls is not null then 2
                    else 4
                end,
                turn_key
        ) - 1 as turn_index
    from newest
)

select * from final
