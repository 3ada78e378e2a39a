-- What: records that a parser or a check refused, payload RecordQuarantined.
-- Grain: one event per refused record: of several refusals of one line the first by rule and reason.
-- Revision: a digest of record and rule, the record as it was before redaction. The event's time is the time of recording: a refused record has no other.
-- NULL: line null (the file as a whole) is the empty text in the id.
-- Needs: the staged files $staged (schema rejected), $recordedtime.
with refusals as (
    select *
    from read_parquet($staged)
    qualify row_number() over (partition by source_name, file, line, record_digest order by rule asc, reason asc) = 1
),

final as (
    select
        event_id(
            'record.quarantined',
            source_name,
            native_ids(file, coalesce(line::varchar, '')),
            sha256(coalesce(record_digest, '') || chr(31) || rule)
        ) as id,
        source_name as source,
        'record.quarantined' as type,
        coalesce(conversation_id, file) as subject,
        $recordedtime::timestamptz as time,
        $recordedtime::timestamptz as recordedtime,
        'urn:upturn:record.quarantined:1' as dataschema,
        to_json({
            'source_name': source_name,
            'file': file,
            'line': line,
            'reason': reason,
            'rule': rule,
            'conversation_id': conversation_id,
            'turn_count': turn_count,
            'record': record
        })::varchar as data,
        file,
        line
    from refusals
)

select * from final
