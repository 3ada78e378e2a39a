-- What: tickets with their public comments and ratings as canonical records.
-- Grain: one row per ticket, known by its own row or by a comment. Times UTC.
-- Counted in metadata.left_out: private comments, older rows of the same ticket.
-- Source: upturn.formats.zendesk reads the same of the API's records.
with spoken as (
    select
        ticket_id,
        min(source_file) as source_file,
        min(source_row) as source_row,
        min(in_utc(created)) as first_at,
        list(
            known(json_object('message_id', id, 'role', role, 'content', body, 'created_at', in_utc(created)))
            order by created, id
        ) filter (where is_public) as turns,
        count(*) filter (where not is_public) as private_count
    from zendesk_comments
    where ticket_id is not null and (role is not null or not is_public)
    group by ticket_id
),

rated as (
    select
        ticket_id,
        list(
            known(
                json_object(
                    'feedback_id', id,
                    'kind', 'csat',
                    'value', if(score = 'good', 'up', 'down'),
                    'scale', 'thumb',
                    'comment', comment,
                    'author', 'user',
                    'created_at', in_utc(created_at),
                    'updated_at', in_utc(updated_at)
                )
            )
            order by created_at, id
        ) as feedback
    from satisfaction_rating
    where score in ('good', 'bad')
    group by ticket_id
),

final as (
    select
        tickets.*,
        coalesce(tickets.id, spoken.ticket_id) as ticket_id,
        coalesce(tickets.source_file, spoken.source_file) as first_file,
        coalesce(tickets.source_row, spoken.source_row) as first_row,
        coalesce(in_utc(tickets.created_at), spoken.first_at) as started_at,
        coalesce(spoken.turns, []) as turns,
        counts([('private comment', spoken.private_count), ('older row', tickets.older_count)]) as left_out
    from zendesk_newest_tickets as tickets
    full join spoken on tickets.id = spoken.ticket_id
)

select
    final.first_file as source_file,
    final.first_row as source_row,
    known(
        json_object(
            'conversation_id', ticket_id,
            'user_id', final.requester_id,
            'channel', channel_of(final.via_channel),
            'is_internal', if(zendesk_people.is_staff, true, null),
            'started_at', final.started_at,
            'updated_at', in_utc(final.updated_at),
            'metadata', json_object(
                'subject', final.subject,
                'status', final.status,
                'priority', final.priority,
                'left_out', final.left_out
            ),
            'turns', final.turns,
            'feedback', coalesce(rated.feedback, [])
        )
    )::varchar as record,
    null::varchar as refusal
from final
left join zendesk_people on final.requester_id = zendesk_people.id
left join rated using (ticket_id)
