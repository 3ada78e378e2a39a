-- What: closed production conversations that annotators could be asked about, each as a whole.
-- Grain: one row per conversation with a turn, whose day is between $first_day and $last_day (inclusive).
-- Units: stratum: unsure (failure probability .2 to .8), failed, other; drawn_before 0..1, 0 where no draw chose it.
-- NULLs: a conversation without a failure probability is other.
select
    conversations.conversation_id,
    cast(null as integer) as turn_index,
    case
        when failures.failure_probability between 0.2 and 0.8 then 'unsure'
        when failures.is_failure then 'failed'
        else 'other'
    end as stratum,
    coalesce(requests.inclusion_probability, 0) as drawn_before
from production_conversations as conversations
left join failures on conversations.conversation_id = failures.conversation_id
left join label_requests as requests
    on conversations.conversation_id = requests.request_id
where
    conversations.day between $first_day and $last_day
    and conversations.turn_count > 0
order by conversations.conversation_id
