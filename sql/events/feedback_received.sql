-- What: the staged feedback as events, payload FeedbackReceived. feedback_id is unique over conversations.
-- Grain: one event per staged piece of feedback.
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
            'feedback.received',
            source_name,
            native_ids(conversation_id, feedback_key),
            coalesce(iso_time(updated_at), record_digest)
        ) as id,
        source_name as source,
        'feedback.received' as type,
        conversation_id as subject,
        received_at as time,
        $recordedtime::timestamptz as recordedtime,
        'urn:upturn:feedback.received:1' as dataschema,
        to_json({
            'feedback_id': conversation_id || ':' || feedback_key,
            'conversation_id': conversation_id,
            'turn_index': turn_index,
            'turn_key': turn_key,
            'kind': kind,
            'channel': channel,
            'value': value,
            'scale': scale,
            'score': score,
            'comment': comment,
            'author': author,
            'received_at': iso_time(received_at),
            'updated_at': iso_time(updated_at),
            'record_digest': record_digest
        })::varchar as data,
        file,
        line
    from accepted
)

select * from final
