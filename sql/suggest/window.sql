-- What: the window's judged conversations with codes for the bootstrap: user, stratum, success.
-- Grain: one row per closed production conversation with a failure probability, $first_day to $last_day inclusive.
-- Units: conversation_no and the codes count from 0; success in millionths, 1 − failure_probability.
-- NULLs: a conversation without a user stands for its user; an unknown persona is a stratum of its own.
with judged as (
    select
        conversations.conversation_id,
        conversations.assistant_id,
        conversations.assistant_version,
        conversations.channel,
        conversations.persona,
        conversations.day,
        coalesce('u' || conversations.user_key, 'c' || conversations.conversation_id) as user_name,
        cast(round(1000000 * (1 - failures.failure_probability)) as bigint) as success
    from production_conversations as conversations
    inner join failures
        on conversations.conversation_id = failures.conversation_id
    where conversations.day between $first_day and $last_day
),

final as (
    select
        row_number() over (order by conversation_id) - 1 as conversation_no,
        conversation_id,
        assistant_id,
        assistant_version,
        channel,
        persona,
        day,
        dense_rank() over (order by user_name) - 1 as user_code,
        dense_rank() over (order by assistant_id, channel, persona nulls first) - 1 as stratum_code,
        dense_rank() over (order by assistant_id, channel) - 1 as channel_code,
        dense_rank() over (order by assistant_id, persona nulls first) - 1 as persona_code,
        dense_rank() over (order by assistant_id) - 1 as assistant_code,
        success
    from judged
)

select * from final
order by conversation_no
