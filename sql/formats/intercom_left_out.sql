-- What: how many rows of a conversation are no turn, by reason: the type of the part, or an older version.
-- Grain: one row per conversation that has such rows; left_out is a JSON object of counts.
with reasons as (
    select
        conversation_id,
        part_type as reason,
        count(*) as number
    from intercom_messages
    where not is_said
    group by all
    union all by name
    select
        conversation_id,
        'older part' as reason,
        sum(older_count)::bigint as number
    from intercom_messages
    group by conversation_id
    union all by name
    select
        id as conversation_id,
        'older conversation' as reason,
        older_count as number
    from intercom_newest_conversations
)

select
    conversation_id,
    counts(list((reason, number) order by reason)) as left_out
from reasons
group by conversation_id
