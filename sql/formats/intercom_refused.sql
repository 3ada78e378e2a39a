-- What: messages of authors of no known type, and parts of no conversation, with the reason against them.
-- Grain: one row per refused row; record is the row as JSON.
select
    source_file,
    source_row,
    to_json({
        'id': id,
        'conversation_id': conversation_id,
        'part_type': part_type,
        'author_type': author_type,
        'body': body,
        'created_at': created_at
    })::varchar as record,
    if(
        conversation_id is null,
        'no `conversation_id` of the part',
        'the type of its author is not known'
    ) as refusal
from intercom_messages
where conversation_id is null or (role is null and is_said)
