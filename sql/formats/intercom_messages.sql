-- What: opening messages and parts, with the role of their author and whether they said anything to the customer.
-- Grain: one row per conversation with an opening message, and one per part.
-- NULL: role where the type of the author is not known.
with messages as (
    select
        source_file,
        source_row,
        id as conversation_id,
        source_id as id,
        source_author_type as author_type,
        'comment' as part_type,
        source_body as body,
        created_at,
        0 as older_count
    from intercom_newest_conversations
    where source_body != ''
    union all by name
    select
        source_file,
        source_row,
        conversation_id,
        id,
        author_type,
        coalesce(part_type, 'part') as part_type,
        body,
        created_at,
        older_count
    from intercom_newest_parts
)

select
    *,
    coalesce(body != '', false)
    and part_type in ('comment', 'quick_reply', 'assignment', 'assign_and_reopen', 'open', 'close') as is_said,
    case
        when author_type in ('user', 'lead', 'contact', 'visitor') then 'user'
        when author_type in ('admin', 'team') then 'agent'
        when author_type in ('bot', 'operator', 'fin') then 'assistant'
    end as role
from messages
