-- What: facts that the log refused because their id is there with other data, payload RecordQuarantined.
-- Grain: one event per refused fact; the same fact given twice is one.
-- Revision: the fact's id and digest. turn_count: 1 for a turn, else 0.
-- Needs: the tables conflicts (events as the log gave them back) and given (the same events with file and line),
--        $recordedtime.
with refused_facts as (
    select distinct
        conflicts.id as fact_id,
        conflicts.source,
        conflicts.type,
        conflicts.subject,
        conflicts.data,
        given.file,
        given.line
    from conflicts
    inner join given on conflicts.id = given.id and conflicts.data = given.data
),

final as (
    select
        event_id(
            'record.quarantined',
            source,
            native_ids(file, coalesce(line::varchar, '')),
            fact_id || ':' || (data ->> '$.record_digest')
        ) as id,
        source,
        'record.quarantined' as type,
        subject,
        $recordedtime::timestamptz as time,
        $recordedtime::timestamptz as recordedtime,
        'urn:upturn:record.quarantined:1' as dataschema,
        to_json({
            'source_name': source,
            'file': file,
            'line': line,
            'reason': 'the log holds a ' || type || ' with the same id and revision, and other data',
            'rule': 'log.same_id_other_data',
            'conversation_id': subject,
            'turn_count': case when type = 'turn.logged' then 1 else 0 end,
            'record': data
        })::varchar as data
    from refused_facts
)

select * from final
order by id asc
