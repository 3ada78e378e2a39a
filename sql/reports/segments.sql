-- What: success by persona and channel.
-- Grain: one row per persona and channel with judged conversations in $week; persona NULL: the log does not say.
-- Units: success 0..1 = 1 - failure_probability, success_variance of that mean over users; success_count is conversations.
-- NULLs: variance is NULL with fewer than two users; conversations that were not judged are left out.
with per_person as (
    select
        conversations.persona,
        conversations.channel,
        coalesce(conversations.user_key, conversations.conversation_id) as person,
        count(*) as conversations,
        sum(1 - failures.failure_probability) as succeeded
    from production_conversations as conversations
    inner join failures on conversations.conversation_id = failures.conversation_id
    where conversations.week = $week
    group by conversations.persona, conversations.channel, person
),

sums as (
    select
        persona,
        channel,
        sum(conversations)::bigint as success_count,
        sum(succeeded) / sum(conversations) as success,
        sum(succeeded * succeeded) as squares,
        sum(succeeded * conversations) as products,
        sum(conversations * conversations) as weight_squares,
        count(*) as users
    from per_person
    group by persona, channel
),

largest as (
    select * from sums
    order by success_count desc, persona asc nulls last, channel asc
    limit 20
),

final as (
    select
        persona,
        channel,
        round(success, 9) as success,
        round(
            (squares - 2 * success * products + success * success * weight_squares)
            / (success_count * success_count)
            * users / nullif(users - 1, 0),
            12
        ) as success_variance,
        success_count
    from largest
)

select * from final
order by persona asc nulls last, channel asc
