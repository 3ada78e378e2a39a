-- What: chats and messaging conversations as canonical records, named after the chat: several tickets may be made of one.
-- Grain: one row per chat that has events. Times UTC.
-- Counted in metadata.left_out: events in which nobody said anything, by type, and what repeats an earlier chat.
with silent as (
    select
        chat_id,
        if(is_message, 'history', coalesce(type, 'event')) as reason,
        count(*) as number
    from zendesk_chat_messages
    where not is_said
    group by all
),

counted as (
    select
        chat_id,
        counts(list((reason, number) order by reason)) as left_out
    from silent
    group by chat_id
),

spoken as (
    select
        chat_id,
        min(source_file) as source_file,
        min(source_row) as source_row,
        min(in_utc(created_at)) as first_at,
        list(
            known(
                json_object(
                    'message_id', native_id,
                    'role', role,
                    'content', content,
                    'parts', parts,
                    'created_at', in_utc(created_at)
                )
            )
            order by created_at, chat_index
        ) filter (where is_said) as turns
    from zendesk_chat_messages
    where chat_id is not null and (role is not null or not is_said)
    group by chat_id
),

chats as (
    select
        chat_id,
        min(user_id) as user_id,
        min(channel) as channel,
        list(distinct ticket_id order by ticket_id) filter (where ticket_id is not null) as ticket_ids
    from ticket_chat
    group by chat_id
)

select
    spoken.source_file,
    spoken.source_row,
    known(
        json_object(
            'conversation_id', spoken.chat_id,
            'user_id', chats.user_id,
            'channel', channel_of(coalesce(chats.channel, 'chat')),
            'started_at', spoken.first_at,
            'metadata', json_object('ticket_ids', chats.ticket_ids, 'left_out', counted.left_out),
            'turns', coalesce(spoken.turns, [])
        )
    )::varchar as record,
    null::varchar as refusal
from spoken
left join chats using (chat_id)
left join counted using (chat_id)
