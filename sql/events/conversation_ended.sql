-- What: how staged conversations ended, payload ConversationEnded.
-- Grain: one event per staged conversation whose end or outcome is known.
-- Revision: the record's digest: records that say different things of a conversation are folded, never in conflict.
--           Times are UTC.
-- NULL: an end that is not known leaves ended_at null; the event's time is then the update's, else the start's, else the
--       time of recording.
-- Needs: the staged file $staged, the records that checks refused in the table refused, $recordedtime.
with accepted as (
    select *
    from read_parquet($staged)
    anti join refused using (source_name, file, line)
),

final as (
    select
        event_id(
            'conversation.ended',
            source_name,
            conversation_id,
            record_digest
        ) as id,
        source_name as source,
        'conversation.ended' as type,
        conversation_id as subject,
        coalesce(ended_at, updated_at, started_at, $recordedtime::timestamptz) as time,
        $recordedtime::timestamptz as recordedtime,
        'urn:upturn:conversation.ended:1' as dataschema,
        to_json({
            'conversation_id': conversation_id,
            'ended_at': iso_time(ended_at),
            'outcome': outcome,
            'updated_at': iso_time(updated_at),
            'record_digest': record_digest
        })::varchar as data,
        file,
        line
    from accepted
    where ended_at is not null or outcome is not null
)

select * from final
