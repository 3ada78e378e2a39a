-- What: the staged turns as events, payload TurnLogged.
-- Grain: one event per staged turn.
-- Revision: the source's updated_at, else the record's digest. Times are UTC.
-- NULL: fields that the source does not give stay null in the payload.
-- Needs: the staged file $staged, the records that checks refused in the table refused, $recordedtime.
with accepted as (
    select *
    from read_parquet($staged)
    anti join refused using (source_name, file, line)
),

final as (
    select
        event_id(
            'turn.logged',
            source_name,
            native_ids(conversation_id, turn_key),
            coalesce(iso_time(updated_at), record_digest)
        ) as id,
        source_name as source,
        'turn.logged' as type,
        conversation_id as subject,
        occurred_at as time,
        $recordedtime::timestamptz as recordedtime,
        'urn:upturn:turn.logged:1' as dataschema,
        to_json({
            'conversation_id': conversation_id,
            'turn_key': turn_key,
            'position': position,
            'role': role,
            'content': content,
            'parts': parts::json,
            'occurred_at': iso_time(occurred_at),
            'latency_ms': latency_ms,
            'error_type': error_type,
            'input_tokens': input_tokens,
            'output_tokens': output_tokens,
            'tool_calls': tool_calls::json,
            'tool_call_id': tool_call_id,
            'tool_name': tool_name,
            'updated_at': iso_time(updated_at),
            'record_digest': record_digest
        })::varchar as data,
        file,
        line
    from accepted
)

select * from final
