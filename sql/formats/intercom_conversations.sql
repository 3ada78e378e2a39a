-- What: conversations with what was said in them and their rating as canonical records.
-- Grain: one row per conversation, known by its own row or by a part. Times UTC.
-- Counted in metadata.left_out: older versions, and parts without words for the customer, by their type.
-- Source: upturn.formats.intercom reads the same of the API's records. Needs: html_text.
with spoken as (
    select
        conversation_id,
        min(source_file) as source_file,
        min(source_row) as source_row,
        min(in_utc(created_at)) as first_at,
        list(
            known(
                json_object(
                    'message_id', id,
                    'role', role,
                    'content', html_text(body),
                    'created_at', in_utc(created_at)
                )
            )
            order by created_at, id
        ) filter (where is_said) as turns
    from intercom_messages
    where conversation_id is not null and (role is not null or not is_said)
    group by conversation_id
),

rated as (
    select
        id as conversation_id,
        known(
            json_object(
                'feedback_id', 'rating-' || id,
                'kind', if(conversation_rating_value is null, 'comment', 'csat'),
                'value', conversation_rating_value,
                'scale', if(conversation_rating_value is null, null, '1-5'),
                'comment', conversation_rating_remark,
                'author', 'user',
                'created_at', in_utc(conversation_rating_created_at)
            )
        ) as rating
    from intercom_newest_conversations
    where coalesce(conversation_rating_value, conversation_rating_remark) is not null
),

contacts as (
    select
        conversation_id,
        min(contact_id) as contact_id
    from conversation_contact_history
    group by conversation_id
),

final as (
    select
        told.* exclude (source_file, source_row),
        coalesce(told.id, spoken.conversation_id) as conversation_id,
        coalesce(told.source_file, spoken.source_file) as source_file,
        coalesce(told.source_row, spoken.source_row) as source_row,
        coalesce(in_utc(told.created_at), spoken.first_at) as started_at,
        coalesce(spoken.turns, []) as turns,
        if(told.source_author_type in ('user', 'lead', 'contact', 'visitor'), told.source_author_id, null) as opened_by
    from intercom_newest_conversations as told
    full join spoken on told.id = spoken.conversation_id
)

select
    source_file,
    source_row,
    known(
        json_object(
            'conversation_id', conversation_id,
            'user_id', coalesce(contact_id, opened_by),
            'channel', channel_of(source_type),
            'started_at', started_at,
            'updated_at', in_utc(updated_at),
            'metadata', json_object('state', state, 'delivered_as', source_delivered_as, 'left_out', left_out),
            'turns', turns,
            'feedback', if(rating is null, [], [rating])
        )
    )::varchar as record,
    null::varchar as refusal
from final
left join contacts using (conversation_id)
left join rated using (conversation_id)
left join intercom_left_out using (conversation_id)
