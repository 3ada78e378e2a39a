-- What: how often each kind of user succeeds on each channel, by week.
-- Grain: one row per week, channel and persona with a judged conversation.
-- Units: success_rate 0..1 over judged closed production conversations.
-- NULLs: a persona that nobody gave stands as 'unknown'.
with final as (
    select
        conversations.week,
        conversations.channel,
        coalesce(conversations.persona, 'unknown') as persona,
        count(*) as judged_count,
        count(*) filter (where failures.is_failure) as failure_count,
        round(1 - count(*) filter (where failures.is_failure) / count(*), 6) as success_rate
    from production_conversations as conversations
    inner join failures
        on conversations.conversation_id = failures.conversation_id
    group by conversations.week, conversations.channel, coalesce(conversations.persona, 'unknown')
)

select * from final
