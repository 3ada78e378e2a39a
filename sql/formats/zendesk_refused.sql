-- What: what was said by nobody knows whom, or belongs to no ticket or chat, with the reason against it.
-- Grain: one row per refused row; record is the row as JSON.
select
    source_file,
    source_row,
    to_json({
        'id': id,
        'ticket_id': ticket_id,
        'user_id': user_id,
        'body': body,
        'public': public,
        'created': created
    })::varchar as record,
    if(
        ticket_id is null,
        'no `ticket_id` of the comment',
        'who wrote it can''t be told: neither its ticket nor its author is in the tables'
    ) as refusal
from zendesk_comments
where ticket_id is null or (role is null and is_public)
union all by name
select
    source_file,
    source_row,
    to_json({
        'chat_id': chat_id,
        'user_id': actor_id,
        'type': type,
        'message': message,
        'created_at': created_at
    })::varchar as record,
    if(
        chat_id is null,
        'no `chat_id` of the event',
        'who wrote it can''t be told: it has no `actor_id`'
    ) as refusal
from zendesk_chat_messages
where chat_id is null or (role is null and is_said)
