-- What: the comments with the role of their author and whether the customer could read them.
-- Grain: one row per row of ticket_comment.
-- Roles: the requester is the user; other authors are what the table user says, else agents; -1 is Zendesk itself. NULL:
--        neither the ticket nor the author is known.
select
    ticket_comment.*,
    coalesce(is_true(ticket_comment.public), false) as is_public,
    case
        when ticket_comment.user_id = '-1' then 'system'
        when zendesk_people.is_staff then 'agent'
        when not zendesk_people.is_staff or ticket_comment.user_id = zendesk_newest_tickets.requester_id then 'user'
        when ticket_comment.user_id is not null and zendesk_newest_tickets.requester_id is not null then 'agent'
    end as role
from ticket_comment
left join zendesk_newest_tickets on ticket_comment.ticket_id = zendesk_newest_tickets.id
left join zendesk_people on ticket_comment.user_id = zendesk_people.id
