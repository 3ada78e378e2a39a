-- What: the turns of the chunk, typed; is_doubtful marks what must be looked at one by one before it may be trusted.
-- Grain: one row per turn; position counts from 0 within its record. Units: milliseconds, tokens; times UTC.
-- NULL: what the record leaves out. A turn without a time takes the conversation's start; where only some turns of a
--       record have one, the record is doubtful (told by turn_doubts.sql).
-- Source: docs/reference/formats.md.
-- noqa: disable=RF01
with unnested as (
    select
        row_no,
        record_no,
        has_odd_content,
        record.conversation_id as conversation_id,
        moment(record.started_at) as started_at,
        generate_subscripts(record.turns, 1) - 1 as position,
        unnest(record.turns) as turn
    from parsed
),

typed as (
    select
        row_no,
        record_no,
        has_odd_content,
        conversation_id,
        position,
        turn.message_id as message_id,
        turn.role as role,
        turn.content as content,
        turn.parts::varchar as parts,
        turn.created_at as given_at,
        case when turn.created_at is null then started_at else moment(turn.created_at) end as occurred_at,
        amount(turn.latency_ms) as latency_ms,
        turn.error_type as error_type,
        whole(turn.input_tokens) as input_tokens,
        whole(turn.output_tokens) as output_tokens,
        nullif(turn.tool_calls::varchar, '[]') as tool_calls,
        turn.tool_call_id as tool_call_id,
        nullif(coalesce(turn.name, turn.tool_name), '') as tool_name,
        moment(turn.updated_at) as updated_at,
        turn.latency_ms as given_latency,
        turn.input_tokens as given_input_tokens,
        turn.output_tokens as given_output_tokens,
        turn.updated_at as given_updated_at
    from unnested
),

final as (
    select
        row_no,
        record_no,
        conversation_id,
        position,
        message_id,
        role,
        content,
        parts,
        occurred_at,
        latency_ms,
        error_type,
        input_tokens,
        output_tokens,
        tool_calls,
        tool_call_id,
        tool_name,
        updated_at,
        given_at is not null as has_time,
        coalesce(role not in ('user', 'assistant', 'system', 'tool', 'agent'), true)
        or occurred_at is null
        or parts is not null
        or (given_latency is not null and latency_ms is null)
        or (given_input_tokens is not null and input_tokens is null)
        or (given_output_tokens is not null and output_tokens is null)
        or (given_updated_at is not null and updated_at is null)
        or (tool_calls is not null and not are_calls(tool_calls))
        or case when has_odd_content then is_odd(content) else false end
        or is_odd_id(message_id)
        or is_odd(error_type)
        or is_odd(tool_call_id)
        or is_odd(tool_name) as is_doubtful
    from typed
)

select
    row_no,
    record_no,
    conversation_id,
    position,
    message_id,
    role,
    content,
    parts,
    occurred_at,
    latency_ms,
    error_type,
    input_tokens,
    output_tokens,
    tool_calls,
    tool_call_id,
    tool_name,
    updated_at,
    has_time,
    is_doubtful
from final
