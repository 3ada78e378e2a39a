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
        conversation_id,
        role,
        occurred_at,
        lag(role) over earlier as role_before,
        lag(occurred_at) over earlier as occurred_before
    from spoken
    where
        role <> 'tool'
        and not is_silent
    window earlier as (partition by conversation_id order by turn_index asc)
),

gaps as (
    select
        conversation_id,
        count(*) filter (where role_before = 'user') as consecutive_user_count,
        count(*) filter (where role_before <> 'user' and occurred_at > occurred_before) as user_gap_count,
        sum(date_diff('millisecond', occurred_before, occurred_at)) filter (
            where role_before <> 'user' and occurred_at > occurred_before
        ) as user_gap_ms
    from neighbours
    where role = 'user'
    group by conversation_id
),

totals as (
    select
        conversation_id,
        count(*) filter (where role = 'user') as user_count,
        sum(chars) filter (where role = 'user') as user_chars,
        sum(chars) filter (where role = 'assistant') as assistant_chars,
        count(latency_ms) filter (where role = 'assistant') as response_count,
        sum(latency_ms) filter (where role = 'assistant') as response_ms,
        arg_min_null(latency_ms, turn_index) filter (where role = 'assistant') as first_response_ms,
        count(error_type) as error_count,
        count(*) filter (where role = 'agent') as agent_count
    from spoken
    group by conversation_id
),

final as (
    select
        totals.conversation_id,
        totals.user_count,
        coalesce(gaps.consecutive_user_count, 0) as consecutive_user_count,
        coalesce(gaps.user_gap_count, 0) as user_gap_count,
        gaps.user_gap_ms,
        totals.* exclude (conversation_id, user_count)
    from totals
    left join gaps
        on totals.conversation_id = gaps.conversation_id
)

select * from final
