-- What: how each assistant did on each channel in two weeks, so that they can be compared at one mix.
-- Grain: one row per assistant and channel with judged conversations in both $before and $week.
-- Units: success 0..1 = 1 - failure_probability; variances of the mean, linearised over users (a user without a key stands
-- for one conversation); counts are conversations.
-- NULLs: variances with fewer than two users.
with judged as (
    select
        conversations.assistant_id,
        conversations.channel,
        conversations.week,
        coalesce(conversations.user_key, conversations.conversation_id) as person,
        count(*) as conversations,
        sum(1 - failures.failure_probability) as successes
    from production_conversations as conversations
    inner join failures on conversations.conversation_id = failures.conversation_id
    where conversations.week in ($before, $week)
    group by all
),

rates as (
    select
        assistant_id,
        channel,
        week,
        sum(conversations)::bigint as judged_count,
        sum(successes) / sum(conversations) as success,
        ratio_variance(
            sum(successes),
            sum(conversations),
            sum(successes * successes),
            sum(successes * conversations),
            sum(conversations * conversations),
            count(*)
        ) as variance
    from judged
    group by assistant_id, channel, week
),

final as (
    select
        after.assistant_id,
        after.channel,
        round(after.success, 9) as newer,
        round(after.variance, 12) as newer_variance,
        after.judged_count as newer_count,
        round(earlier.success, 9) as older,
        round(earlier.variance, 12) as older_variance,
        earlier.judged_count as older_count
    from rates as after
    inner join rates as earlier
        on after.assistant_id = earlier.assistant_id and after.channel is not distinct from earlier.channel
    where after.week = $week and earlier.week = $before
)

select * from final
order by assistant_id, channel
