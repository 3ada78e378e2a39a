-- What: records that were refused.
-- Grain: one row per quarantine event.
-- Units: line from 1; quarantined_at UTC, the event's time.
-- NULLs: line NULL: the file as a whole; conversation_id and turn_count where they could not be read.
with incoming as (
    select
        id as quarantine_id,
        time as quarantined_at,
        unnest(from_json(
            data,
            '{
                "source_name": "VARCHAR", "file": "VARCHAR", "line": "BIGINT", "reason": "VARCHAR",
                "rule": "VARCHAR", "conversation_id": "VARCHAR", "turn_count": "BIGINT", "record": "VARCHAR"
            }'
        ))
    from events
    where type = 'record.quarantined'
)

select * from incoming
