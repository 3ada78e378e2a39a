-- What: the trusted turns with their identity and digest, as they are staged.
-- Grain: one row per turn of the records that are not in doubtful. Order: none; position tells the place (sorting the
--        text would take a quarter of the time).
-- Identity: turn_key is the message id, else the keyed digest of role, time and content; the second, third, … alike turn
--           of a record has '-1', '-2', … behind it. record_digest covers what the turn holds, not its position: a turn
--           without a message id that holds nothing else has its turn_key as digest.
-- NULL: as typed.
with trusted as (
    select *
    from typed_turns
    where record_no not in (select record_no from doubtful)
),

keyed as (
    select
        *,
        coalesce(message_id, turn_digest(role, occurred_at, content, parts)) as base_key
    from trusted
),

alike as (
    select
        row_no,
        hash(base_key) as base_hash
    from keyed
    where message_id is null
    group by all
    having count(*) > 1
),

ordinals as (
    select
        row_no,
        position,
        row_number() over (partition by row_no, base_key order by position) - 1 as ordinal
    from keyed
    where message_id is null and (row_no, hash(base_key)) in (select (row_no, base_hash) from alike)
),

final as (
    select
        keyed.*,
        base_key || case when ordinals.ordinal > 0 then '-' || ordinals.ordinal else '' end as turn_key
    from keyed
    left join ordinals using (row_no, position)
)

select
    parsed.source_name,
    parsed.file,
    parsed.line,
    case
        when final.message_id is not null
            then
                fact_digest(
                    concat_ws(
                        chr(31), 'turn', final.message_id, role, epoch_us(occurred_at), or_nothing(content), or_nothing(parts),
                        or_nothing(latency_ms), or_nothing(error_type), or_nothing(input_tokens), or_nothing(output_tokens),
                        or_nothing(tool_calls), or_nothing(tool_call_id), or_nothing(tool_name), or_nothing(epoch_us(updated_at))
                    )
                )
        when coalesce(
            latency_ms::varchar, error_type, input_tokens::varchar, output_tokens::varchar, tool_calls, tool_call_id,
            tool_name, updated_at::varchar
        ) is null then turn_key
        else fact_digest(
            concat_ws(
                chr(31), turn_key, or_nothing(latency_ms), or_nothing(error_type), or_nothing(input_tokens),
                or_nothing(output_tokens), or_nothing(tool_calls), or_nothing(tool_call_id), or_nothing(tool_name),
                or_nothing(epoch_us(updated_at))
            )
        )
    end as record_digest,
    final.conversation_id,
    turn_key,
    position,
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
    updated_at
from final
inner join parsed using (row_no)
