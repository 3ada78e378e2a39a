-- What: how user and assistant take turns, and how long answers took, per conversation.
-- Grain: one row per closed production conversation with a turn of user, assistant or human agent.
-- Units: milliseconds, characters, counts of turns.
-- NULLs: a time or latency that nobody measured; sums of nothing are NULL, counts 0.
-- Column conversation_id: the conversation.
-- Column user_count: messages of the user.
-- Column consecutive_user_count: those that follow another message of the user without an answer between.
-- Column user_gap_count: messages of the user after an answer, where the log has times.
-- Column user_gap_ms: time from an answer to the user's next message, summed over them.
-- Column user_chars: characters that the user wrote.
-- Column assistant_chars: characters that the assistant wrote.
-- Column response_count: answers with a measured latency.
-- Column response_ms: their latencies, summed.
-- Column first_response_ms: latency of the first turn of the assistant.
-- Column error_count: turns with an error, tools included.
-- Column agent_count: messages of a human agent.
with spoken as (
    select
        turns.conversation_id,
        turns.turn_index,
        turns.role,
        turns.occurred_at,
        turns.error_type,
        cast(round(turns.latency_ms) as bigint) as latency_ms,
        length(coalesce(turns.content, '')) as chars,
        turns.role = 'assistant' and coalesce(turns.content, '') = '' as is_silent
    from turns
    inner join production_conversations as conversations
        on turns.conversation_id = conversations.conversation_id
    where turns.role <> 'system'
),

neighbours as (
    select
        *,
        last_value(if(role = 'tool' or is_silent, null, role) ignore nulls) over earlier as role_before,
        last_value(if(role = 'tool' or is_silent, null, occurred_at) ignore nulls) over earlier as occurred_before,
        row_number() over (partition by conversation_id, role order by turn_index asc) as place_in_role
    from spoken
    window
        earlier as (
            partition by conversation_id
            order by turn_index asc
            rows between unbounded preceding and 1 preceding
        )
),

final as (
    select
        conversation_id,
        count(*) filter (where role = 'user') as user_count,
        count(*) filter (where role = 'user' and role_before = 'user') as consecutive_user_count,
        count(*) filter (
            where role = 'user' and role_before in ('assistant', 'agent') and occurred_at > occurred_before
        ) as user_gap_count,
        sum(date_diff('millisecond', occurred_before, occurred_at)) filter (
            where role = 'user' and role_before in ('assistant', 'agent') and occurred_at > occurred_before
        ) as user_gap_ms,
        sum(chars) filter (where role = 'user') as user_chars,
        sum(chars) filter (where role = 'assistant') as assistant_chars,
        count(latency_ms) filter (where role = 'assistant') as response_count,
        sum(latency_ms) filter (where role = 'assistant') as response_ms,
        max(latency_ms) filter (where role = 'assistant' and place_in_role = 1) as first_response_ms,
        count(error_type) as error_count,
        count(*) filter (where role = 'agent') as agent_count
    from neighbours
    group by conversation_id
)

select * from final
