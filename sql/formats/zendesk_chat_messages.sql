-- What: the events of chats with what was said in them and the role of who said it.
-- Grain: one row per row of ticket_chat_event.
-- Roles: the answer bot is the assistant, whatever actor its messages have; agent:ID is an agent, __system and __trigger
--        are system, any other actor is the visitor, unless the table user calls it staff. NULL: there is no actor.
-- is_said: somebody said it here; what repeats an earlier chat (is_history_context) was said there.
-- Source: upturn.formats.zendesk_chats reads the same of the API's records.
with events as (
    select
        * exclude (original_message),
        if(json_valid(original_message), original_message::json, null) as original,
        type in ('ChatMessage', 'ChatFileAttachment') as is_message
    from ticket_chat_event
),

final as (
    select
        events.*,
        list_filter(json_keys(original, '$.content'), lambda kind: kind != 'text') as kinds,
        coalesce(message_id, original ->> '$.id') as native_id,
        coalesce(message, original ->> '$.content.text.text') as content,
        is_message and not coalesce(is_true(is_history_context), false) as is_said,
        case
            when original ->> '$.source.type' = 'zd:answerBot' then 'assistant'
            when original ->> '$.author.type' = 'USER' then 'user'
            when actor_id in ('__system', '__trigger') then 'system'
            when starts_with(actor_id, 'agent:') or zendesk_people.is_staff then 'agent'
            when actor_id is not null then 'user'
        end as role
    from events
    left join zendesk_people on events.actor_id = zendesk_people.id
)

select
    *,
    case
        when filename is not null
            then json_array(
                known(
                    json_object(
                        'type', 'attachment', 'name', filename, 'mime_type', mime_type, 'size', whole(size), 'url', url
                    )
                )
            )
        when len(kinds) > 0 then to_json(list_transform(kinds, lambda kind: json_object('type', kind)))
    end as parts
from final
