-- What: refused records that may hold something of a person.
-- Grain: one row per event.
-- NULLs: record and conversation_id are NULL where the file as a whole was refused.
-- Needs: the view events.
select
    id,
    data ->> '$.conversation_id' as conversation_id,
    data ->> '$.record' as record
from events
where type = 'record.quarantined'
