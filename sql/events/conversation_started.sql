-- What: the staged conversations as events, payload ConversationStarted.
-- Grain: one event per staged conversation that is not a feedback-only record.
-- Revision: the record's digest: records that say different things of a conversation are folded, never in conflict.
--           Times are UTC.
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
            'conversation.started',
            source_name,
            conversation_id,
            record_digest
        ) as id,
        source_name as source,
        'conversation.started' as type,
        conversation_id as subject,
        started_at as time,
        $recordedtime::timestamptz as recordedtime,
        'urn:upturn:conversation.started:1' as dataschema,
        to_json({
            'conversation_id': conversation_id,
            'assistant_id': assistant_id,
            'assistant_version': assistant_version,
            'config_version': config_version,
            'channel': channel,
            'user_key': user_key,
            'origin': origin,
            'is_internal': is_internal,
            'persona': persona,
            'started_at': iso_time(started_at),
            'metadata': metadata::json,
            'updated_at': iso_time(updated_at),
            'record_digest': record_digest
        })::varchar as data,
        file,
        line
    from accepted
    where not is_feedback_only
)

select * from final
